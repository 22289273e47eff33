package dev.latido.client;

import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.policy.DrainRate;
import dev.latido.policy.InFlightLimit;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Wire;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands of one channel to the owner, with a deadline and a bounded number in flight; see {@link JobClient}.
 *
 * <p>May be called from any thread; its state belongs to its event loop.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // `waiting` has one writer; it is volatile for readers on other threads
final class RequestChannel {

    /** Makes the command, now that it is sent. */
    @FunctionalInterface
    interface Draft {
        /** Returns the command with this deadline. */
        Command at(Instant deadline);
    }

    private final EventLoop loop;
    private final CommandConfig config;
    private final TimeSource time;
    private final CommandObserver observer;
    private final CommandBus bus;

    /** Takes what goes together with others; null where every command has a message of its own. */
    private final @Nullable CommandBatcher batcher;

    /** How long after the deadline an answer of the owner may still come. */
    private final long graceNanos;

    // All below: changed on `loop` only.
    private final InFlightLimit<Request> limit;
    private final DrainRate drainRate = new DrainRate();

    /** By subject: present while it is being asked for, with those who want to know next. */
    private final Map<String, Question> questions = new HashMap<>();

    /** Calls without an answer, oldest first. */
    private final Set<Call> open = new LinkedHashSet<>();

    private final ArrayDeque<Request> ready = new ArrayDeque<>();
    private boolean sending;
    private EventLoop.@Nullable Timer alarm;
    private long alarmNanos;
    private volatile int waiting;

    /** One caller, who waits for the answer to {@code request}. */
    private record Call(Request request, Promise<Reply> promise, long begunNanos, long deadlineNanos) {
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    /** One message to the owner, and whom its answer is for. */
    private static final class Request {
        final CommandType type;
        final Draft draft;

        /** What is asked, where several callers share one question; else null. */
        final @Nullable Question question;

        final List<Call> calls = new ArrayList<>(1);
        int openCalls;
        boolean sent;

        Request(CommandType type, Draft draft, @Nullable Question question) {
            this.type = type;
            this.draft = draft;
            this.question = question;
        }
    }

    /** What many may ask, asked by one request at a time. */
    private static final class Question {
        final String subject;

        /** For those who wanted to know since the latest request was sent; null for nobody. */
        @Nullable Request next;

        Question(String subject) {
            this.subject = subject;
        }
    }

    /**
     * Makes a channel.
     *
     * @param grace how long after the deadline an answer of the owner may still come
     * @param isBatched whether the commands of one turn of the event loop go together
     */
    RequestChannel(
            EventLoop loop,
            CommandBus.Factory buses,
            CommandConfig config,
            TimeSource time,
            CommandObserver observer,
            Duration grace,
            boolean isBatched) {
        this.loop = loop;
        this.config = config;
        this.time = time;
        this.observer = observer;
        this.graceNanos = grace.toNanos();
        Duration whole = config.timeout().plus(grace);
        Duration patience = whole.compareTo(JobClient.ABANDON_AFTER) > 0 ? whole : JobClient.ABANDON_AFTER;
        this.bus = buses.make(patience);
        this.batcher = isBatched ? new CommandBatcher(loop, bus, patience, config.timeout()) : null;
        this.limit = new InFlightLimit<>(
                config.maxInFlight(), config.whenFull() == CommandConfig.WhenFull.WAIT ? config.maxWaiting() : 0);
    }

    /**
     * Sends a command.
     *
     * @param timeout until when its caller waits for the answer
     * @param subject equal for commands of which one answer serves all who ask meanwhile; null for commands that are
     *     each their own
     */
    Future<Reply> send(CommandType type, Duration timeout, @Nullable String subject, Draft draft) {
        Promise<Reply> promise = Promise.promise();
        long begunNanos = time.nanos();
        long deadlineNanos = begunNanos + timeout.toNanos();
        if (loop.isCurrent()) {
            take(type, subject, draft, promise, begunNanos, deadlineNanos);
            return promise.future();
        }
        Context caller = Vertx.currentContext();
        loop.execute(() -> take(type, subject, draft, promise, begunNanos, deadlineNanos));
        return caller == null ? promise.future() : on(caller, promise.future());
    }

    private static <T> Future<T> on(Context caller, Future<T> future) {
        Promise<T> there = Promise.promise();
        future.onComplete(done -> caller.runOnContext(ignored -> there.handle(done)));
        return there.future();
    }

    private void take(
            CommandType type,
            @Nullable String subject,
            Draft draft,
            Promise<Reply> promise,
            long begunNanos,
            long deadlineNanos) {
        if (subject != null && waiting < config.maxWaiting()) {
            Question question = questions.computeIfAbsent(subject, this::askSoon);
            if (question.next == null) {
                question.next = new Request(type, draft, question);
            }
            open(new Call(question.next, promise, begunNanos, deadlineNanos));
            return;
        }
        Request request = new Request(type, draft, null);
        boolean lineIsFull = limit.inFlight() >= limit.limit() && waiting >= config.maxWaiting();
        open(new Call(request, promise, begunNanos, deadlineNanos));
        if (lineIsFull) {
            refuse(request);
        } else {
            admit(request);
        }
    }

