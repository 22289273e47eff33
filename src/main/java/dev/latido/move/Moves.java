package dev.latido.move;

import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.protocol.Command;
import dev.latido.protocol.MoveView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.queue.Broker;
import dev.latido.queue.JobQueue;
import dev.latido.queue.QueueBinding;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The moves to the queues of jobs, one at a time to each. Nothing of them is stored: what is not moved yet is where it was, so
 * that a move that a crash ended is begun again. On one event loop.
 */
public final class Moves implements Command.MoveHandler {

    private static final Duration LEASE = Duration.ofSeconds(30);

    private final EventLoop loop;
    private final TimeSource time;
    private final Map<String, Broker> brokers;
    private final Jobs jobs;
    private final MoveTarget target;
    private final Map<String, Relay> byJob = new HashMap<>();
    private boolean isClosed;

    /** What is known of jobs. */
    public interface Jobs {

        /** Tells whether there is a job of this name to which work may be given. */
        boolean isDefined(String job);

        /** Returns the lanes of the job's queue; all there are, where it is in memory. */
        List<Priority> lanes(String job);

        /** Returns the names of the jobs that take from the queue of that name at that broker, here. */
        List<String> takersOf(String broker, String queue);
    }

    /**
     * Makes none.
     *
     * @param brokers by their names
     * @param target where jobs have their queues; answers on {@code loop}
     */
    public Moves(EventLoop loop, TimeSource time, Map<String, Broker> brokers, Jobs jobs, MoveTarget target) {
        this.loop = loop;
        this.time = time;
        this.brokers = brokers;
        this.jobs = jobs;
        this.target = target;
    }

    @Override
    public Reply move(Command.Move command) {
        String job = command.job();
        Relay before = byJob.get(job);
        if (isClosed) {
            return Refusal.stopping();
        } else if (before != null && !before.isOver()) {
            MoveView view = before.view();
            return view.from().equals(command.from())
                    ? view
                    : Refusal.wrongState("Job '" + job + "' has messages moved from " + view.from()
                            + "; wait for that, or end it first.");
        } else if (!jobs.isDefined(job)) {
            return Refusal.unknownJob(job);
        }
        int colon = command.from().indexOf(':');
        String brokerName = colon < 0 ? "" : command.from().substring(0, colon);
        String queue = command.from().substring(colon + 1);
        Broker broker = brokers.get(brokerName);
        if (colon < 1 || !QueueBinding.isName(queue)) {
            return Refusal.invalid(
                    "'from' must name a queue as broker:queue, the queue with " + QueueBinding.NAME_RULE + ".");
        } else if (broker == null) {
            return Refusal.invalid("'from' names the broker '" + brokerName
                    + "', which is not under brokers in the configuration"
                    + (brokers.isEmpty()
                            ? "."
                            : "; those are "
                                    + brokers.keySet().stream().sorted().collect(Collectors.joining(", ")) + "."));
        }
        List<String> takers = jobs.takersOf(brokerName, queue);
        if (!takers.isEmpty()) {
            return Refusal.notPossibleHere(
                    "Job '" + takers.get(0) + "' takes from " + command.from() + " itself: what is there is its work.");
        }
        return begin(command, broker, queue);
    }

    private MoveView begin(Command.Move command, Broker broker, String queue) {
        String job = command.job();
        // a name that nobody has: whoever had a lease under it is gone with what it had
        String process = "move-" + job + "-" + Long.toString(time.now().wall().toEpochMilli(), Character.MAX_RADIX);
        JobQueue source = broker.queue(binding(command, broker, queue), process, loop);
        Relay relay = new Relay(loop, time, job, command.from(), source, target, command.hasDeadLetters());
        byJob.put(job, relay);
        relay.begin();
        return relay.view();
    }

    private QueueBinding binding(Command.Move command, Broker broker, String queue) {
        List<Priority> given = command.lanes().isEmpty() ? jobs.lanes(command.job()) : command.lanes();
        List<Priority> lanes = new ArrayList<>(given);
        if (!lanes.contains(Priority.NORMAL)) {
            lanes.add(Priority.NORMAL); // which every queue has
        }
        lanes.sort(Comparator.comparing(Priority.MOST_URGENT_FIRST::indexOf));
        return new QueueBinding(
                queue,
                command.group(),
                lanes,
                LEASE,
                QueueBinding.MAX_CAPACITY,
                FullMode.REJECT,
                broker.capabilities().maxPayloadBytes(),
                Duration.ofDays(1),
                Duration.ofHours(1),
                QueueBinding.Existing.TAKE,
                false,
                false,
                QueueBinding.USUAL_HOLD,
                null);
    }

    @Override
    public Reply getMove(Command.GetMove command) {
        return of(command.job(), Relay::view);
    }

    @Override
    public Reply endMove(Command.EndMove command) {
        return of(command.job(), relay -> {
            relay.end();
            return relay.view();
        });
    }

    private Reply of(String job, Function<Relay, MoveView> view) {
        @Nullable Relay relay = byJob.get(job);
        if (relay != null) {
            return view.apply(relay);
        }
        return jobs.isDefined(job) ? Refusal.unknownMove(job) : Refusal.unknownJob(job);
    }

    /** Ends all of them; what is not moved yet stays where it is. */
    public void close() {
        isClosed = true;
        byJob.values().forEach(Relay::end);
    }
}
