package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import dev.latido.store.Batch;
import dev.latido.store.Contents;
import dev.latido.store.StoredKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client is told that brings the same idempotency key again, whatever became of its work meanwhile. */
@Tag("fast")
class RepeatedKeyTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final JobDefinition JOB = JobDefinition.named("job").withAutoStart(false);
    private static final HistoryConfig NOTHING = EngineHarness.keeping(0, 0, Duration.ofHours(1));

    private static Submission keyed(String payload, String key) {
        return new Submission(payload, Priority.NORMAL, Duration.ZERO, key);
    }

    /** With a queue of two that is full. */
    private static EngineHarness full(FullMode mode) {
        EngineHarness harness = EngineHarness.of(JOB.withQueue(new QueueConfig(2, mode, Map.of(), 10)));
        harness.add(null, "1");
        harness.add(null, "2");
        return harness;
    }

    private static List<@Nullable String> workOff(EngineHarness harness) {
        harness.start(null);
        while (!harness.performing.isEmpty()) {
            harness.end(SUCCESS);
        }
        return harness.payloads();
    }

    private static Reply again(EngineHarness harness) {
        return harness.submit(null, keyed("1", "k")).only();
    }

    private static EngineHarness restarted(EngineHarness harness, boolean isRestarted) {
        return isRestarted ? harness.crash(SECOND) : harness;
    }

    @Test
    void givesTheFirstAnswerAgainForAnIdempotencyKey() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        ExecutionView first = harness.submit(null, keyed("1", "k")).view();
        ExecutionView again = harness.submit(null, keyed("1", "k")).view();

        assertThat(again).isEqualTo(first);
        assertThat(harness.job(null).counters()).containsEntry("accepted", 1L);
        assertThat(workOff(harness)).containsExactly("1");
        assertThat(harness.submit(null, keyed("1", "k")).view().state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void refusesAKeyThatWasUsedForOtherWork() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        harness.submit(null, keyed("1", "k"));

        for (Submission other : List.of(
                keyed("2", "k"),
                new Submission("1", Priority.LOW, Duration.ZERO, "k"),
                new Submission("1", Priority.NORMAL, Duration.ofSeconds(1), "k"),
                new Submission("1", Priority.NORMAL, Duration.ZERO, Duration.ofSeconds(1), "k"),
                keyed(" 1", "k"),
                new Submission(null, Priority.NORMAL, Duration.ZERO, "k"))) {
            Refusal refusal = (Refusal) harness.submit(null, other).only();
            assertThat(refusal.type()).isEqualTo(Refusal.KEY_REUSED);
            assertThat(refusal.code()).isEqualTo(422);
        }
    }

    @Test
    void saysThatTheFirstWithTheKeyIsStillWaiting() {
        EngineHarness harness = full(FullMode.WAIT);
        harness.submit(null, keyed("3", "k"));

        assertThat(((Refusal) harness.submit(null, keyed("3", "k")).only()).code())
                .isEqualTo(409);
    }

    @Test
    void forgetsAKeyWhoseWorkWasRefused() {
        EngineHarness harness = full(FullMode.WAIT);
        EngineHarness.Call refused = harness.submit(null, harness.in(Duration.ofSeconds(1)), keyed("3", "k"));
        harness.pass(Duration.ofSeconds(1));
        assertThat(refused.only()).isInstanceOf(Refusal.class);

        EngineHarness.Call again = harness.submit(null, keyed("4", "k"));
        assertThat(workOff(harness)).containsExactly("1", "2", "4");
        assertThat(again.view().state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void answersAnOldKeyOfACompletedJobAndRefusesANewOne() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        ExecutionView first = harness.submit(null, keyed("1", "k")).view();
        harness.complete(null);

        assertThat(harness.submit(null, keyed("1", "k")).view()).isEqualTo(first);
        assertThat(((Refusal) harness.submit(null, keyed("2", "new")).only()).type())
                .isEqualTo(Refusal.CLOSED);
        harness.start(null);
        assertThat(harness.submit(null, keyed("2", "new")).view().state()).isEqualTo(ExecutionState.QUEUED);
    }

    @Test
    void forgetsAKeyAfterADay() {
        EngineHarness harness = EngineHarness.of(JobDefinition.named("job"));
        ExecutionView first = harness.submit(null, keyed("1", "k")).view();
        harness.pass(IdempotencyKeys.MAX_AGE);

        assertThat(harness.submit(null, keyed("1", "k")).view().id()).isNotEqualTo(first.id());
    }

    // What has ended

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tellsHowItEndedWhenNoMoreIsKept(boolean restart) {
        for (boolean succeeds : new boolean[] {true, false}) {
            EngineHarness harness = EngineHarness.of(NOTHING, JOB);
            ExecutionView first = harness.submit(null, keyed("1", "k")).view();
            harness.start(null);
            harness.end(succeeds ? SUCCESS : new Outcome.Failure("no"));
            harness = restarted(harness, restart);
            assertThat(harness.send(new Command.GetExecution(first.id(), Command.NO_DEADLINE)))
                    .isInstanceOf(Refusal.class);
            ExecutionView again = (ExecutionView) again(harness);

            assertThat(again.id()).isEqualTo(first.id());
            assertThat(again.createdAt()).isEqualTo(first.createdAt());
            assertThat(again.state()).isEqualTo(succeeds ? ExecutionState.SUCCEEDED : ExecutionState.FAILED);
            assertThat(again.isForgotten()).isTrue();
            assertThat(harness.performing).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void doesNotRunWhatWasCancelled(boolean restart) {
        for (HistoryConfig history : List.of(NOTHING, HistoryConfig.DEFAULT)) {
            EngineHarness harness = EngineHarness.of(history, JOB);
            ExecutionView first = harness.submit(null, keyed("1", "k")).view();
            harness.cancel(first.id());
            harness = restarted(harness, restart);

            assertThat(again(harness)).isEqualTo(Refusal.keyCancelled("k", first.id()));
            assertThat(((Refusal) again(harness)).code()).isEqualTo(409);
            assertThat(workOff(harness)).isEmpty();
        }
    }

    @Test
    void doesNotRunWhatWasPurgedOrCancelledWhileItRan() {
        EngineHarness harness = EngineHarness.of(JOB);
        ExecutionView first = harness.submit(null, keyed("1", "k")).view();
        harness.send(new Command.Purge(null, false, Command.NO_DEADLINE));
        assertThat(again(harness)).isEqualTo(Refusal.keyCancelled("k", first.id()));
        harness.start(null);
        ExecutionView second = harness.submit(null, keyed("2", "l")).view();
        harness.cancel(second.id());
        assertThat(harness.submit(null, keyed("2", "l")).view().state())
                .as("it has not ended")
                .isEqualTo(ExecutionState.RUNNING);
        harness.end(new Outcome.Failure("told to end"));

        assertThat(harness.submit(null, keyed("2", "l")).only()).isEqualTo(Refusal.keyCancelled("l", second.id()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void handsInAnewWhatItsQueueDropped(boolean restart) {
        EngineHarness dropping = full(FullMode.DROP_WRITE);
        ExecutionView dropped = dropping.submit(null, keyed("3", "k")).view();
        assertThat(dropped.state()).isEqualTo(ExecutionState.DROPPED);
        dropping = restarted(dropping, restart);
        assertThat(dropping.submit(null, keyed("3", "k")).view().id()).isNotEqualTo(dropped.id());
        assertThat(dropping.submit(null, keyed("4", "k")).view().state())
                .as("for other work too")
                .isEqualTo(ExecutionState.DROPPED);

        EngineHarness evicting = EngineHarness.of(JOB.withQueue(new QueueConfig(1, FullMode.DROP_OLDEST, Map.of(), 0)));
        ExecutionView evicted = evicting.submit(null, keyed("1", "k")).view();
        evicting.add(null, "2");
        assertThat(evicting.state(evicted)).isEqualTo(ExecutionState.DROPPED);
        evicting = restarted(evicting, restart);
        ExecutionView anew = (ExecutionView) again(evicting);
        assertThat(anew.id()).isNotEqualTo(evicted.id());
        assertThat(workOff(evicting)).containsExactly("1");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void saysThatItExpiredBeforeItWasStarted(boolean restart) {
        for (HistoryConfig history : List.of(NOTHING, HistoryConfig.DEFAULT)) {
            EngineHarness harness = EngineHarness.of(history, JOB);
            Submission work = new Submission("1", Priority.NORMAL, Duration.ZERO, SECOND, "k");
            ExecutionView first = harness.submit(null, work).view();
            harness.take(new Input.ServiceBegan());
            harness.pass(Duration.ofMinutes(2));
            harness = restarted(harness, restart);

            assertThat(harness.submit(null, work).only()).isEqualTo(Refusal.keyExpired("k", first.id()));
            assertThat(((Refusal) harness.submit(null, work).only()).code()).isEqualTo(410);
        }
    }

    /** It was tried, so that is not what became of it. */
    @Test
    void tellsTheFailureOfWhatExpiredBetweenItsAttempts() {
        EngineHarness harness = EngineHarness.of(JOB.withRetry(
                new RetryPolicy(5, RetryPolicy.Backoff.FIXED, SECOND.multipliedBy(5), SECOND.multipliedBy(5), false)));
        harness.start(null);
        Submission work = new Submission("1", Priority.NORMAL, Duration.ZERO, SECOND, "k");
        harness.submit(null, work);
        harness.end(new Outcome.Failure("no"));

        assertThat(harness.submit(null, work).view().state()).isEqualTo(ExecutionState.FAILED);
    }

    @Test
    void tellsOfWhatWasRetriedAsItStands() {
        EngineHarness harness = EngineHarness.of(JOB);
        Submission work = new Submission("1", Priority.NORMAL, Duration.ZERO, SECOND, "k");
        harness.take(new Input.ServiceBegan());
        ExecutionView first = harness.submit(null, work).view();
        harness.pass(Duration.ofMinutes(2));
        harness.send(new Command.Retry(first.id(), Command.NO_DEADLINE));
        assertThat(harness.submit(null, work).view().state()).isEqualTo(ExecutionState.QUEUED);
        harness = harness.crash(SECOND);
        harness.start(null);
        harness.end(SUCCESS);
        assertThat(harness.submit(null, work).view().state()).isEqualTo(ExecutionState.SUCCEEDED);
    }

    @Test
    void storesTheEndWithTheForgetting() {
        EngineHarness harness = EngineHarness.of(NOTHING, JOB);
        harness.submit(null, keyed("1", "k"));
        harness.start(null);
        harness.holdStore();
        harness.end(SUCCESS);

        Batch batch = harness.engine.takeBatch();
        assertThat(batch.forgotten()).hasSize(1);
        assertThat(batch.keys()).extracting(key -> key.state()).containsExactly(ExecutionState.SUCCEEDED);
    }

    @Test
    void tellsAnEndOnceThatIsStored() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.submit(null, keyed("1", "k"));
        harness.start(null);
        harness.holdStore();
        harness.end(SUCCESS);

        EngineHarness.Call again = harness.submit(null, keyed("1", "k"));
        assertThat(again.isAnswered()).as("a kill now, and it would run again").isFalse();
        harness.commit();
        assertThat(again.isAnswered()).isTrue();
    }

    @Test
    void tellsOfACancellationOnceThatIsStored() {
        EngineHarness harness = EngineHarness.of(JOB);
        ExecutionView first = harness.submit(null, keyed("1", "k")).view();
        harness.holdStore();
        harness.cancel(first.id());

        EngineHarness.Call again = harness.submit(null, keyed("1", "k"));
        assertThat(again.isAnswered()).isFalse();
        harness.commit();
        assertThat(again.only()).isEqualTo(Refusal.keyCancelled("k", first.id()));
    }

    /** Its end is stored, and what other work changed meanwhile need not be. */
    @Test
    void tellsAnEndThatIsStoredWhateverElseIsNot() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.submit(null, keyed("1", "k"));
        harness.start(null);
        harness.end(SUCCESS);
        harness.holdStore();
        harness.submit(null, Submission.of("2"));

        assertThat(again(harness)).isInstanceOf(ExecutionView.class);
    }

    @Test
    void tellsNoEndThatCannotBeStored() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.submit(null, keyed("1", "k"));
        harness.start(null);
        harness.holdStore();
        harness.end(SUCCESS);
        harness.take(new Input.StoreLost(Refusal.storeFull("no space left")));
        ExecutionView meanwhile = (ExecutionView) again(harness);
        assertThat(meanwhile.state()).as("a restart would run it again").isEqualTo(ExecutionState.RUNNING);
        assertThat(meanwhile.note()).isEqualTo("how it ended is told once that is stored");

        harness.take(new Input.StoreBack());
        harness.commit();
        assertThat(again(harness))
                .isInstanceOfSatisfying(
                        ExecutionView.class, view -> assertThat(view.state()).isEqualTo(ExecutionState.SUCCEEDED));
    }

    /** Of what an older version wrote, nobody knows which expiry was asked for. */
    @Test
    void knowsTheKeysOfAnOlderVersion() {
        EngineHarness harness = EngineHarness.of(JOB);
        harness.submit(null, new Submission("1", Priority.NORMAL, Duration.ZERO, SECOND.multipliedBy(99), "k"));
        StoredKey key = Objects.requireNonNull(Contents.of(harness.store).keys().get("job"))
                .get(0);
        List<StoredKey> old = new ArrayList<>();
        old.add(new StoredKey(
                key.job(),
                key.key(),
                key.usedMillis(),
                key.execution(),
                key.state(),
                false,
                key.priority(),
                key.delayMillis(),
                -2,
                key.payloadLength(),
                key.payloadHash()));
        harness.store.append(new Batch(null, List.of(), List.of(), List.of(), List.of(), old, List.of()));
        EngineHarness next = harness.crash(SECOND);

        assertThat(next.submit(null, keyed("1", "k")).view().id()).isEqualTo(key.execution());
        assertThat(next.submit(null, keyed("2", "k")).only()).isEqualTo(Refusal.keyReused("k"));
    }
}