    /** Makes a question that is asked at the end of this turn, for all who want to know by then. */
    private Question askSoon(String subject) {
        Question question = new Question(subject);
        loop.execute(() -> askNext(question));
        return question;
    }

    /** Asks for those who want to know, now that the request before them is answered or given up. */
    private void askNext(Question question) {
        Request next = question.next;
        question.next = null;
        if (next != null && next.openCalls > 0) {
            admit(next);
        } else {
            questions.remove(question.subject);
        }
    }

    private void open(Call call) {
        call.request.calls.add(call);
        call.request.openCalls++;
        open.add(call);
        waiting++;
        setAlarm(call.deadlineNanos);
    }

    private void admit(Request request) {
        switch (limit.admit(request)) {
            case GO -> send(request);
            case WAIT -> {
                if (limit.waiting() == 1) {
                    drainRate.lineBegan(time.nanos());
                }
            }
            case FULL -> refuse(request);
        }
    }

    private void refuse(Request request) {
        settle(request, noRoom());
        ended(request);
    }

    private Refusal noRoom() {
        return Refusal.noRoom(limit.limit(), drainRate.retryAfter(limit.waiting() + 1, time.nanos()));
    }

    /** Sends {@code request}. Its answer may come within the call itself; the loop keeps that from nesting. */
    private void send(Request request) {
        ready.add(request);
        if (!sending) {
            sending = true;
            try {
                for (Request next = ready.poll(); next != null; next = ready.poll()) {
                    if (next.openCalls == 0) {
                        release(next);
                    } else {
                        sendNow(next);
                    }
                }
            } finally { // or nothing would be sent any more
                sending = false;
            }
        }
    }

    private void sendNow(Request request) {
        request.sent = true;
        waiting -= request.openCalls;
        Moment now = time.now();
        Call latest = request.calls.get(request.calls.size() - 1);
        Command command = request.draft.at(now.wallAt(latest.deadlineNanos));
        if (batcher != null) {
            batcher.send(command, reply -> answered(request, reply));
        } else {
            bus.request(
                    command,
                    (reply, failure) ->
                            answered(request, failure == null ? reply : Wire.decodeFailure(failure, config.timeout())));
        }
    }

    private void answered(Request request, Reply reply) {
        release(request); // first, so that the owner has the next one while the callers of this one are answered
        settle(request, reply);
    }

    private void release(Request request) {
        limit.release().ifPresent(next -> {
            drainRate.departed(time.nanos());
            send(next);
        });
        ended(request);
    }

    private void ended(Request request) {
        if (request.question != null) {
            askNext(request.question);
        }
    }

    private void settle(Request request, Reply reply) {
        if (request.openCalls > 0) {
            long now = time.nanos();
            for (Call call : request.calls) {
                if (open.remove(call)) {
                    settle(call, reply, now);
                }
            }
        }
    }

    private void settle(Call call, Reply reply, long now) {
        Request request = call.request;
        request.openCalls--;
        if (!request.sent) {
            waiting--;
        }
        long took = now - call.begunNanos;
        try {
            observer.answered(request.type, CommandObserver.result(reply), took);
        } catch (RuntimeException | Error thrown) {
            unhandled(thrown);
        }
        try {
            if (reply instanceof Refusal refusal) {
                call.promise.fail(new CommandException(refusal));
            } else {
                call.promise.complete(reply);
            }
        } catch (RuntimeException | Error thrown) { // by the caller's own code, and others wait
            unhandled(thrown);
        }
    }

    /** Leaves what somebody else's code threw to whoever handles what is thrown on this loop; nothing here stops for it. */
    private void unhandled(Throwable thrown) {
        loop.execute(() -> {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) thrown;
        });
    }

    /** Sees to it that the alarm rings when {@code nanos} has come, or before. */
    private void setAlarm(long nanos) {
        if (alarm != null) {
            if (alarmNanos - nanos <= 0) {
                return;
            }
            alarm.cancel();
        }
        alarmNanos = nanos;
        alarm = loop.schedule(Duration.ofNanos(Math.max(0, nanos - time.nanos())), this::rang);
    }

    /** Answers every caller whose deadline has come. Looks at all that are open, which are bounded, once a timeout. */
    private void rang() {
        alarm = null;
        long now = time.nanos();
        List<Call> due = new ArrayList<>();
        Call next = null;
        for (Call call : open) {
            if (givesUpAt(call) - now <= 0) {
                due.add(call);
            } else if (next == null || givesUpAt(call) - givesUpAt(next) < 0) {
                next = call;
            }
        }
        for (Call call : due) {
            open.remove(call);
            Duration waited = Duration.ofNanos(now - call.begunNanos);
            settle(call, call.request.sent ? Refusal.ownerSilent(waited) : noRoom(), now);
        }
        limit.expire(request -> request.openCalls == 0, this::ended);
        if (next != null) {
            setAlarm(givesUpAt(next));
        }
    }

    /** The owner has the deadline itself to answer by; whoever is not sent yet need not wait for that answer. */
    private long givesUpAt(Call call) {
        return call.deadlineNanos + (call.request.sent ? graceNanos : 0);
    }

    int inFlight() {
        return limit.inFlight();
    }

    int waiting() {
        return waiting;
    }

    CommandConfig config() {
        return config;
    }
}
