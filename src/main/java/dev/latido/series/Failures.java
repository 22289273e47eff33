package dev.latido.series;

import dev.latido.event.ErrorKind;
import dev.latido.job.Excerpt;
import dev.latido.protocol.FailureGroup;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The failed attempts of one job by the kind of their errors. Of more kinds than there is room for, it keeps those that came last. */
final class Failures {

    /** How many kinds there are at most. */
    static final int MAX_KINDS = 20;

    /** How much of an error is kept, in characters. */
    private static final int MAX_ERROR = 160;

    private static final int HOURS = FailureGroup.HOURS;

    /** Those of one kind. */
    private static final class Group {
        private String error = "";
        private long firstMillis;
        private long lastMillis;
        private long count;

        /** How many there were in each hour, by its number; the place of one that is over is used again. */
        private final int[] perHour = new int[HOURS];

        /** Makes room for the hours up to {@code hour}. */
        private void goOn(long hour) {
            long last = hour(lastMillis);
            for (long gone = Math.max(last + 1, hour - HOURS + 1); gone <= hour; gone++) {
                perHour[(int) Math.floorMod(gone, (long) HOURS)] = 0;
            }
        }
    }

    /** By kind, the latest last. */
    private final Map<String, Group> groups = new LinkedHashMap<>();

    /** True while there are failures that were not written. */
    private boolean isChanged;

    private static long hour(long millis) {
        return Math.floorDiv(millis, TimeUnit.HOURS.toMillis(1));
    }

    void add(String error, long millis) {
        String kind = ErrorKind.of(error);
        Group group = groups.remove(kind);
        if (group == null) {
            group = new Group();
            group.firstMillis = millis;
            group.lastMillis = millis;
        }
        group.goOn(hour(millis));
        group.error = Excerpt.of(error, MAX_ERROR);
        group.lastMillis = Math.max(group.lastMillis, millis);
        group.count++;
        group.perHour[(int) Math.floorMod(hour(group.lastMillis), (long) HOURS)]++;
        put(kind, group);
        isChanged = true;
    }

    private void put(String kind, Group group) {
        if (groups.size() >= MAX_KINDS) {
            groups.remove(groups.keySet().iterator().next());
        }
        groups.put(kind, group);
    }

    boolean isEmpty() {
        return groups.isEmpty();
    }

    /** Tells whether there is something that was not written, which is from now on. */
    boolean takeChanged() {
        boolean was = isChanged;
        isChanged = false;
        return was;
    }

    /** Returns those of the last 24 hours, the latest first. */
    List<FailureGroup> view(Instant now) {
        long hour = hour(now.toEpochMilli());
        List<FailureGroup> view = new ArrayList<>();
        groups.forEach((kind, group) -> {
            long last = hour(group.lastMillis);
            if (last <= hour - HOURS) {
                return;
            }
            List<Integer> perHour = new ArrayList<>(HOURS);
            for (long each = hour - HOURS + 1; each <= hour; each++) {
                boolean isKept = each <= last && each > last - HOURS;
                perHour.add(isKept ? group.perHour[(int) Math.floorMod(each, (long) HOURS)] : 0);
            }
            view.add(
                    0,
                    new FailureGroup(
                            kind,
                            group.error,
                            Instant.ofEpochMilli(group.firstMillis),
                            Instant.ofEpochMilli(group.lastMillis),
                            group.count,
                            perHour));
        });
        return view;
    }

    // The form in the store

    /** Returns how much room {@link #write} needs at most. */
    int maxBytes() {
        int bytes = 1;
        for (Map.Entry<String, Group> each : groups.entrySet()) {
            bytes += 2 * Short.BYTES
                    + 3 * (each.getKey().length() + each.getValue().error.length())
                    + 3 * Long.BYTES
                    + HOURS * Integer.BYTES;
        }
        return bytes;
    }

    void write(ByteBuffer out) {
        out.put((byte) groups.size());
        groups.forEach((kind, group) -> {
            write(kind, out);
            write(group.error, out);
            out.putLong(group.firstMillis).putLong(group.lastMillis).putLong(group.count);
            for (int count : group.perHour) {
                out.putInt(count);
            }
        });
    }

    private static void write(String text, ByteBuffer out) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) bytes.length).put(bytes);
    }

    /** Reads what was written, in place of what there is. */
    void read(ByteBuffer in) {
        groups.clear();
        for (int left = in.get(); left > 0; left--) {
            String kind = text(in);
            Group group = new Group();
            group.error = text(in);
            group.firstMillis = in.getLong();
            group.lastMillis = in.getLong();
            group.count = in.getLong();
            for (int i = 0; i < HOURS; i++) {
                group.perHour[i] = in.getInt();
            }
            put(kind, group);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[in.getShort()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
