package dev.latido.store;

import dev.latido.job.Course;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Gate;
import dev.latido.job.Hold;
import dev.latido.job.Priority;
import dev.latido.job.ProgressNote;
import dev.latido.job.Successor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a store ought to hold, in plain maps, and random batches that make sense for it. */
public final class StoreModel {

    private static final String ALPHABET = "ab\"'\\ \n\t\u0000\u00e9\u4e16\uffff";

    private final Random random;
    private StoredService service = StoredService.INITIAL;
    private final Map<String, StoredJob> jobs = new TreeMap<>();
    private final List<StoredKey> keys = new ArrayList<>();
    private final Map<ExecutionId, Contents.Entry> executions = new TreeMap<>();
    private final List<StoredPoints> points = new ArrayList<>();
    private long lastId;

    /** The minute of the latest points. */
    private long minute;

    public StoreModel(Random random) {
        this.random = random;
    }

    /** Makes the model of a store to which the first {@code batches} of the history of {@code seed} were written. */
    public static StoreModel at(long batches, long seed) {
        StoreModel model = new StoreModel(new Random(seed));
        for (long i = 0; i < batches; i++) {
            model.apply(model.randomBatch());
        }
        return model;
    }

    /** Writes a batch. */
    public void apply(Batch batch) {
        if (batch.service() != null) {
            service = batch.service();
        }
        batch.jobs().forEach(job -> jobs.put(job.name(), job));
        batch.accepted().forEach(this::accept);
        for (StoredState state : batch.changed()) {
            executions.computeIfPresent(
                    state.id(), (id, entry) -> new Contents.Entry(entry.execution(), changed(entry.state(), state)));
        }
        batch.forgotten().forEach(executions::remove);
        batch.forgottenKeys().forEach(this::removeKey);
        batch.keys().forEach(key -> {
            removeKey(key);
            keys.add(key);
        });
        for (NewPoints each : batch.points()) {
            StoredPoints row = each.row();
            points.removeIf(other -> other.stepSeconds() == row.stepSeconds()
                    && (other.minuteMillis() == row.minuteMillis() || !each.keeps(other)));
            points.add(row);
        }
        points.sort(Comparator.comparingLong(StoredPoints::minuteMillis)
                .thenComparingInt(StoredPoints::stepSeconds)
                .reversed());
    }

    private void accept(StoredExecution execution) {
        Contents.Entry before = executions.get(execution.id());
        if (!(execution.payload() instanceof Text.Stored)) {
            executions.put(execution.id(), new Contents.Entry(execution, before == null ? null : before.state()));
        } else if (before != null) {
            executions.put(
                    execution.id(),
                    new Contents.Entry(execution.with(before.execution().payload()), before.state()));
        }
    }

    private static @Nullable StoredState changed(@Nullable StoredState before, StoredState after) {
        if (!(after.result() instanceof Text.Stored)) {
            return after;
        }
        return before == null ? null : after.with(before.result());
    }

    private void removeKey(StoredKey key) {
        keys.removeIf(other -> other.job().equals(key.job()) && other.key().equals(key.key()));
    }

    /** Returns what is there, which does not change any more. */
    public Contents contents() {
        Map<String, List<StoredKey>> byJob = new TreeMap<>();
        keys.forEach(key ->
                byJob.computeIfAbsent(key.job(), name -> new ArrayList<>()).add(key));
        return new Contents(
                service, List.copyOf(jobs.values()), byJob, List.copyOf(executions.values()), List.copyOf(points));
    }

