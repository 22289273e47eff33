package dev.latido.core;

import static dev.latido.core.QueueHarness.JOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.queue.Message;
import dev.latido.queue.ProducerConfig;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Receipt;
import dev.latido.queue.Settlement;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ResultPublicationsTest {

    private static final ProducerConfig RESULTS = new ProducerConfig(
            "shop",
            new QueueBinding(
                    "orders.done",
                    QueueBinding.NO_GROUP,
                    List.of(Priority.NORMAL),
                    Duration.ofSeconds(30),
                    100,
                    FullMode.DROP_OLDEST,
                    1_000,
                    Duration.ofDays(1),
                    Duration.ofDays(7),
                    QueueBinding.Existing.TAKE,
                    true));

    private QueueHarness broker =
            QueueHarness.of(ResultPublicationsTest::withResults).up();

    private static JobDefinition withResults(JobDefinition job) {
        return job.with(changed -> changed.resultQueue = RESULTS);
    }

    private void succeed(String result) {
        broker.engine.end(new Outcome.Success(result));
    }

    private List<Effect.PublishResult> published() {
        return broker.all(Effect.PublishResult.class);
    }

    private void taken(long number, Receipt receipt) {
        broker.engine.take(new Input.ResultPublished(JOB, number, receipt, null));
    }

    private void refused(long number, Kind kind) {
        broker.engine.take(new Input.ResultPublished(JOB, number, null, new QueueException(kind, "said the broker")));
    }

    private List<ExecutionState> history() {
        return broker.engine.events(Event.ExecutionEnded.class).stream()
                .map(Event.ExecutionEnded::state)
                .toList();
    }

    @Test
    void theBrokerHasTheResultBeforeItIsToldOfTheEnd() {
        broker.deliver("k", "1");
        succeed("{\"sum\":3}");
        assertThat(published()).singleElement().satisfies(effect -> {
            Message message = effect.message();
            assertThat(message.key()).isEqualTo("k");
            assertThat(message.isRepeatable()).isTrue();
            assertThat(message.payload()).isEqualTo("{\"sum\":3}");
            assertThat(message.properties()).containsEntry("job", JOB).containsKey("execution");
        });
        assertThat(broker.settlements("k")).isEmpty();
        assertThat(broker.state().running.size()).as("it keeps its slot").isEqualTo(1);
        taken(1, new Receipt(false));
        assertThat(broker.settlements("k")).singleElement().isInstanceOf(Settlement.Ack.class);
        assertThat(broker.state().results.published()).isEqualTo(1);
        broker.check();
    }

    @Test
    void isHandedInOnceItIsStored() {
        broker.deliver("k", "1");
        broker.engine.holdStore();
        succeed("1");
        assertThat(published()).isEmpty();
        broker.engine.commit();
        assertThat(published()).hasSize(1);
    }

    @Test
    void whatIsNotStoredIsHandedInAtOnce() {
        broker = QueueHarness.of(job -> withResults(job.withDurability(Durability.NONE)))
                .up();
        broker.engine.holdStore();
        broker.deliver("k", "1");
        succeed("1");
        assertThat(published()).hasSize(1);
    }

    @Test
    void isHandedInAgainUntilTheBrokerHasItOneAtATime() {
        broker.deliver("a", "1");
        broker.deliver("b", "2");
        succeed("1");
        refused(1, Kind.UNAVAILABLE);
        succeed("2");
        assertThat(published()).as("the broker has trouble").hasSize(1);
        assertThat(broker.engine.job(JOB).why()).contains("shop:orders.done", "said the broker");
        assertThat(broker.engine.job(JOB).degraded()).contains("shop:orders.done", "said the broker");
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published()).as("one tries").hasSize(2);
        refused(2, Kind.FULL);
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published()).hasSize(3);
        refused(3, Kind.UNKNOWN);
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published().stream().map(each -> each.message().key()).distinct())
                .hasSize(2);
        taken(4, new Receipt(true));
        assertThat(published()).as("the other follows at once").hasSize(5);
        taken(5, new Receipt(false));
        assertThat(history()).containsExactly(ExecutionState.SUCCEEDED, ExecutionState.SUCCEEDED);
        assertThat(broker.engine.job(JOB).degraded()).isNull();
        assertThat(broker.state().results.alarms()).isZero();
        broker.check();
    }

    @Test
    void anEarlierRunsResultStands() {
        broker.deliver("k", "1");
        succeed("2");
        taken(1, new Receipt(true, false));
        assertThat(history()).containsExactly(ExecutionState.SUCCEEDED);
    }

    @Test
    void whatIsTooLargeIsAFailureOfTheHandOver() {
        broker.deliver("k", "1");
        succeed("2");
        refused(1, Kind.TOO_LARGE);
        assertThat(broker.settlements("k"))
                .singleElement()
                .isInstanceOfSatisfying(
                        Settlement.Dead.class, dead -> assertThat(dead.error()).contains("shop:orders.done"));
    }

    @Test
    void noResultIsTheResultNull() {
        broker.deliver("k", "1");
        broker.engine.end(EngineHarness.SUCCESS);
        assertThat(published())
                .singleElement()
                .satisfies(each -> assertThat(each.message().payload()).isEqualTo("null"));
    }

    @Test
    void goesOnAfterACrashWithoutAnotherRun() {
        broker.deliver("k", "1");
        succeed("{\"sum\":3}");
        broker = broker.crash(Duration.ofSeconds(1));
        broker.up();
        assertThat(published())
                .singleElement()
                .satisfies(each -> assertThat(each.message().payload()).isEqualTo("{\"sum\":3}"));
        broker.deliver("k", "1", 2, 0);
        assertThat(broker.engine.performing).isEmpty();
        taken(1, new Receipt(true));
        assertThat(broker.settlements("k")).singleElement().isInstanceOf(Settlement.Ack.class);
        broker.check();
    }

    @Test
    void whatWasToGetTheResultAndDoesNotAnyMoreIsAFailure() {
        broker.deliver("k", "1");
        succeed("1");
        broker = broker.restart(QueueHarness.job(FullMode.REJECT));
        assertThat(published()).isEmpty();
        assertThat(history()).containsExactly(ExecutionState.FAILED);
    }

    @Test
    void goesToTheNextJobsToo() {
        broker = QueueHarness.of(job -> withResults(job).withNext("next"), JobDefinition.named("next"))
                .up();
        broker.deliver("k", "1");
        succeed("5");
        assertThat(broker.engine.payloads()).contains("5");
        assertThat(broker.settlements("k")).isEmpty();
        taken(1, new Receipt(false));
        assertThat(broker.settlements("k")).hasSize(1);
    }

    @Test
    void whatIsCancelledMeanwhileIsNotHandedInAgain() {
        broker.deliver("k", "1");
        succeed("5");
        refused(1, Kind.FULL);
        ExecutionId id = broker.engine.events(Event.ExecutionBegan.class).get(0).execution();
        assertThat(broker.engine.get(id).note()).isEqualTo("done; its result waits for queue shop:orders.done");
        broker.engine.cancel(id);
        assertThat(broker.engine.events(Event.ExecutionEnded.class).get(0).why())
                .isEqualTo("cancelled before its result was in queue shop:orders.done");
        broker.engine.pass(Duration.ofSeconds(10));
        assertThat(published()).hasSize(1);
        assertThat(history()).containsExactly(ExecutionState.CANCELLED);
        assertThat(broker.state().results.open()).isZero();
    }

    @Test
    void ofAJobThatIsDefinedLateHasItsBrokerOpened() {
        broker = QueueHarness.of(job -> job.with(changed -> changed.shared = null));
        assertThat(broker.all(Effect.OpenQueues.class)).isEmpty();
        broker.engine.take(new Input.JobDefined(withResults(JobDefinition.named("late"))));
        assertThat(broker.all(Effect.OpenQueues.class)).hasSize(1);
    }

    @Test
    void ofAJobWithoutABrokerHasAKeyOfThisProcess() {
        broker = QueueHarness.of(job -> job, withResults(JobDefinition.named("other")));
        broker.engine.add("other", "1");
        succeed("5");
        String process = broker.all(Effect.OpenQueues.class).get(0).process();
        assertThat(published())
                .singleElement()
                .satisfies(each -> assertThat(each.message().key()).startsWith(process + "-"));
    }
}
