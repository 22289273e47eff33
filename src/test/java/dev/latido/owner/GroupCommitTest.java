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
import dev.latido.room.memory.MemoryRoom;
import dev.latido.store.Batch;
import dev.latido.store.ForwardingStore;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.store.memory.MemoryStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** When a store counts as one that does not answer. */
class GroupCommitTest {

    private static final Duration LOOK = Duration.ofSeconds(1);

    private Moment now = new Moment(Instant.parse("2026-01-01T00:00:00Z"), 1_000);
    private final ArrayDeque<Runnable> looks = new ArrayDeque<>();
    private final List<Input> told = new ArrayList<>();
    private final Promise<Void> writing = Promise.promise();

    /** Keeps what is scheduled until the test runs it. */
    private final EventLoop loop = new EventLoop() {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public Timer schedule(Duration delay, Runnable task) {
            looks.add(task);
            return () -> looks.remove(task);
        }

        @Override
        public boolean isCurrent() {
            return true;
        }
    };

    private final TimeSource time = new TimeSource() {
        @Override
        public Moment now() {
            return now;
        }

        @Override
        public long nanos() {
            return now.nanos();
        }
    };

    private void beginToWrite() {
        JobEngine engine = new JobEngine(
                JobRegistry.of("job", List.of(JobDefinition.named("job"))),
                HistoryConfig.DEFAULT,
                0,
                MemoryRoom::new,
                MemoryBudget.unbounded(),
                new SplittableRandom(1));
        ForwardingStore hanging = new ForwardingStore(new MemoryStore()) {
            @Override
            public Future<Void> append(Batch batch) {
                return writing.future();
            }
        };
        GroupCommit commits = new GroupCommit(
                engine, new SeriesRows(), hanging, StoreConfig.DEFAULT, loop, time, new GroupCommit.Listener() {
                    @Override
                    public void written(int rows, Duration took) {}

                    @Override
                    public void changed(Input input) {
                        told.add(input);
                    }

                    @Override
                    public void faulted(Throwable fault) {
                        throw new AssertionError(fault);
                    }

                    @Override
                    public void broken(StoreException failure) {
                        throw new AssertionError(failure);
                    }

                    @Override
                    public void fenced(StoreException failure) {
                        throw new AssertionError(failure);
                    }
                });
        commits.add(engine.decide(
                new Input.CommandReceived(new Command.Start("job", Command.NO_DEADLINE), reply -> {}), now));
        commits.flush();
    }

    private void look(Duration after) {
        now = now.plus(after);
        looks.remove().run();
    }

    @Test
    void aStoreThatIsSilentLookAfterLookIsLostUntilItAnswers() {
        beginToWrite();
        for (int i = 0; i < GroupCommit.SILENCE.toSeconds(); i++) {
            look(LOOK);
            assertThat(told).isEmpty();
        }
        look(LOOK);
        assertThat(told).singleElement().isInstanceOf(Input.StoreLost.class);
        writing.complete();
        assertThat(told).last().isInstanceOf(Input.StoreBack.class);
    }

    /** As one that was stopped, or whose machine slept, while a write was under way. */
    @Test
    void aProcessThatStoodStillDoesNotTakeThatForTheSilenceOfItsStore() {
        beginToWrite();
        look(LOOK);
        look(Duration.ofHours(1));
        assertThat(told).isEmpty();
        writing.complete();
        assertThat(told).isEmpty();
    }
}
