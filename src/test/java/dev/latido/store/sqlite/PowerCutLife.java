package dev.latido.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.store.Contents;
import dev.latido.store.StoreModel;
import dev.latido.store.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One store with the processes that use it one after the other, all recorded; and what power cuts at moments of that leave.
 * What its batches are is decided by the seed.
 */
final class PowerCutLife {

    /** How many backups are there at least, once so many were made; one more may be under way. */
    private static final int KEPT_BACKUPS = 2;

    private final Path root;
    private final long seed;
    private final List<String> library;
    private final DiskModel recorded;
    private final List<DiskEvent> events = new ArrayList<>();

    /**
     * Begins one.
     *
     * @param root an empty directory
     * @param library what {@link Strace#library} returned
     */
    PowerCutLife(Path root, long seed, List<String> library) {
        this.root = root;
        this.seed = seed;
        this.library = library;
        this.recorded = new DiskModel(root, seed);
    }

    private static Place place(Path root) {
        return new Place(root.resolve("above").resolve("data"));
    }

    /** Returns what happened. */
    List<DiskEvent> events() {
        return events;
    }

    /**
     * Runs a process to its end, and returns the last line that it printed.
     *
     * @param fault what happens to it, see {@link Strace#run}
     * @param closes whether it makes a backup and closes the store at the end
     */
    String run(String fault, int batches, boolean closes) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(library);
        arguments.addAll(List.of(
                PowerCutProcess.class.getName(),
                place(root).directory().toString(),
                "" + seed,
                "" + batches,
                "" + closes));
        List<DiskEvent> run = Strace.run(root, fault, arguments);
        run.forEach(recorded::take);
        assertSeesTheSame();
        events.addAll(run);
        String end = run.stream()
                .filter(DiskEvent.Said.class::isInstance)
                .map(said -> ((DiskEvent.Said) said).line())
                .reduce("", (a, b) -> b);
        assertThat(end.startsWith("failed") || end.startsWith("refused"))
                .as("only for a failed call, but: %s", end)
                .isIn(false, fault.contains("error"));
        return end;
    }

    /** Sees to it that the model has what the processes left: else the model is wrong, or the record. */
    private void assertSeesTheSame() throws IOException {
        for (Path file : recorded.files()) {
            assertThat(Files.readAllBytes(file)).as("%s", file).isEqualTo(recorded.cached(file));
        }
        try (Stream<Path> all = Files.walk(root)) {
            assertThat(all.filter(file -> Files.isRegularFile(file) && Strace.isOfInterest(file)))
                    .containsExactlyInAnyOrderElementsOf(recorded.files());
        }
    }

    /**
     * Cuts the power at each of the moments, counted in events and in order, and looks at what is left.
     *
     * @param target where to put that meanwhile
     * @return what is wrong with it; empty when nothing is
     */
    List<String> cut(int[] moments, Path target) throws IOException {
        DiskModel disk = new DiskModel(root, seed);
        List<Contents> history = new ArrayList<>();
        StoreModel model = new StoreModel(new Random(seed));
        history.add(model.contents());
        List<String> losses = new ArrayList<>();
        List<String> saved = new ArrayList<>();
        long acknowledged = 0;
        int taken = 0;
        int cuts = 0;
        for (int moment : moments) {
            for (; taken < moment; taken++) {
                disk.take(events.get(taken));
                if (events.get(taken) instanceof DiskEvent.Said said) {
                    acknowledged = acknowledged(said, acknowledged);
                    if (said.line().startsWith("saved ")) {
                        saved.add(said.line().split(" ", -1)[1]);
                    }
                }
            }
            while (history.size() <= acknowledged + 1) {
                model.apply(model.randomBatch());
                history.add(model.contents());
            }
            disk.cut(target, seed + cuts++);
            String loss = loss(place(target), acknowledged, history);
            loss = loss == null ? lossOfBackup(place(target), saved, history) : loss;
            if (loss != null) {
                losses.add("after event " + taken + " of " + events.size() + ": " + loss);
            }
            delete(target);
        }
        return losses;
    }

    /** Returns how many commits were acknowledged in the end. */
    long acknowledged() {
        long acknowledged = 0;
        for (DiskEvent event : events) {
            acknowledged = event instanceof DiskEvent.Said said ? acknowledged(said, acknowledged) : acknowledged;
        }
        return acknowledged;
    }

    /** Whoever asks is told of everything that the store had when it opened, so that is acknowledged too. */
    private static long acknowledged(DiskEvent.Said said, long before) {
        String[] words = said.line().split(" ", 3);
        return words[0].equals("open") || words[0].equals("stored")
                ? Math.max(before, Long.parseLong(words[1]))
                : before;
    }

    /** Returns what is wrong with what a power cut left; null when nothing is. */
    private static @Nullable String loss(Place place, long acknowledged, List<Contents> history) {
        SqliteStore store = place.store();
        try {
            Stores.await(store.open());
            long sequence = store.status().sequence();
            if (sequence < acknowledged || sequence > acknowledged + 1) {
                return "commit " + acknowledged + " was acknowledged, there is " + sequence;
            }
            String check = Sql.text(Place.connectionOf(store), "PRAGMA integrity_check");
            if (!check.equals("ok")) {
                return check;
            }
            return Contents.of(store).equals(history.get((int) sequence)) ? null : "other contents at " + sequence;
        } catch (Exception | AssertionError failure) {
            return "commit " + acknowledged + " was acknowledged, but " + failure.getMessage();
        } finally {
            Stores.await(store.close().otherwiseEmpty());
        }
    }

    /** Returns what is wrong with the backups that are there, or ought to be; null when nothing is. */
    private static @Nullable String lossOfBackup(Place place, List<String> saved, List<Contents> history)
            throws IOException {
        Path folder = place.directory().resolve("backups");
        List<String> there = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                there.addAll(files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".db"))
                        .toList());
            }
        }
        for (String file : saved.subList(Math.max(0, saved.size() - KEPT_BACKUPS), saved.size())) {
            if (!there.contains(Path.of(file).getFileName().toString())) {
                return file + " is gone";
            }
        }
        for (String name : there) {
            Place restored = new Place(Files.createDirectory(place.directory().resolve("restored-" + name)));
            Files.copy(folder.resolve(name), restored.database());
            CommitMark.Position marked = CommitMark.read(folder.resolve(name.replace(".db", ".mark")));
            if (marked == null) {
                return "backup " + name + " has no mark";
            }
            Files.copy(folder.resolve(name.replace(".db", ".mark")), restored.mark());
            String loss = loss(restored, marked.sequence(), history);
            if (loss != null) {
                return "backup " + name + ": " + loss;
            }
        }
        return null;
    }

    /** Deletes a directory with all that is in it. */
    static void delete(Path target) throws IOException {
        try (Stream<Path> all = Files.walk(target)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
