package dev.latido.stream;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All jobs in the order of their latest change. So it can be told, as long as the service runs, which jobs changed since
 * any event, however many events came after it.
 */
final class ChangedJobs {

    private final Map<String, Entry> entries = new HashMap<>();

    /** The ring's own entry: before the oldest and after the newest. */
    private final Entry ends = new Entry("");

    /** Numbers changes; several may belong to one event. */
    private long count;

    private static final class Entry {
        final String job;
        long sequence;
        long order;
        Entry older = this;
        Entry newer = this;

        Entry(String job) {
            this.job = job;
        }
    }

    /**
     * What changed.
     *
     * @param jobs those that changed, what changed first at the front
     * @param order stands for all changes up to these
     * @param sequence everything that happened up to this event is among {@code jobs} or was before them
     */
    record Changes(List<String> jobs, long order, long sequence) {}

    /** Takes up a job, which is as if it had changed after event {@code sequence}, the newest. */
    void define(String job, long sequence) {
        Entry entry = new Entry(job);
        entries.put(job, entry);
        append(entry);
        changed(job, sequence);
    }

    boolean isDefined(String job) {
        return entries.containsKey(job);
    }

    private void append(Entry entry) {
        entry.older = ends.older;
        entry.newer = ends;
        ends.older.newer = entry;
        ends.older = entry;
    }

    /** Notes that event {@code sequence}, the newest, happened to {@code job}. */
    void changed(String job, long sequence) {
        Entry entry = entries.get(job);
        if (entry == null) {
            return;
        }
        count++;
        entry.sequence = sequence;
        entry.order = count;
        if (entry.newer != ends) {
            entry.older.newer = entry.newer;
            entry.newer.older = entry.older;
            append(entry);
        }
    }

    /** Notes that event {@code sequence}, the newest, happened to all jobs. */
    void allChanged(long sequence) {
        entries.keySet().forEach(job -> changed(job, sequence));
    }

    /** Returns what stands for all changes up to event {@code sequence}. */
    long orderAt(long sequence) {
        Entry entry = ends.older;
        while (entry != ends && entry.sequence > sequence) {
            entry = entry.older;
        }
        return entry == ends ? 0 : entry.order;
    }

    /**
     * Returns which jobs changed, the first {@code max}.
     *
     * @param order only changes after this
     * @param jobs only of these; empty for all
     * @param newest the newest event
     */
    Changes since(long order, Set<String> jobs, int max, long newest) {
        List<Entry> changed = new ArrayList<>();
        if (jobs.isEmpty()) {
            for (Entry entry = ends.older; entry != ends && entry.order > order; entry = entry.older) {
                changed.add(entry);
            }
            Collections.reverse(changed);
        } else {
            for (String job : jobs) {
                Entry entry = entries.get(job);
                if (entry != null && entry.order > order) {
                    changed.add(entry);
                }
            }
            changed.sort(Comparator.comparingLong(entry -> entry.order));
        }
        boolean isAll = changed.size() <= max;
        List<Entry> first = isAll ? changed : changed.subList(0, max);
        return new Changes(
                first.stream().map(entry -> entry.job).toList(),
                isAll ? count : first.get(max - 1).order,
                isAll ? newest : changed.get(max).sequence - 1);
    }
}
