package dev.latido.series;

import dev.latido.protocol.SeriesColumn;
import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The latest points of one length, by their numbers: the one that begins at 1970-01-01 has 0. What nobody put is not known. Takes
 * 44 bytes a point: counts are {@code float}s, times {@link TimeCode}s.
 */
final class Ring {

    private static final SeriesMeasure[] MEASURES = SeriesMeasure.values();

    /** How many measures are times; they come last. */
    private static final int TIMES =
            (int) Arrays.stream(MEASURES).filter(SeriesMeasure::isTime).count();

    private static final int COUNTS = MEASURES.length - TIMES;

    /** In the mask of a point: something is known of it. The other bits are the measures that follow. */
    private static final int KNOWN = 1 << 15;

    /** The most that a point takes that is written. */
    static final int POINT_BYTES = Short.BYTES + COUNTS * Float.BYTES + TIMES * Short.BYTES;

    private final int points;
    private final float[] counts;
    private final short[] times;

    /** The number of the newest point. */
    private long last = Long.MIN_VALUE;

    Ring(SeriesRange range) {
        points = range.points();
        counts = new float[points * COUNTS];
        times = new short[points * TIMES];
        Arrays.fill(counts, Float.NaN);
    }

    /** Returns the number of the newest point; very small where there is none. */
    long last() {
        return last;
    }

    /** Puts a point, which may be older than others. One that is too old to be kept is not. */
    void put(long number, Point point) {
        if (!makeRoom(number)) {
            return;
        }
        int place = place(number);
        for (SeriesMeasure measure : MEASURES) {
            float value = point.get(measure);
            if (measure.isTime()) {
                times[place * TIMES + measure.place() - COUNTS] = TimeCode.of(value);
            } else {
                counts[place * COUNTS + measure.place()] = value;
            }
        }
    }

    /** Makes {@code number} one of those that are kept; false when it is too old for that. */
    private boolean makeRoom(long number) {
        if (last != Long.MIN_VALUE && number <= last - points) {
            return false;
        }
        if (number > last) {
            for (long skipped = last == Long.MIN_VALUE ? number : Math.max(last + 1, number - points + 1);
                    skipped < number;
                    skipped++) {
                clear(skipped);
            }
            last = number;
        }
        return true;
    }

    /** Writes a point as it is: a mask, and of its measures those that are not 0, or times that are known. */
    void write(long number, ByteBuffer out) {
        int start = out.position();
        out.putShort((short) 0);
        if (!isKnown(number)) {
            return;
        }
        int place = place(number);
        int mask = KNOWN;
        for (int i = 0; i < COUNTS; i++) {
            float count = counts[place * COUNTS + i];
            if (count != 0) {
                mask |= 1 << i;
                out.putFloat(count);
            }
        }
        for (int i = 0; i < TIMES; i++) {
            short time = times[place * TIMES + i];
            if (time != TimeCode.UNKNOWN) {
                mask |= 1 << (COUNTS + i);
                out.putShort(time);
            }
        }
        out.putShort(start, (short) mask);
    }

    /** Reads a point that was written, and puts it as {@link #put} does. */
    void read(long number, ByteBuffer in) {
        int mask = in.getShort(in.position());
        if ((mask & KNOWN) == 0 || !makeRoom(number)) {
            skip(in);
            return;
        }
        in.getShort();
        int place = place(number);
        for (int i = 0; i < COUNTS; i++) {
            counts[place * COUNTS + i] = (mask & 1 << i) == 0 ? 0 : in.getFloat();
        }
        for (int i = 0; i < TIMES; i++) {
            times[place * TIMES + i] = (mask & 1 << (COUNTS + i)) == 0 ? TimeCode.UNKNOWN : in.getShort();
        }
    }

    /** Reads a point that was written and that nobody wants. */
    static void skip(ByteBuffer in) {
        int mask = in.getShort();
        int bytes = Float.BYTES * Integer.bitCount(mask & (1 << COUNTS) - 1)
                + Short.BYTES * Integer.bitCount((mask & KNOWN - 1) >> COUNTS);
        in.position(in.position() + bytes);
    }

    private void clear(long number) {
        int place = place(number);
        Arrays.fill(counts, place * COUNTS, (place + 1) * COUNTS, Float.NaN);
        Arrays.fill(times, place * TIMES, (place + 1) * TIMES, TimeCode.UNKNOWN);
    }

    private int place(long number) {
        return Math.floorMod(number, points);
    }

    /** Forgets all points behind {@code number}: the clock was set, and they have not been yet. */
    void forgetAfter(long number) {
        if (last == Long.MIN_VALUE) {
            return;
        }
        for (long gone = Math.max(number + 1, last - points + 1); gone <= last; gone++) {
            clear(gone);
        }
        last = Math.min(last, number);
    }

    float at(long number, SeriesMeasure measure) {
        if (last == Long.MIN_VALUE || number > last || number <= last - points) {
            return Float.NaN;
        }
        int place = place(number);
        return measure.isTime()
                ? TimeCode.millis(times[place * TIMES + measure.place() - COUNTS])
                : counts[place * COUNTS + measure.place()];
    }

    /** Tells whether something is known of a point. */
    boolean isKnown(long number) {
        return !Float.isNaN(at(number, SeriesMeasure.SUCCEEDED));
    }

    /** Returns the first point from {@code number} on of which something is known; the one behind the newest where there is none. */
    long firstKnown(long number) {
        if (last == Long.MIN_VALUE) {
            return number;
        }
        long first = Math.max(number, last - points + 1);
        while (first <= last && !isKnown(first)) {
            first++;
        }
        return first;
    }

    /** Returns what the points from {@code first} to the newest say. */
    SeriesColumn column(SeriesMeasure measure, long first) {
        float[] values = new float[last < first ? 0 : (int) (last - first + 1)];
        for (int i = 0; i < values.length; i++) {
            values[i] = at(first + i, measure);
        }
        return SeriesColumn.of(values);
    }
}
