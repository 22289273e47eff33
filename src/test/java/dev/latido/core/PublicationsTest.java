package dev.latido.core;

import static dev.latido.core.QueueHarness.JOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.EngineHarness.Call;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.queue.Message;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Receipt;
import dev.latido.room.FullMode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PublicationsTest {

    private QueueHarness broker = QueueHarness.of().up();

    private static Submission keyed(String payload, @Nullable String key) {
        return new Submission(payload, Priority.NORMAL, Duration.ZERO, key);
    }

    private Call submit(String payload) {
        return broker.engine.submit(JOB, keyed(payload, null));
    }

    private List<Message> published() {
        return broker.all(Effect.Publish.class).stream()
                .map(Effect.Publish::message)
                .toList();
    }

    private static void assertRefused(Call call, int code, String type) {
        assertThat(call.only()).isInstanceOfSatisfying(Refusal.class, refusal -> {
            assertThat(refusal.type()).isEqualTo(type);
            assertThat(refusal.code()).isEqualTo(code);
        });
    }

    @Test
    void acknowledgesOnceTheBrokerHasItAndMakesNoExecution() {
        Call call = broker.engine.submit(JOB, keyed("1", "mine"));
        assertThat(call.isAnswered()).isFalse();
        assertThat(published()).singleElement().satisfies(message -> {
            assertThat(message.key()).isEqualTo("mine");
            assertThat(message.isRepeatable()).isTrue();
            assertThat(message.payload()).isEqualTo("1");
        });
        broker.published(1);
        assertThat(call.only()).isEqualTo(new MessageView(JOB, "mine", MessageView.QUEUED, "shop:orders"));
        assertThat(broker.state().counters.accepted).isZero();
    }

    @Test
    void whatHasNoKeyGetsOneThatNobodyElseHas() {
        submit("1");
        submit("2");
        assertThat(published()).extracting(Message::key).doesNotHaveDuplicates();
        assertThat(published()).noneMatch(Message::isRepeatable);
    }

    @Test
    void answersManyOnceAllAreDecided() {
        Call call = broker.engine.submit(JOB, keyed("1", "a"), keyed("2", "b"));
        broker.published(2);
        assertThat(call.isAnswered()).isFalse();
        broker.refused(1, Kind.NO_MEMORY);
        assertThat(call.isAnswered()).isTrue();
    }

    @Test
    void refusesWhatTheBrokerCannotDo() {
        assertRefused(
                broker.engine.submit(JOB, new Submission("1", Priority.CRITICAL, Duration.ZERO, null)),
                422,
                Refusal.NOT_POSSIBLE_HERE);
        assertRefused(
                broker.engine.submit(JOB, new Submission("1", Priority.NORMAL, Duration.ofDays(366), null)),
                422,
                Refusal.NOT_POSSIBLE_HERE);
        assertRefused(submit("\"" + "x".repeat(1_000) + "\""), 413, Refusal.PAYLOAD_TOO_LARGE);
        assertThat(published()).isEmpty();
    }

    @Test
    void tellsEachRefusalOfTheBrokerApart() {
        Call full = submit("1");
        broker.refused(1, Kind.FULL);
        assertRefused(full, 429, Refusal.QUEUE_FULL);
        Call memory = submit("1");
        broker.refused(2, Kind.NO_MEMORY);
        assertRefused(memory, 507, Refusal.QUEUE_WITHOUT_MEMORY);
        Call lost = submit("1");
        broker.refused(3, Kind.UNAVAILABLE);
        assertRefused(lost, 503, Refusal.QUEUE_UNAVAILABLE);
        Call unknown = submit("1");
        broker.refused(4, Kind.UNKNOWN);
        assertRefused(unknown, 504, Refusal.QUEUE_SILENT);
        broker.down();
        assertRefused(submit("1"), 503, Refusal.QUEUE_UNAVAILABLE);
        assertThat(published()).hasSize(4);
    }

    @Test
    void aKeyThatWasUsedForOtherWorkIsRefused() {
        Call same = broker.engine.submit(JOB, keyed("1", "k"));
        broker.engine.take(new Input.MessagePublished(JOB, 1, new Receipt(true, true), null));
        assertThat(same.only()).isInstanceOf(MessageView.class);
        Call other = broker.engine.submit(JOB, keyed("2", "k"));
        broker.engine.take(new Input.MessagePublished(JOB, 2, new Receipt(true, false), null));
        assertRefused(other, 422, Refusal.KEY_REUSED);
        assertThat(broker.state().publications.known()).isEqualTo(2);
    }

    @Test
    void needsNoStore() {
        broker.engine.take(new Input.StoreLost(Refusal.storeUnavailable("the disk is gone")));
        Call call = submit("1");
        broker.published(1);
        assertThat(call.only()).isInstanceOf(MessageView.class);
    }

    @Test
    void whereAFullQueueHasThemWaitOneAsksForAllInTheirOrder() {
        broker = QueueHarness.of(job -> QueueHarness.job(FullMode.WAIT)).up();
        Call first = submit("1");
        broker.refused(1, Kind.FULL);
        Call second = submit("2");
        Call third = submit("3");
        assertThat(published()).as("one of them asks").hasSize(1);
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published()).extracting(Message::payload).containsExactly("1", "1");
        broker.refused(2, Kind.FULL);
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published()).hasSize(3);
        broker.published(3);
        assertThat(first.only()).isInstanceOf(MessageView.class);
        assertThat(published()).as("where there was room there may be more").hasSize(4);
        broker.published(4);
        assertThat(second.only()).isInstanceOf(MessageView.class);
        broker.refused(5, Kind.FULL);
        broker.engine.pass(UnitOfWork.DEFAULT_WAIT);
        if (!third.isAnswered()) { // it was being asked for at its deadline
            broker.refused(broker.all(Effect.Publish.class).size(), Kind.FULL);
        }
        assertRefused(third, 503, Refusal.QUEUE_FULL);
        assertThat(published().stream().map(Message::key).distinct())
                .as("each under its own key")
                .hasSize(3);
    }

    /** The message may be at the broker all the same: at least once is what is promised, and an answer is given once. */
    @Test
    void whoWasRefusedMeanwhileIsNotAnsweredAgain() {
        broker = QueueHarness.of(job -> QueueHarness.job(FullMode.WAIT)).up();
        Call waiting = submit("1");
        broker.refused(1, Kind.FULL);
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published()).as("it is being asked for").hasSize(2);
        broker.engine.complete(JOB);
        assertRefused(waiting, 409, Refusal.CLOSED);
        broker.published(2);
        assertRefused(waiting, 409, Refusal.CLOSED);
    }

    @Test
    void aStageWaitsForTheBrokerAsLongAsItTakesUnderOneKey() {
        broker = QueueHarness.of(job -> job, JobDefinition.named("before").withNext(JOB));
        broker.engine.submit("before", keyed("1", null));
        broker.engine.end(new Outcome.Success("7"));
        assertThat(published()).isEmpty();
        broker.engine.pass(Duration.ofHours(1));
        broker.up();
        broker.engine.pass(Duration.ofSeconds(1));
        assertThat(published()).extracting(Message::payload).containsExactly("7");
        String key = published().get(0).key();
        broker = broker.crash(Duration.ofSeconds(1)).up();
        assertThat(published())
                .as("nobody knows whether it was taken")
                .extracting(Message::key)
                .containsExactly(key);
        assertThat(published().get(0).isRepeatable()).isTrue();
        broker.engine.take(new Input.MessagePublished(JOB, 1, new Receipt(true), null));
        assertThat(broker.engine.job("before").counters()).containsEntry("succeeded", 1L);
    }

    @Test
    void aResultThatWasWithdrawnIsNotBroughtAgain() {
        broker = QueueHarness.of(job -> job, JobDefinition.named("before").withNext(JOB))
                .up();
        broker.engine.submit("before", keyed("1", null));
        ExecutionId id = broker.engine.performing.get(0).execution();
        broker.engine.end(new Outcome.Success("7"));
        broker.engine.cancel(id);
        broker.refused(1, Kind.FULL);
        broker.engine.pass(Duration.ofHours(1));
        assertThat(published()).hasSize(1);
        assertThat(broker.state().waitingProducers()).isZero();
    }

    @Test
    void aStageFailsWithWhatIsTooLargeForTheBroker() {
        broker = QueueHarness.of(job -> job, JobDefinition.named("before").withNext(JOB))
                .up();
        broker.engine.submit("before", keyed("1", null));
        broker.engine.end(new Outcome.Success("\"" + "x".repeat(1_000) + "\""));
        assertThat(broker.engine.job("before").counters()).containsEntry("failed", 1L);
    }

    @Test
    void tellsWhatBecameOfAMessageWhoeverHadIt() {
        Call unknown = broker.engine.ask(new Command.GetMessage(JOB, "k", Command.NO_DEADLINE));
        Effect.FindMessage find = broker.all(Effect.FindMessage.class).get(0);
        broker.engine.take(new Input.MessageFound(JOB, find.key(), find.replyTo(), null, null));
        assertThat(unknown.refusal().type()).isEqualTo(Refusal.UNKNOWN_MESSAGE);
        Call elsewhere = broker.engine.ask(new Command.GetMessage(JOB, "k", Command.NO_DEADLINE));
        find = broker.all(Effect.FindMessage.class).get(1);
        dev.latido.queue.Outcome outcome = new dev.latido.queue.Outcome("failed", "another", "id");
        broker.engine.take(new Input.MessageFound(JOB, find.key(), find.replyTo(), outcome, null));
        assertThat(elsewhere.reply()).isEqualTo(new MessageView(JOB, "k", "failed", "shop:orders", "another", "id"));
        Call silent = broker.engine.ask(new Command.GetMessage(JOB, "k", Command.NO_DEADLINE));
        find = broker.all(Effect.FindMessage.class).get(2);
        QueueException failure = new QueueException(Kind.UNKNOWN, "no answer");
        broker.engine.take(new Input.MessageFound(JOB, find.key(), find.replyTo(), null, failure));
        assertThat(silent.refusal().code()).isEqualTo(503);
        broker.deliver("k", "1");
        Call here = broker.engine.ask(new Command.GetMessage(JOB, "k", Command.NO_DEADLINE));
        find = broker.all(Effect.FindMessage.class).get(3);
        dev.latido.queue.Outcome queued = dev.latido.queue.Outcome.QUEUED;
        broker.engine.take(new Input.MessageFound(JOB, find.key(), find.replyTo(), queued, null));
        assertThat(here.reply()).isInstanceOfSatisfying(MessageView.class, view -> {
            assertThat(view.state()).isEqualTo(ExecutionState.RUNNING.wireName());
            assertThat(view.process()).isNotNull();
        });
        broker.down();
        MessageView known = (MessageView) broker.engine.send(new Command.GetMessage(JOB, "k", Command.NO_DEADLINE));
        assertThat(known.state()).isEqualTo(ExecutionState.RUNNING.wireName());
        Refusal other = (Refusal) broker.engine.send(new Command.GetMessage(JOB, "x", Command.NO_DEADLINE));
        assertThat(other.type()).isEqualTo(Refusal.QUEUE_UNAVAILABLE);
    }
}
