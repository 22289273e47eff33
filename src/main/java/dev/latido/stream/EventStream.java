package dev.latido.stream;

import dev.latido.client.JobClient;
import dev.latido.event.Event;
import dev.latido.event.EventBatch;
import dev.latido.job.TimeSource;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells many readers what happens: to each a snapshot of how the jobs stand, and then every event, or in intervals how
 * those jobs stand that changed. It takes the owner's events from an {@link dev.latido.event.EventRelay}, keeps the latest
 * for readers who come back, and asks the owner only how jobs stand, rarely. Belongs to one event loop, as do its readers.
 */
public final class EventStream {

    /** Events that come faster are passed on together, so that writing costs less: a person sees no difference. */
    private static final long ROUND_MILLIS = 10;

    private static final Duration MAX_LOOK = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

    private final Vertx vertx;
    private final StreamConfig config;
    private final String run;
    private List<String> jobs = List.of();
    private final StreamObserver observer;
    private final TimeSource time;
    private final EventWindow window;
    private final ChangedJobs changedJobs;
    private final OwnerReads reads;
    private final Slices slices;
    private final Set<Reader> readers = new LinkedHashSet<>();
    private final Map<GroupKey, ViewGroup> groups = new HashMap<>();
    private final long lookMillis;
    private @Nullable EventChunk lastChunk;
    private long serviceChanged;
    private long toldUpTo;
    private boolean isRoundDue;
    private boolean isLooking;
    private boolean isEnded;

    private record GroupKey(Set<String> jobs, Duration interval) {}

    /**
     * Makes a stream of no job.
     *
     * @param run names this run of the service, and no other: lower-case letters and digits
     * @param client asks how jobs stand; made on the same event loop
     */
    public EventStream(
            Vertx vertx, StreamConfig config, String run, JobClient client, StreamObserver observer, TimeSource time) {
        this.vertx = vertx;
        this.config = config;
        this.run = run;
        this.observer = observer;
        this.time = time;
        this.window = new EventWindow(run, config.windowEvents(), config.windowBytes());
        this.changedJobs = new ChangedJobs();
        this.slices = new Slices(vertx, time);
        this.reads = new OwnerReads(vertx, slices, client, window::newest);
        Duration quarter = config.heartbeat().dividedBy(4);
        this.lookMillis = (quarter.compareTo(MAX_LOOK) < 0 ? quarter : MAX_LOOK).toMillis();
    }

    /** Tells of these jobs too from now on, which were not defined before. Snapshots show jobs in the order of their names. */
    public void define(Collection<String> more) {
        jobs = Stream.concat(jobs.stream(), more.stream()).sorted().toList();
        for (String job : more) {
            changedJobs.define(job, window.newest());
        }
        if (!readers.isEmpty()) {
            tell();
        }
    }

    // Events

    /** Takes the next events. */
    public void take(EventBatch batch) {
        boolean follows = window.add(batch);
        if (!follows) { // nobody knows what happened in between
            somethingChanged(batch.first());
        }
        long sequence = batch.first();
        for (Event event : batch.events()) {
            if (event.job().equals(Event.ALL_JOBS)) {
                somethingChanged(sequence);
            } else {
                changedJobs.changed(event.job(), sequence);
            }
            sequence++;
        }
        if (!readers.isEmpty()) {
            tell();
        }
    }

    private void somethingChanged(long sequence) {
        serviceChanged = sequence;
        changedJobs.allChanged(sequence);
    }

    private void tell() {
        if (isRoundDue) {
            return;
        }
        isRoundDue = true;
        toldUpTo = window.newest();
        slices.each(
                List.copyOf(readers),
                Reader::move,
                () -> slices.each(
                        List.copyOf(groups.values()),
                        ViewGroup::move,
                        () -> after(ROUND_MILLIS, () -> {
                            isRoundDue = false;
                            if (toldUpTo < window.newest() && !readers.isEmpty()) {
                                tell();
                            }
                        })));
    }

    /** Tells whether all readers were told of all events, as far as they take them. */
    boolean isTold() {
        return !isRoundDue;
    }

    // Readers

    /**
     * Tells whether somebody may read that.
     *
     * @throws CommandException when not
     */
    public void check(Subscription wanted) {
        for (String job : wanted.jobs()) {
            if (!changedJobs.isDefined(job)) {
                throw new CommandException(Refusal.unknownJob(job));
            }
        }
        if (isEnded) {
            throw new CommandException(Refusal.stopping());
        }
        if (readers.size() >= config.maxReaders()) {
            throw new CommandException(Refusal.tooManyReaders(config.maxReaders()));
        }
    }

