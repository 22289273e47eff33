package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.HistoryConfig;
import dev.latido.core.Input;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.job.Durability;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import dev.latido.protocol.Submission;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.simulation.VirtualTime;
import dev.latido.store.Batch;
import dev.latido.store.Contents;
import dev.latido.store.ForwardingStore;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredPoints;
import dev.latido.store.memory.MemoryStore;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What an owner remembers of its jobs, on virtual time. */
@Tag("fast")
class SeriesOwnerTest {

    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

    private final VirtualTime time = new VirtualTime(1);
    private final MemoryStore rows = new MemoryStore();
    private final AtomicInteger commits = new AtomicInteger();
    private final List<String> ends = new ArrayList<>();
    private VirtualTime.Loop loop = time.loop("owner");
    private @Nullable Owner owner;

    /** Fails instead of writing, while it is there. */
    private @Nullable StoreException failure;

    private Store store() {
        return new ForwardingStore(rows.ofSameRows()) {
            @Override
            public Future<Void> append(Batch batch) {
                commits.incrementAndGet();
                return failure == null ? super.append(batch) : Future.failedFuture(failure);
            }
        };
    }

    private void begin(Worker worker, String... jobs) {
        begin(store(), worker, jobs);
    }

    private void begin(Store store, Worker worker, String... jobs) {
        List<JobDefinition> definitions = new ArrayList<>();
        Map<String, JobWorkers> workers = new HashMap<>();
        for (String job : jobs) {
            definitions.add(JobDefinition.named(job).with(definition -> definition.durability = Durability.NONE));
            workers.put(job, new JobWorkers(worker, null));
        }
        loop = time.loop("owner");
        VirtualTime.Loop own = loop;
        Owner made = new Owner(
                new JobEngine(
                        JobRegistry.of(jobs[0], definitions),
                        HistoryConfig.DEFAULT,
                        0,
                        MemoryRoom::new,
                        MemoryBudget.unbounded(),
                        new SplittableRandom(1)),
                store,
                new StoreConfig(StoreConfig.Type.MEMORY, Path.of("."), 1_000, 1, "", Duration.ZERO),
                workers,
                Map.of(),
                List.of(),
                new Owner.Observer(
                        (count, took) -> {},
                        new Endings(
                                broken -> ends.add("broken"),
                                fenced -> ends.add("fenced"),
                                fault -> ends.add("fault"))),
                time,
                loop,
                ringing -> alarm(own, ringing));
        owner = made;
        store.open();
        own.execute(made::begin);
        time.pass(Duration.ofMillis(100));
    }

    private static Owner.Alarm alarm(VirtualTime.Loop loop, Runnable ringing) {
        AtomicReference<EventLoop.@Nullable Timer> next = new AtomicReference<>();
        return nanos -> {
            EventLoop.Timer before = next.get();
            if (before != null) {
                before.cancel();
            }
            next.set(loop.schedule(Duration.ofNanos(nanos), ringing));
        };
    }

    private Owner owner() {
        if (owner == null) {
            throw new IllegalStateException();
        }
        return owner;
    }

    private Reply send(Command command) {
        AtomicReference<@Nullable Reply> reply = new AtomicReference<>();
        loop.execute(() -> owner().receive(new Input.CommandReceived(command, reply::set)));
        for (int i = 0; i < 100 && reply.get() == null; i++) {
            time.pass(Duration.ofMillis(1));
        }
        Reply given = reply.get();
        if (given == null) {
            throw new AssertionError("no answer to " + command);
        }
        return given;
    }