    /** Makes a batch: mostly small, sometimes of hundreds of rows. */
    public Batch randomBatch() {
        int bound = random.nextInt(10) == 0 ? 300 : 8;
        PendingWrites changes = new PendingWrites();
        if (random.nextInt(5) == 0) {
            changes.service(new StoredService(
                    random.nextLong(), random.nextLong(), randomFaults(), "process " + random.nextInt()));
        }
        for (int i = 0; i < 4; i++) {
            if (random.nextBoolean() || !jobs.containsKey(jobName(i))) {
                changes.job(randomJob(jobName(i)));
            }
        }
        List<ExecutionId> known = new ArrayList<>(executions.keySet());
        for (int i = random.nextInt(bound); i > 0; i--) {
            lastId += 1 + random.nextInt(3);
            changes.accept(randomExecution(new ExecutionId(lastId)));
            known.add(new ExecutionId(lastId));
        }
        for (int i = random.nextInt(bound / 2); i > 0 && !known.isEmpty(); i--) { // tried anew, without its payload
            StoredExecution again = randomExecution(known.get(random.nextInt(known.size())));
            changes.accept(random.nextBoolean() ? again.with(new Text.Stored(1)) : again);
        }
        for (int i = random.nextInt(bound); i > 0 && !known.isEmpty(); i--) {
            StoredState state = randomState(known.get(random.nextInt(known.size())));
            changes.change(random.nextInt(4) == 0 ? state.with(new Text.Stored(1)) : state);
        }
        for (int i = random.nextInt(bound); i > 0; i--) {
            boolean isKnown = !known.isEmpty() && random.nextInt(5) > 0;
            changes.forget(
                    isKnown
                            ? known.get(random.nextInt(known.size()))
                            : new ExecutionId(Long.MAX_VALUE - random.nextInt(9)));
        }
        for (int i = random.nextInt(bound / 2); i > 0; i--) {
            changes.forgetKey(
                    keys.isEmpty() || random.nextInt(5) == 0 ? randomKey(0) : keys.get(random.nextInt(keys.size())));
        }
        for (int i = random.nextInt(bound / 2); i > 0; i--) {
            lastId++;
            changes.use(randomKey(lastId));
        }
        if (random.nextInt(3) == 0) {
            minute += random.nextInt(6) - 1; // the clock may be set back
            for (int step : new int[] {60, 5}) {
                changes.points(randomPoints(step));
            }
        }
        return changes.batch();
    }

    private NewPoints randomPoints(int step) {
        byte[] data = new byte[random.nextInt(300)];
        random.nextBytes(data);
        return new NewPoints(
                new StoredPoints(step, minute * 60_000, ByteBuffer.wrap(data)), (minute - step / 3) * 60_000);
    }

    private static String jobName(int i) {
        return "job-" + i;
    }

    private StoredJob randomJob(String name) {
        return new StoredJob(
                name,
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextLong(),
                random.nextLong(),
                random.nextInt(3) == 0 ? null : "schedule " + random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextInt(),
                "rate " + random.nextInt(),
                new StoredJob.Counters(
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong()));
    }

    private StoredExecution randomExecution(ExecutionId id) {
        return new StoredExecution(
                id,
                jobName(random.nextInt(4)),
                any(Priority.values()),
                random.nextLong(),
                random.nextBoolean(),
                random.nextLong(),
                random.nextLong(),
                Text.of(randomText()),
                randomText(),
                id.value() % 3 == 0 ? "shop:orders 00000000 " + id : null); // that never changes
    }

    private StoredState randomState(ExecutionId id) {
        List<String> handovers = new ArrayList<>();
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            handovers.add(jobName(i));
        }
        return new StoredState(
                id,
                any(ExecutionState.values()),
                random.nextLong(),
                random.nextInt(),
                random.nextInt(),
                random.nextBoolean(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                randomText(),
                Text.of(randomText()),
                randomText(),
                handovers,
                randomCourse(),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextBoolean());
    }

    private List<StoredFault> randomFaults() {
        List<StoredFault> faults = new ArrayList<>();
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            faults.add(new StoredFault(jobName(i), random.nextLong(), "why \"" + i + "\""));
        }
        return faults;
    }

    private Course randomCourse() {
        Course course = Course.NONE;
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            String text = randomText();
            course = course.with(
                    new FailedAttempt(i, random.nextLong(), random.nextLong(), text == null ? "" : text, randomText()));
        }
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            course = course.with(new Hold(any(Gate.values()), random.nextLong(), random.nextInt()));
        }
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            String text = randomText();
            course = course.with(new ProgressNote(random.nextLong(), random.nextDouble(), text == null ? "" : text));
        }
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            ExecutionId id = new ExecutionId(random.nextLong(Long.MAX_VALUE));
            course = course.with(new Successor(jobName(i), random.nextBoolean() ? id : null));
        }
        return course.with(random.nextInt(4) == 0);
    }

    private StoredKey randomKey(long usedMillis) {
        return new StoredKey(
                jobName(random.nextInt(4)),
                "key " + random.nextInt(20),
                usedMillis,
                new ExecutionId(usedMillis),
                any(ExecutionState.values()),
                random.nextBoolean(),
                any(Priority.values()),
                random.nextLong(),
                random.nextLong(),
                random.nextInt(),
                random.nextLong());
    }

    private @Nullable String randomText() {
        int length = random.nextInt(12) == 0 ? 5_000 : random.nextInt(8) - 1;
        return length < 0
                ? null
                : random.ints(length, 0, ALPHABET.length())
                        .collect(
                                StringBuilder::new, (text, i) -> text.append(ALPHABET.charAt(i)), StringBuilder::append)
                        .toString();
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
