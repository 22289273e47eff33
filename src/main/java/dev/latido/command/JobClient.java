package dev.latido.command;

import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.limit.DrainRate;
import dev.latido.limit.InFlightLimit;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends commands to the owner over the event bus, with a deadline and a bounded number in flight. Any application in
 * the cluster can use it; so does the HTTP edge.
 *
 * <p>The bus itself has no bound: it would queue any number of messages for a busy owner. So this client keeps
 * {@link CommandConfig#maxInFlight()} of them unanswered at most; further callers wait in a line that is bounded too,
 * or are refused. A command keeps its place until the owner answers, even when its caller gave up before, so that a
 * stuck owner is not asked ever more; only after {@link #ABANDON_AFTER} is a place given up as lost.
 *
 * <p>While a job's status is being asked for, further callers who want the same share the next question: each is
 * answered by a status that was read after it asked, and however many ask, the owner reads once a round trip.
 *
 * <p>May be called from any thread; its state belongs to the Vert.x context on which it was created. A returned future
 * fails with {@link CommandException} only.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // `waiting` has one writer; it is volatile for readers on other threads
public final class JobClient {

    /** How long an unanswered command keeps its place in flight at most. */
    public static final Duration ABANDON_AFTER = Duration.ofSeconds(60);

    private final Vertx vertx;
    private final Context context;
    private final CommandConfig config;
    private final TimeSource time;
    private final CommandObserver observer;
    private final boolean sameProcess;
    private final DeliveryOptions delivery;

    /** The thread of {@code context}. Contexts cannot be compared: HTTP handlers run on duplicates of theirs. */
    private volatile @Nullable Thread thread;

    // All below: changed on `context` only.
    private final InFlightLimit<Request> limit;
    private final DrainRate drainRate = new DrainRate();

    /** By job: present while its status is being asked for, with those who want to know next. */
    private final Map<String, Question> questions = new HashMap<>();

    /** Calls without an answer, oldest first; as all have the same time-out, that is the order of their deadlines. */
    private final Set<Call> open = new LinkedHashSet<>();

    private final ArrayDeque<Request> ready = new ArrayDeque<>();
    private boolean sending;
    private boolean alarmSet;
    private volatile int waiting;

    /** One caller, who waits for the answer to {@code request}. */
    private record Call(Request request, Promise<JobStatus> promise, long begunNanos) {
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
        final @Nullable String job;
        final List<Call> calls = new ArrayList<>(1);

        /** The question that this request asks; null when it asks none, or asks it beside another request. */
        @Nullable Question question;

        int openCalls;
        boolean sent;

        Request(CommandType type, @Nullable String job) {
            this.type = type;
            this.job = job;
        }
    }

    /** What a job's status is, asked by one request at a time. */
    private static final class Question {
        @Nullable Request next;
    }

    private JobClient(
            Vertx vertx, CommandConfig config, TimeSource time, CommandObserver observer, boolean sameProcess) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.time = time;
        this.observer = observer;
        this.sameProcess = sameProcess;
        this.delivery = new DeliveryOptions()
                .setSendTimeout(
                        Math.max(ABANDON_AFTER.toMillis(), config.timeout().toMillis()))
                .setLocalOnly(sameProcess);
        this.limit = new InFlightLimit<>(
                config.maxInFlight(), config.whenFull() == CommandConfig.WhenFull.WAIT ? config.maxWaiting() : 0);
        this.context.runOnContext(ignored -> thread = Thread.currentThread());
    }

    /** Makes a client that reaches the owner wherever in the cluster it is. */
    public static JobClient create(Vertx vertx, CommandConfig config) {
        return new JobClient(vertx, config, TimeSource.system(), CommandObserver.NONE, false);
    }

    /**
     * Makes a client for the process in which the owner runs: messages are handed over without being copied. The
     * instance needs {@link Wire#registerCodecs}.
     */
    public static JobClient inProcess(Vertx vertx, CommandConfig config, TimeSource time, CommandObserver observer) {
        return new JobClient(vertx, config, time, observer, true);
    }

    /** Starts {@code job}, or the default job when null. */
    public Future<JobStatus> start(@Nullable String job) {
        return send(CommandType.START, job);
    }

    /** Stops {@code job}, or the default job when null. */
    public Future<JobStatus> stop(@Nullable String job) {
        return send(CommandType.STOP, job);
    }

    /** Reads the status of {@code job}, or of the default job when null. */
    public Future<JobStatus> status(@Nullable String job) {
        return send(CommandType.GET_STATUS, job);
    }

    /** Sends a command of type {@code type} to {@code job}, or to the default job when null. */
    public Future<JobStatus> send(CommandType type, @Nullable String job) {
        Promise<JobStatus> promise = Promise.promise();
        long begunNanos = time.nanos();
        if (Thread.currentThread() == thread) {
            take(type, job, promise, begunNanos);
            return promise.future();
        }
        Context caller = Vertx.currentContext();
        context.runOnContext(ignored -> take(type, job, promise, begunNanos));
        return caller == null ? promise.future() : on(caller, promise.future());
    }

    private static <T> Future<T> on(Context caller, Future<T> future) {
        Promise<T> there = Promise.promise();
        future.onComplete(done -> caller.runOnContext(ignored -> there.handle(done)));
        return there.future();
    }

    private void take(CommandType type, @Nullable String job, Promise<JobStatus> promise, long begunNanos) {
        Question question = type == CommandType.GET_STATUS ? questions.get(keyOf(job)) : null;
        if (question != null && waiting < config.maxWaiting()) {
            if (question.next == null) {
                question.next = new Request(type, job);
                question.next.question = question;
            }
            open(new Call(question.next, promise, begunNanos));
            return;
        }
        Request request = new Request(type, job);
        if (type == CommandType.GET_STATUS && question == null) {
            request.question = new Question();
            questions.put(keyOf(job), request.question);
        }
        boolean lineIsFull = limit.inFlight() >= limit.limit() && waiting >= config.maxWaiting();
        open(new Call(request, promise, begunNanos));
        if (lineIsFull) {
            refuse(request);
        } else {
            admit(request);
        }
    }

    private static String keyOf(@Nullable String job) {
        return job == null ? "" : job;
    }

    private void open(Call call) {
        call.request.calls.add(call);
        call.request.openCalls++;
        open.add(call);
        waiting++;
        setAlarm(config.timeout().toNanos());
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
            for (Request next = ready.poll(); next != null; next = ready.poll()) {
                if (next.openCalls == 0) {
                    release(next);
                } else {
                    sendNow(next);
                }
            }
            sending = false;
        }
    }

    private void sendNow(Request request) {
        request.sent = true;
        waiting -= request.openCalls;
        Moment now = time.now();
        Call latest = request.calls.get(request.calls.size() - 1);
        Instant deadline = now.wall().plusNanos(nanosLeft(latest, now.nanos()));
        Command command = Command.of(request.type, request.job, deadline);
        vertx.eventBus()
                .<Object>request(Addresses.CONTROL, sameProcess ? command : Wire.encode(command), delivery)
                .onComplete(answer -> answered(request, answer));
    }

    private void answered(Request request, AsyncResult<Message<Object>> answer) {
        settle(
                request,
                answer.succeeded()
                        ? Wire.decodeReply(answer.result().body())
                        : Wire.decodeFailure(answer.cause(), config.timeout()));
        release(request);
    }

    private void release(Request request) {
        limit.release().ifPresent(next -> {
            drainRate.departed(time.nanos());
            send(next);
        });
        ended(request);
    }

    /** Lets those who want to know the same ask, now that {@code request} is answered or given up. */
    private void ended(Request request) {
        Question question = request.question;
        if (question == null) {
            return;
        }
        Request next = question.next;
        question.next = null;
        if (next != null && next.openCalls > 0) {
            admit(next);
        } else {
            questions.remove(keyOf(request.job));
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
        if (reply instanceof JobStatus status) {
            observer.answered(request.type, "ok", took);
            call.promise.complete(status);
        } else if (reply instanceof Refusal refusal) {
            observer.answered(request.type, refusal.type(), took);
            call.promise.fail(new CommandException(refusal));
        }
    }

    private void setAlarm(long nanos) {
        if (!alarmSet) {
            alarmSet = true;
            vertx.setTimer(TimeUnit.NANOSECONDS.toMillis(nanos) + 1, ignored -> alarm());
        }
    }

    /** Answers every caller whose deadline has come. */
    private void alarm() {
        alarmSet = false;
        long now = time.nanos();
        Call oldest = oldest();
        while (oldest != null && nanosLeft(oldest, now) <= 0) {
            open.remove(oldest);
            settle(oldest, oldest.request.sent ? Refusal.ownerSilent(config.timeout()) : noRoom(), now);
            oldest = oldest();
        }
        limit.expire(request -> request.openCalls == 0, this::ended);
        if (oldest != null) {
            setAlarm(nanosLeft(oldest, now));
        }
    }

    private @Nullable Call oldest() {
        Iterator<Call> calls = open.iterator();
        return calls.hasNext() ? calls.next() : null;
    }

    private long nanosLeft(Call call, long now) {
        return call.begunNanos + config.timeout().toNanos() - now;
    }

    /** Returns how many commands are sent and not answered. Readable from any thread. */
    public int inFlight() {
        return limit.inFlight();
    }

    /** Returns how many callers wait for their command to be sent. Readable from any thread. */
    public int waiting() {
        return waiting;
    }

    /** Returns the bounds that this client keeps. */
    public CommandConfig config() {
        return config;
    }
}
