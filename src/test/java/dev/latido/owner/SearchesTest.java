package dev.latido.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.HistoryConfig;
import dev.latido.core.Input;
import dev.latido.core.JobDefinition;
import dev.latido.core.JobEngine;
import dev.latido.core.JobRegistry;
import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.FoundPage;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.StoredTexts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Looks for executions give way to everything else of the owner, and end in time. */
@Tag("fast")
class SearchesTest {

    private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    /** How long each look at the clock takes here. */
    private static final long TICK = 500_000;

    private long nanos;

    private final TimeSource time = new TimeSource() {
        @Override
        public Moment now() {
            return new Moment(EPOCH.plusNanos(nanos), nanos);
        }

        @Override
        public long nanos() {
            nanos += TICK;
            return nanos;
        }
    };

    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    private final EventLoop loop = new EventLoop() {
        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        @Override
        public Timer schedule(Duration delay, Runnable task) {
            tasks.add(() -> {
                nanos += delay.toNanos();
                task.run();
            });
            return () -> {};
        }

        @Override
        public boolean isCurrent() {
            return true;
        }
    };

    private static JobEngine engine(long memory) {
        return new JobEngine(
                JobRegistry.of("job", List.of(JobDefinition.named("job").with(job -> {
                    job.autoStart = false;
                    job.queue = new QueueConfig(1_000_000, FullMode.REJECT, Map.of(), 0);
                }))),
                HistoryConfig.DEFAULT,
                0,
                MemoryRoom::new,
                new MemoryBudget(memory),
                new SplittableRandom(1));
    }

    private final JobEngine engine = engine(200_000_000);

    private boolean mayLook = true;
    private final Searches searches = new Searches(engine, loop, time, () -> mayLook, (id, taker) -> {
        throw new AssertionError("nothing is in the store alone");
    });

    private void add(int count) {
        engine.decide(
                new Input.CommandReceived(
                        new Command.Submit(
                                "job", Collections.nCopies(count, Submission.of("\"x\"")), Command.NO_DEADLINE),
                        reply -> {}),
                time.now());
    }

    private final List<Reply> answers = new ArrayList<>();

    private void find(ExecutionFilter filter, @Nullable String cursor, Instant deadline) {
        searches.find(new Command.FindExecutions(filter, true, cursor, 100, deadline), answers::add);
    }

    /** Runs what there is to do, and returns how long the longest task took by the clock here. */
    private Duration run() {
        long longest = 0;
        while (!tasks.isEmpty()) {
            long rest = Duration.ofMillis(2).toNanos();
            long begun = nanos;
            tasks.remove().run();
            longest = Math.max(longest, nanos - begun - rest);
        }
        return Duration.ofNanos(longest);
    }

    @Test
    void looksInSlicesAndSaysHowFarItCame() {
        add(100_000);
        find(ExecutionFilter.ANY, null, Command.NO_DEADLINE);
        assertThat(answers).as("the first slice does not do it all").isEmpty();
        Duration longest = run();

        FoundPage page = (FoundPage) answers.get(0);
        assertThat(longest).isLessThanOrEqualTo(Searches.SLICE.plusMillis(1));
        assertThat(Duration.ofNanos(nanos)).isLessThan(Searches.LONGEST.plusMillis(20));
        assertThat(page.looked()).isBetween(1, 99_999);
        assertThat(page.of()).isEqualTo(100_000);
        int looked = page.looked();
        while (page.cursor() != null) {
            find(ExecutionFilter.ANY, page.cursor(), Command.NO_DEADLINE);
            run();
            page = (FoundPage) answers.get(answers.size() - 1);
            looked += page.looked();
        }
        assertThat(looked).isEqualTo(100_000);
    }

    @Test
    void looksForOneAtATimeAndLetsAFewWait() {
        add(5_000);
        for (int i = 0; i < 20; i++) {
            find(ExecutionFilter.ANY, null, Command.NO_DEADLINE);
        }
        assertThat(answers)
                .hasSize(3)
                .allSatisfy(reply -> assertThat(((Refusal) reply).type()).isEqualTo(Refusal.NO_ROOM));
        run();

        assertThat(answers.subList(3, 20))
                .allSatisfy(reply -> assertThat(((FoundPage) reply).matched()).isEqualTo(5_000));
    }

    @Test
    void doesNotLookForWhatNobodyWaitsForAnyMore() {
        add(5_000);
        find(ExecutionFilter.ANY, null, Command.NO_DEADLINE);
        find(ExecutionFilter.ANY, null, EPOCH.plusMillis(3));
        find(ExecutionFilter.ANY, null, Command.NO_DEADLINE);
        run();

        assertThat(answers.get(0)).isInstanceOf(FoundPage.class);
        assertThat(((Refusal) answers.get(1)).type()).isEqualTo(Refusal.DEADLINE_PASSED);
        assertThat(answers.get(2)).isInstanceOf(FoundPage.class);
    }

    @Test
    void endsWithTheOwner() {
        add(5_000);
        find(ExecutionFilter.ANY, null, Command.NO_DEADLINE);
        find(ExecutionFilter.ANY, null, Command.NO_DEADLINE);
        mayLook = false;
        run();

        assertThat(answers)
                .hasSize(2)
                .allSatisfy(reply -> assertThat(((Refusal) reply).type()).isEqualTo(Refusal.STOPPING));
    }

    @Test
    void refusesAnUnknownJob() {
        find(new ExecutionFilter("none", Set.of(), null, null, null, null, null, null), null, Command.NO_DEADLINE);
        assertThat(((Refusal) answers.get(0)).code()).isEqualTo(404);
    }

    @Test
    void endsInTimeWhereTheStoreIsSlow() {
        int count = 40;
        String payload = '"' + "x".repeat(1_500) + '"';
        JobEngine full = engine(60_000); // so that most payloads are in the store alone
        for (int i = 0; i < count; i++) {
            full.decide(
                    new Input.CommandReceived(
                            new Command.Submit("job", List.of(Submission.of(payload)), Command.NO_DEADLINE),
                            reply -> {}),
                    time.now());
            full.takeBatch();
            full.stored(full.position(), time.now());
        }
        long aRead = Duration.ofMillis(200).toNanos();
        Searches slow = new Searches(
                full,
                loop,
                time,
                () -> true,
                (id, taker) -> tasks.add(() -> {
                    nanos += aRead;
                    taker.take(new StoredTexts(payload, null), null);
                }));
        ExecutionFilter with = new ExecutionFilter(null, Set.of(), null, null, null, "xxx", null, null);
        int looked = 0;
        int all = 0;
        String cursor = null;
        do {
            long begun = nanos;
            slow.find(new Command.FindExecutions(with, true, cursor, 100, Command.NO_DEADLINE), answers::add);
            run();
            FoundPage page = (FoundPage) answers.get(answers.size() - 1);
            assertThat(Duration.ofNanos(nanos - begun))
                    .isLessThan(Searches.LONGEST.plusNanos(aRead).plusMillis(20));
            assertThat(page.unread()).isZero();
            looked += page.looked();
            all = page.of(); // for the last of them there may have been no memory
            cursor = page.cursor();
        } while (cursor != null);
        assertThat(answers).as("it took several looks").hasSizeGreaterThan(2);
        assertThat(looked).isEqualTo(all).isGreaterThan(count / 2);
    }
}