    /**
     * Begins to tell a reader for whom {@link #check} found nothing.
     *
     * @return to be run when the reader is gone
     */
    public Runnable open(Subscription wanted, Outlet outlet) {
        Reader reader = wanted.interval() == null
                ? new EventReader(this, wanted, outlet)
                : new ViewReader(this, wanted, outlet);
        if (!isLooking) {
            isLooking = true;
            after(lookMillis, this::lookAgain);
        }
        readers.add(reader);
        observer.readers(readers.size());
        reader.begin();
        return () -> gone(reader);
    }

    /** Ends all readers properly, and takes no more. */
    public void end() {
        isEnded = true;
        Buffer last = end("stopping");
        for (Reader reader : List.copyOf(readers)) {
            gone(reader);
            reader.end(last);
        }
    }

    private static Buffer end(String reason) {
        return Sse.message(null, "end", new JsonObject().put("reason", reason).toBuffer());
    }

    /** Ends a reader that misses events again and again, and tells it why. */
    void leaveBehind(Reader reader) {
        noteCutOff(reader, CutOff.BEHIND);
        gone(reader);
        reader.end(end(CutOff.BEHIND.wireName()));
    }

    void gone(Reader reader) {
        if (readers.remove(reader)) {
            reader.forget();
            groups.values().removeIf(ViewGroup::isEmpty);
            observer.readers(readers.size());
        }
    }

    private void lookAgain() {
        try {
            look();
        } finally {
            isLooking = !readers.isEmpty();
            if (isLooking) {
                after(lookMillis, this::lookAgain);
            }
        }
    }

    /** Looks after the readers: who needs a heartbeat, and who does not keep up. */
    void look() {
        long now = nanos();
        long beat = config.heartbeat().toNanos();
        long pause = TimeUnit.MILLISECONDS.toNanos(lookMillis);
        for (Reader reader : List.copyOf(readers)) {
            if (reader.isStuck(now, beat)) {
                cutOff(reader, CutOff.STUCK);
            } else if (reader.fallsBehind(now, pause / 2, config.readerBytes())) {
                cutOff(reader, CutOff.BEHIND);
            } else {
                reader.beat(now, beat - pause);
            }
        }
    }

    private void cutOff(Reader reader, CutOff reason) {
        noteCutOff(reader, reason);
        gone(reader);
        reader.breakOff();
    }

    private void noteCutOff(Reader reader, CutOff reason) {
        LOG.info(
                "The reader of events at {} was cut off: it is {}, and {} bytes were sent that it did not take",
                reader.name(),
                reason.wireName(),
                reader.untaken());
        observer.cutOff(reason);
    }

    // For readers

    /** Returns the events after {@code after}, which the window has, as many as are sent together. */
    EventChunk chunkAfter(long after, Subscription wanted) {
        EventChunk chunk = lastChunk;
        if (chunk == null || !chunk.isFor(after, window.newest(), wanted)) {
            chunk = EventChunk.of(window, after, wanted);
            lastChunk = chunk;
        }
        return chunk;
    }

    ViewGroup groupOfOne(ViewReader reader, long seen) {
        ViewGroup alone =
                new ViewGroup(this, reader.wanted.jobs(), intervalOf(reader).toNanos(), false);
        alone.add(reader, seen);
        return alone;
    }

    void join(ViewReader reader, long seen) {
        ViewGroup others = groups.computeIfAbsent(
                new GroupKey(reader.wanted.jobs(), intervalOf(reader)),
                key -> new ViewGroup(this, key.jobs, key.interval.toNanos(), true));
        reader.join(others, seen);
        others.move();
    }

    private static Duration intervalOf(ViewReader reader) {
        return Objects.requireNonNull(reader.wanted.interval(), "readers of jobs have an interval");
    }

    /** Returns the names of all jobs, or of those among them that are {@code wanted}. */
    List<String> jobs(Set<String> wanted) {
        return wanted.isEmpty() ? jobs : jobs.stream().filter(wanted::contains).toList();
    }

    String run() {
        return run;
    }

    EventWindow window() {
        return window;
    }

    ChangedJobs changedJobs() {
        return changedJobs;
    }

    OwnerReads reads() {
        return reads;
    }

    Slices slices() {
        return slices;
    }

    /** Returns how many bytes may wait for one reader. */
    int readerBytes() {
        return config.readerBytes();
    }

    /** Returns the latest event that concerned all jobs. */
    long serviceChanged() {
        return serviceChanged;
    }

    void sent(int messages) {
        if (messages > 0) {
            observer.sent(messages);
        }
    }

    long nanos() {
        return time.nanos();
    }

    void after(long millis, Runnable action) {
        vertx.setTimer(Math.max(1, millis), ignored -> action.run());
    }
}
