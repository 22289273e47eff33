package dev.latido;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What producers and workers outside of the processes of a fleet know: which numbered messages were sent and acknowledged,
 * and how often each was worked on.
 */
final class FleetJournal {

    /** How many messages may be open before producers wait, so that there is a load for as long as a phase takes. */
    private static final int MAX_OPEN = 400;

    private final AtomicInteger numbers = new AtomicInteger();
    private final Set<Integer> streamed = ConcurrentHashMap.newKeySet();
    private final Set<Integer> posted = ConcurrentHashMap.newKeySet();
    private final Set<Integer> unanswered = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Integer> calls = new ConcurrentHashMap<>();
    private final Map<String, String> refusable = new ConcurrentHashMap<>();
    private final Set<String> refusableAcknowledged = ConcurrentHashMap.newKeySet();
    private final AtomicInteger repeated = new AtomicInteger();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();

    /** Returns the number of a new message, as soon as there is room for one. */
    int next() {
        while (numbers.get() - calls.size() - unanswered.size() >= MAX_OPEN) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        return numbers.incrementAndGet();
    }

    /** Redis answered that it has the message. */
    void streamed(int number) {
        streamed.add(number);
    }

    /** A process answered that the message is accepted. */
    void posted(int number) {
        posted.add(number);
    }

    /** Nobody answered whether Redis has the message; it is not sent again, so it may be worked on or not. */
    void unanswered(int number) {
        unanswered.add(number);
    }

    /** So many were posted again of which nobody answered whether they were accepted. */
    void repeated(int count) {
        repeated.addAndGet(count);
    }

    int repeatedCount() {
        return repeated.get();
    }

    /** A worker got the message. */
    void called(int number) {
        calls.merge(number, 1, Integer::sum);
    }

    /** A message that cannot be work is about to be sent: it has to become a dead letter for {@code reason}. */
    void sendsRefusable(String name, String reason) {
        refusable.put(name, reason);
    }

    void acknowledgedRefusable(String name) {
        refusableAcknowledged.add(name);
    }

    void problem(String problem) {
        problems.add(problem);
    }

    List<String> problems() {
        return List.copyOf(problems);
    }

    /** Tells how many messages were worked on at least once. */
    int done() {
        return calls.size();
    }

    int streamedCount() {
        return streamed.size();
    }

    int postedCount() {
        return posted.size();
    }

    int unansweredCount() {
        return unanswered.size();
    }

    /** Returns acknowledged messages that no worker has got. */
    List<Integer> missing() {
        List<Integer> missing = new ArrayList<>(streamed);
        missing.addAll(posted);
        missing.removeAll(calls.keySet());
        return missing;
    }

    /** Returns messages that workers got and nobody sent. */
    List<Integer> unknown() {
        return calls.keySet().stream()
                .filter(number -> number < 1 || number > numbers.get())
                .toList();
    }

    /** Tells how often work was done again. */
    int doubles() {
        return calls.values().stream().mapToInt(count -> count - 1).sum();
    }

    /** Tells how many messages were worked on more often than {@code most} times. */
    long moreOftenThan(int most) {
        return calls.values().stream().filter(count -> count > most).count();
    }

    /** Returns what cannot be work and was sent, by name, with the reason for which it becomes a dead letter. */
    Map<String, String> refusable() {
        return Map.copyOf(refusable);
    }

    Set<String> refusableAcknowledged() {
        return Set.copyOf(refusableAcknowledged);
    }
}