    private void submit(String job, int count) {
        List<Submission> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            items.add(Submission.of("1"));
        }
        send(new Command.Submit(job, items, Command.NO_DEADLINE));
    }

    private SeriesView series(@Nullable String job, SeriesRange range) {
        return (SeriesView) send(new Command.GetSeries(job, range, null, Command.NO_DEADLINE));
    }

    private static List<Float> values(SeriesView view, SeriesMeasure measure) {
        List<Float> values = new ArrayList<>();
        for (int i = 0; i < view.points(); i++) {
            values.add(view.column(measure).at(i));
        }
        return values;
    }

    private static double sum(SeriesView view, SeriesMeasure measure) {
        return values(view, measure).stream()
                .filter(value -> !Float.isNaN(value))
                .mapToDouble(Float::doubleValue)
                .sum();
    }

    private static long gaps(SeriesView view) {
        return values(view, SeriesMeasure.SUCCEEDED).stream()
                .filter(value -> Float.isNaN(value))
                .count();
    }

    private void workFor(Duration span, String job) {
        for (long i = span.toSeconds() / 5; i > 0; i--) {
            submit(job, 3);
            time.pass(Duration.ofMillis(4_999));
        }
    }

    private static Future<@Nullable String> succeed() {
        return Future.succeededFuture("1");
    }

    @Test
    void remembersTenMinutes() {
        begin(task -> succeed(), "mail", "idle");
        workFor(TEN_MINUTES, "mail");

        SeriesView all = series(null, SeriesRange.HOUR);
        assertThat(all.points()).isBetween(119, 121);
        assertThat(gaps(all)).isZero();
        assertThat(sum(all, SeriesMeasure.SUCCEEDED)).isBetween(350.0, 360.0);
        assertThat(sum(all, SeriesMeasure.ACCEPTED)).isBetween(350.0, 360.0);
        SeriesView mail = series("mail", SeriesRange.DAY);
        assertThat(mail.points()).isBetween(9, 10);
        assertThat(values(mail, SeriesMeasure.WAIT_P99)).allMatch(wait -> wait < 1_000);
        assertThat(sum(series("idle", SeriesRange.HOUR), SeriesMeasure.SUCCEEDED))
                .isZero();
        assertThat(ends).isEmpty();
    }

    @Test
    void remembersThemOverAKill() {
        begin(task -> succeed(), "mail");
        workFor(TEN_MINUTES, "mail");
        double before = sum(series(null, SeriesRange.HOUR), SeriesMeasure.SUCCEEDED);
        loop.die();
        time.pass(Duration.ofMinutes(3));
        begin(task -> succeed(), "mail");

        SeriesView mail = series("mail", SeriesRange.HOUR);
        assertThat(sum(mail, SeriesMeasure.SUCCEEDED))
                .as("but for what was not stored yet")
                .isBetween(before - 3 * 12, before);
        workFor(Duration.ofMinutes(1), "mail");
        mail = series("mail", SeriesRange.HOUR);
        assertThat(gaps(mail)).as("three minutes and what was not stored").isBetween(35L, 49L);
        assertThat(Float.isNaN(values(mail, SeriesMeasure.SUCCEEDED).get(mail.points() - 1)))
                .isFalse();
        assertThat(ends).isEmpty();
    }

    @Test
    void losesNothingOverAStop() {
        begin(task -> succeed(), "mail");
        workFor(Duration.ofSeconds(95), "mail");
        double before = sum(series(null, SeriesRange.HOUR), SeriesMeasure.SUCCEEDED);
        AtomicInteger drained = new AtomicInteger();
        loop.execute(() -> owner().drain().onSuccess(done -> drained.incrementAndGet()));
        time.pass(Duration.ofMillis(100));
        assertThat(drained).hasValue(1);
        int commitsThen = commits.get();
        time.pass(Duration.ofMinutes(2));
        assertThat(commits).as("the store may be closed since").hasValue(commitsThen);
        loop.die();
        begin(task -> succeed(), "mail");

        assertThat(sum(series("mail", SeriesRange.HOUR), SeriesMeasure.SUCCEEDED))
                .isEqualTo(before);
    }

    @Test
    void storesOnceAMinuteAndNoMoreThanADay() {
        begin(task -> succeed(), "mail");
        time.pass(Duration.ofSeconds(59));
        commits.set(0);
        time.pass(TEN_MINUTES);
        assertThat(commits.get()).isBetween(9, 11);
        time.pass(Duration.ofHours(26));

        List<StoredPoints> stored = Contents.of(rows).points();
        assertThat(stored).hasSize(61 + 1_441);
        assertThat(series("mail", SeriesRange.DAY).points()).isEqualTo(1_440);
        assertThat(commits.get()).isLessThan(27 * 60 + 20);
    }

    @Test
    void saysWhatWaitsAndForHowLong() {
        begin(task -> Promise.<@Nullable String>promise().future(), "mail");
        submit("mail", 5);
        time.pass(Duration.ofSeconds(61));

        SeriesView mail = series("mail", SeriesRange.HOUR);
        assertThat(values(mail, SeriesMeasure.QUEUED)).last().isEqualTo(4f);
        assertThat(values(mail, SeriesMeasure.IN_FLIGHT)).last().isEqualTo(1f);
        assertThat(values(mail, SeriesMeasure.OLDEST).get(mail.points() - 1)).isBetween(50_000f, 62_000f);
        assertThat(values(series(null, SeriesRange.HOUR), SeriesMeasure.OLDEST).get(mail.points() - 1))
                .isBetween(50_000f, 62_000f);
    }

    @Test
    void refusesAJobThatIsNotThere() {
        begin(task -> succeed(), "mail");

        Reply reply = send(new Command.GetSeries("nope", SeriesRange.HOUR, null, Command.NO_DEADLINE));
        assertThat(reply)
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.type()).isEqualTo(Refusal.UNKNOWN_JOB));
    }

    @Test
    void losesPointsAndNothingElseWhereTheStoreTakesNone() {
        begin(task -> succeed(), "mail");
        workFor(Duration.ofMinutes(2), "mail");
        failure = new StoreException(StoreException.Kind.FULL, "no space", null);
        workFor(Duration.ofMinutes(20), "mail");
        assertThat(gaps(series("mail", SeriesRange.HOUR))).as("in memory").isZero();
        failure = null;
        workFor(Duration.ofMinutes(2), "mail");
        loop.die();
        begin(task -> succeed(), "mail");

        SeriesView mail = series("mail", SeriesRange.HOUR);
        long lost = gaps(mail);
        assertThat(lost).as("of twenty minutes all but six").isBetween(13L * 12, 17L * 12);
        assertThat(ends).isEmpty();
    }

    @Test
    void endsThoughTheStoreTakesNoPoints() {
        for (StoreException.Kind kind : List.of(StoreException.Kind.FULL, StoreException.Kind.UNAVAILABLE)) {
            failure = null;
            begin(task -> succeed(), "mail");
            workFor(Duration.ofMinutes(2), "mail");
            failure = new StoreException(kind, "no space", null);
            workFor(Duration.ofMinutes(2), "mail");
            AtomicInteger drained = new AtomicInteger();
            loop.execute(() -> owner().drain().onSuccess(done -> drained.incrementAndGet()));
            time.pass(Duration.ofMillis(100));
            assertThat(drained).as("for want of points that are %s", kind).hasValue(1);
            loop.die();
        }
    }

    @Test
    void doesNotCallAStoreLostThatTakesNoPoints() {
        begin(task -> succeed(), "mail");
        failure = new StoreException(StoreException.Kind.FULL, "no space", null);
        workFor(Duration.ofMinutes(2), "mail");
        assertThat(owner().isStoreUp()).isTrue();
    }

    @Test
    void beginsWithoutPointsThatCannotBeRead() {
        begin(task -> succeed(), "mail");
        workFor(Duration.ofMinutes(2), "mail");
        loop.die();
        begin(
                new ForwardingStore(rows.ofSameRows()) {
                    @Override
                    public Future<Void> scan(StoreReader reader) {
                        reader.points(new StoredPoints(60, 60_000, ByteBuffer.wrap(new byte[] {1, 2, 3})));
                        reader.points(new StoredPoints(61, 60_000, ByteBuffer.allocate(0)));
                        return super.scan(reader);
                    }
                },
                task -> succeed(),
                "mail");
        workFor(Duration.ofMinutes(1), "mail");

        assertThat(sum(series("mail", SeriesRange.HOUR), SeriesMeasure.SUCCEEDED))
                .isGreaterThan(24);
        assertThat(ends).isEmpty();
    }

    @Test
    void looksAtThousandsOfJobsAFewAtATime() {
        String[] jobs = new String[3_000];
        for (int i = 0; i < jobs.length; i++) {
            jobs[i] = "job-%04d".formatted(i);
        }
        begin(task -> succeed(), jobs);
        submit("job-2999", 1);
        time.pass(Duration.ofSeconds(20));

        SeriesView all = series(null, SeriesRange.HOUR);
        assertThat(gaps(all)).isZero();
        assertThat(all.points()).isBetween(3, 4);
        assertThat(sum(all, SeriesMeasure.ACCEPTED)).isEqualTo(1);
        assertThat(series("job-2999", SeriesRange.HOUR).since())
                .as("not kept yet")
                .isNull();
        time.pass(Duration.ofSeconds(60));
        assertThat(series("job-2999", SeriesRange.HOUR).since()).isNotNull();
    }
}
