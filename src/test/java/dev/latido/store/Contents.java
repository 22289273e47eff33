package dev.latido.store;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a store holds.
 *
 * @param service what concerns all jobs
 * @param jobs by name; the contract promises no order
 * @param keys those of each job, in the order in which they came
 * @param executions in the order in which they came
 * @param points the latest first
 */
public record Contents(
        StoredService service,
        List<StoredJob> jobs,
        Map<String, List<StoredKey>> keys,
        List<Entry> executions,
        List<StoredPoints> points) {

    /** Makes the contents of a store that was never paused. */
    public Contents(List<StoredJob> jobs, Map<String, List<StoredKey>> keys, List<Entry> executions) {
        this(StoredService.INITIAL, jobs, keys, executions, List.of());
    }

    /** An execution and how it stands. */
    public record Entry(StoredExecution execution, @Nullable StoredState state) {}

    /** Scans a store. */
    public static Contents of(Store store) {
        return of(store, Integer.MAX_VALUE);
    }

    /** Scans a store, with texts of up to so many bytes. */
    public static Contents of(Store store, int maxTextBytes) {
        Collector collector = new Collector(maxTextBytes);
        Stores.await(store.scan(collector));
        collector.jobs.sort(Comparator.comparing(StoredJob::name));
        return new Contents(collector.service, collector.jobs, collector.keys, collector.executions, collector.points);
    }

    /** Returns the ids of the executions as numbers. */
    public List<Long> ids() {
        return executions.stream().map(entry -> entry.execution().id().value()).toList();
    }

    /** Collects, and sees to it that first all jobs come, then all keys, then all executions by their ids. */
    private static final class Collector implements StoreReader {
        private final int maxTextBytes;
        private StoredService service = StoredService.INITIAL;
        private final List<StoredJob> jobs = new ArrayList<>();
        private final Map<String, List<StoredKey>> keys = new TreeMap<>();
        private final List<Entry> executions = new ArrayList<>();
        private final List<StoredPoints> points = new ArrayList<>();

        Collector(int maxTextBytes) {
            this.maxTextBytes = maxTextBytes;
        }

        @Override
        public int maxTextBytes() {
            return maxTextBytes;
        }

        @Override
        public void service(StoredService taken) {
            check(jobs.isEmpty() && keys.isEmpty() && executions.isEmpty(), taken);
            service = taken;
        }

        @Override
        public void job(StoredJob job) {
            check(keys.isEmpty() && executions.isEmpty(), job);
            jobs.add(job);
        }

        @Override
        public void key(StoredKey key) {
            check(executions.isEmpty() && points.isEmpty(), key);
            keys.computeIfAbsent(key.job(), name -> new ArrayList<>()).add(key);
        }

        @Override
        public void execution(StoredExecution execution, @Nullable StoredState state) {
            Entry last = executions.isEmpty() ? null : executions.get(executions.size() - 1);
            check(points.isEmpty(), execution);
            check(last == null || last.execution().id().compareTo(execution.id()) < 0, execution);
            executions.add(new Entry(execution, state));
        }

        @Override
        public void points(StoredPoints row) {
            StoredPoints last = points.isEmpty() ? null : points.get(points.size() - 1);
            check(last == null || last.minuteMillis() >= row.minuteMillis(), row);
            points.add(row);
        }

        @Override
        public void unreadable(Unreadable row) {
            throw new AssertionError("it should be readable: " + row);
        }

        private static void check(boolean isInOrder, Object row) {
            if (!isInOrder) {
                throw new AssertionError("out of order: " + row);
            }
        }
    }
}
