package dev.latido.stream;

import dev.latido.job.ExecutionId;
import dev.latido.stream.ChangedJobs.Changes;
import dev.latido.stream.OwnerReads.Answer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Readers who want to see the same jobs equally often. The first change after a quiet interval is shown at once; what
 * follows is shown together when the interval is over, encoded once for all. A group of one is for a reader who has to
 * catch up first, and then joins the others.
 */
final class ViewGroup {

    /** How many executions a message shows at most: those that changed last. */
    static final int MAX_EXECUTIONS = 50;

    private final EventStream stream;
    private final Set<String> jobs;
    private final long intervalNanos;
    private final boolean isShared;
    private final Set<ViewReader> members = new LinkedHashSet<>();

    /** Changes of jobs up to this were shown. */
    private long order;

    /** Events up to this were looked at for what else is shown. */
    private long sequence;

    private boolean isAsking;
    private boolean isWaiting;
    private boolean hasShown;
    private long shownNanos;

    ViewGroup(EventStream stream, Set<String> jobs, long intervalNanos, boolean isShared) {
        this.stream = stream;
        this.jobs = jobs;
        this.intervalNanos = intervalNanos;
        this.isShared = isShared;
    }

    /** Adds a reader who has seen everything up to event {@code seen}. */
    void add(ViewReader reader, long seen) {
        long seenOrder = stream.changedJobs().orderAt(seen);
        boolean isFirst = members.isEmpty();
        order = isFirst ? seenOrder : Math.min(order, seenOrder);
        sequence = isFirst ? seen : Math.min(sequence, seen);
        members.add(reader);
    }

    /** A reader left. */
    void remove(ViewReader reader) {
        members.remove(reader);
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** Something may have changed, or the interval is over. */
    void move() {
        if (isAsking || isWaiting || members.isEmpty()) {
            return;
        }
        long wait = hasShown ? shownNanos + intervalNanos - stream.nanos() : 0;
        if (wait > 0) {
            isWaiting = true;
            stream.after(TimeUnit.NANOSECONDS.toMillis(wait) + 1, () -> {
                isWaiting = false;
                move();
            });
            return;
        }
        long newest = stream.window().newest();
        Changes changes = stream.changedJobs().since(order, jobs, Reader.MAX_JOBS, newest);
        boolean withService = stream.serviceChanged() > sequence;
        if (changes.jobs().isEmpty() && !withService) {
            order = changes.order();
            sequence = newest;
            joinOthers(newest);
        } else {
            ask(changes, withService, newest);
        }
    }

    private void ask(Changes changes, boolean withService, long newest) {
        long orderBefore = order;
        long sequenceBefore = sequence;
        List<ExecutionId> executions = stream.window().executionsAfter(sequence, jobs, MAX_EXECUTIONS);
        isAsking = true;
        order = changes.order();
        sequence = newest;
        stream.reads().read(changes.jobs(), executions).onComplete(done -> {
            hasShown = true;
            shownNanos = stream.nanos();
            if (done.succeeded()) {
                try {
                    show(changes, executions, withService, done.result());
                } catch (RuntimeException | Error fault) {
                    isAsking = false; // or these readers would never be shown anything again
                    throw fault;
                }
            } else { // the owner is beginning, or overloaded: again after the interval
                order = Math.min(order, orderBefore);
                sequence = Math.min(sequence, sequenceBefore);
                isAsking = false;
                move();
            }
        });
    }

    private void show(Changes changes, List<ExecutionId> executions, boolean withService, Answer answer) {
        EventCursor place = new EventCursor(stream.run(), changes.sequence());
        Buffer messages = Buffer.buffer();
        int count = 0;
        if (withService) {
            JsonObject data =
                    new JsonObject().put("sequence", answer.sequence()).mergeIn(answer.service());
            messages.appendBuffer(Sse.message(changes.jobs().isEmpty() ? place : null, "service", data.toBuffer()));
            count++;
        }
        if (!changes.jobs().isEmpty()) {
            Buffer data = Reader.opened(new JsonObject().put("sequence", answer.sequence()));
            answer.appendJobs(data, changes.jobs());
            data.appendString(",");
            answer.appendExecutions(data, executions);
            messages.appendBuffer(Sse.message(place, "jobs", data.appendString("}")));
            count++;
        }
        int shown = count;
        stream.slices()
                .each(List.copyOf(members), member -> member.show(this, messages, shown, place.sequence()), () -> {
                    isAsking = false;
                    if (place.sequence() >= sequence) {
                        joinOthers(place.sequence());
                    }
                    move();
                });
    }

    /** Has the reader of a group of one, who has caught up to event {@code seen}, join the others. */
    private void joinOthers(long seen) {
        if (!isShared) {
            List<ViewReader> all = List.copyOf(members);
            members.clear();
            all.forEach(member -> stream.join(member, seen));
        }
    }
}
