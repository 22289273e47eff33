package dev.latido.worker;

import static dev.latido.worker.Outcomes.failure;
import static dev.latido.worker.Outcomes.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.job.ResultBound;
import dev.latido.worker.FakeTask.Progress;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.MessageConsumerOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventBusWorkerTest {

    private static final String ADDRESS = "latido.work.import";
    private static final String PROGRESS = "progress";
    private static final String CANCEL = "cancel";

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final RemoteTasks tasks = new RemoteTasks();
    private final Worker worker = worker(new LocalBus(vertx.eventBus(), address -> false));
    private final Queue<JsonObject> cancelled = new ConcurrentLinkedQueue<>();

    /** Messages that a consumer got and did not answer. */
    private final Queue<Message<Object>> open = new ConcurrentLinkedQueue<>();

    private Worker worker(WorkBus bus) {
        return new EventBusWorker(
                vertx, bus, ADDRESS, CANCEL, Duration.ofMinutes(1), new Results(ResultBound.DEFAULT), tasks);
    }

    @Test
    void looksWhetherThereIsAConsumer() {
        assertThat(failure(worker.checkReachable()))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("no consumer at " + ADDRESS);
        worker(new LocalBus(vertx.eventBus(), ADDRESS::equals)).checkReachable().await();
    }

    @BeforeEach
    void listen() {
        tasks.listen(vertx, PROGRESS).await();
        vertx.eventBus()
                .<JsonObject>consumer(CANCEL, message -> cancelled.add(message.body()))
                .completion()
                .await();
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private MessageConsumer<Object> consumer(Handler<Message<Object>> handler) {
        MessageConsumer<Object> consumer = vertx.eventBus().consumer(ADDRESS, handler);
        consumer.completion().await();
        return consumer;
    }

    private Message<Object> opened() {
        await().until(() -> !open.isEmpty());
        return open.remove();
    }

    @Test
    void sendsWhatTheConsumerNeeds() {
        consumer(open::add);
        worker.perform(new FakeTask(7, "{\"n\":1}"));
        assertThat(opened().body())
                .isEqualTo(new JsonObject()
                        .put("id", "0000000000007")
                        .put("job", "import")
                        .put("attempt", 2)
                        .put("payload", new JsonObject().put("n", 1)));
        worker.perform(new FakeTask(8, null));
        assertThat(((JsonObject) opened().body()).getMap()).containsEntry("payload", null);
    }

    @Test
    void sendsEveryDigit() {
        consumer(open::add);
        worker.perform(new FakeTask(7, "[0.1,0.1234567890123456789,1e400]"));
        assertThat(((JsonObject) opened().body()).getJsonArray("payload"))
                .containsExactly(0.1, new BigDecimal("0.1234567890123456789"), new BigDecimal("1e400"));
    }

    /** Nothing about it is different at the next attempt. */
    @ParameterizedTest
    @ValueSource(strings = {"1e99999999999", "deep"})
    void aPayloadThatTheBusDoesNotCarryIsAFailureForGood(String payload) {
        String json = payload.equals("deep") ? "[".repeat(901) + "]".repeat(901) : payload;
        assertThatThrownBy(() -> worker.perform(new FakeTask(7, json)))
                .hasMessageStartingWith("the payload cannot be sent over the bus: ")
                .isInstanceOfSatisfying(
                        WorkFailedException.class,
                        failed -> assertThat(failed.isFinal()).isTrue());
        assertThat(tasks.size()).isZero();
    }

    static Stream<Arguments> replies() {
        return Stream.of(
                Arguments.of(new JsonObject().put("done", true), "{\"done\":true}"),
                Arguments.of(new JsonArray().add(1).add("two"), "[1,\"two\"]"),
                Arguments.of("text with \"quotes\"", "\"text with \\\"quotes\\\"\""),
                Arguments.of(42, "42"),
                Arguments.of(1.5, "1.5"),
                Arguments.of(false, "false"),
                Arguments.of(Buffer.buffer("bytes"), "\"Ynl0ZXM\""),
                Arguments.of(null, null));
    }

    @ParameterizedTest
    @MethodSource("replies")
    void theReplyIsTheResult(@Nullable Object reply, @Nullable String expected) {
        consumer(message -> message.reply(reply));
        assertThat(result(worker.perform(new FakeTask(1, null)))).isEqualTo(expected);
    }

    private record NoJson(List<Thread> threads) {}

    /** The work is done. */
    @Test
    void aReplyThatJsonDoesNotHaveIsATextAsAResult() {
        vertx.eventBus().registerDefaultCodec(NoJson.class, new InProcess<>());
        consumer(message -> message.reply(new NoJson(List.of())));
        assertThat(result(worker.perform(new FakeTask(1, null)))).isEqualTo("\"NoJson[threads=[]]\"");
    }

    @Test
    void ofALongReplyTheBeginningIsWritten() {
        JsonArray array = new JsonArray();
        for (int i = 0; i < 100_000; i++) {
            array.add("item " + i);
        }
        consumer(message -> message.reply(array));
        String result = result(worker.perform(new FakeTask(1, null)));
        assertThat(result).startsWith("[\"item 0\",\"item 1\"").hasSizeBetween(65_537, 75_000);
    }

    @Test
    void withoutAConsumerNothingWasTried() {
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("no consumer at latido.work.import");
        assertThat(tasks.size()).isZero();
    }

    @Test
    void aFailedMessageIsAFailureWithItsMessageAndCode() {
        consumer(message -> message.fail(17, "the file is empty"));
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .isNotInstanceOf(WorkerUnavailableException.class)
                .hasMessage("the file is empty (code 17)");
        assertThat(tasks.size()).isZero();
    }

    private WorkFailedException workFailure() {
        Throwable failure = failure(worker.perform(new FakeTask(1, null)));
        assertThat(failure).isInstanceOf(WorkFailedException.class);
        return (WorkFailedException) failure;
    }

    @ParameterizedTest
    @CsvSource({
        "400, true",
        "404, true",
        "422, true",
        "499, true",
        "408, false",
        "429, false",
        "500, false",
        "503, false",
        "0, false",
        "-1, false",
        "1, false"
    })
    void aCodeThatSaysThatTheRequestIsWrongIsFinal(int code, boolean isFinal) {
        consumer(message -> message.fail(code, "no"));
        assertThat(workFailure().isFinal()).isEqualTo(isFinal);
        assertThat(workFailure().retryAfter()).isNull();
        assertThat(workFailure()).hasMessage("no (code " + code + ")");
    }

    private void replyLater(Object seconds, @Nullable Object why) {
        consumer(message ->
                message.reply(why, new DeliveryOptions().addHeader("Latido-Retry-After", String.valueOf(seconds))));
    }

    @Test
    void aReplyThatNamesAPauseIsAFailureWithIt() {
        replyLater(30, "the printer is warming up");
        assertThat(workFailure()).hasMessage("the printer is warming up");
        assertThat(workFailure().retryAfter()).isEqualTo(Duration.ofSeconds(30));
        assertThat(workFailure().isFinal()).isFalse();
        assertThat(tasks.size()).isZero();
    }

    @Test
    void aReplyThatNamesAPauseNeedNotSayWhy() {
        replyLater(0, null);
        assertThat(workFailure()).hasMessage("the consumer wants to be asked later");
        assertThat(workFailure().retryAfter()).isZero();
    }

    @Test
    void aReplyWithAPauseThatIsNoneIsAFailureAllTheSame() {
        replyLater("soon", new JsonObject().put("why", "busy"));
        assertThat(workFailure()).hasMessage("{\"why\":\"busy\"}");
        assertThat(workFailure().retryAfter()).isNull();
    }

    @Test
    void aMessageFailedWithoutAReasonIsAFailure() {
        consumer(message -> message.fail(3, null));
        assertThat(failure(worker.perform(new FakeTask(1, null))))
                .hasMessage("the consumer failed the message (code 3)");
    }

    @Test
    void aMessageThatAConsumerHadNoRoomForWasNotTried() {
        MessageConsumer<Object> full = vertx.eventBus()
                .consumer(new MessageConsumerOptions().setAddress(ADDRESS).setMaxBufferedMessages(1));
        full.handler(open::add).completion().await();
        full.pause();
        List<Future<@Nullable String>> outcomes = IntStream.rangeClosed(1, 3)
                .mapToObj(id -> worker.perform(new FakeTask(id, null)))
                .toList();
        await().until(() -> outcomes.stream().anyMatch(Future::isComplete));
        Future<@Nullable String> discarded =
                outcomes.stream().filter(Future::isComplete).findFirst().orElseThrow();
        assertThat(failure(discarded))
                .isInstanceOf(WorkerUnavailableException.class)
                .hasMessage("the consumer at latido.work.import did not take the message");
    }

    @Test
    void severalConsumersShareTheWork() {
        Queue<String> first = new ConcurrentLinkedQueue<>();
        Queue<String> second = new ConcurrentLinkedQueue<>();
        consumer(message -> answer(message, first));
        consumer(message -> answer(message, second));
        List<Future<@Nullable String>> outcomes = IntStream.rangeClosed(1, 10)
                .mapToObj(id -> worker.perform(new FakeTask(id, null)))
                .toList();
        outcomes.forEach(Outcomes::result);
        assertThat(first).hasSize(5).doesNotContainAnyElementsOf(second);
        assertThat(second).hasSize(5);
    }

    private static void answer(Message<Object> message, Queue<String> seen) {
        seen.add(((JsonObject) message.body()).getString("id"));
        message.reply(null);
    }

    @Test
    void theBusWaitsLongerThanTheJob() {
        Duration day = Duration.ofDays(1);
        assertThat(EventBusWorker.options(day).getSendTimeout()).isGreaterThan(day.toMillis());
        assertThat(EventBusWorker.options(Duration.ofMillis(1)).getSendTimeout())
                .isGreaterThan(1_000);
    }

    private static JsonObject report(FakeTask task) {
        return new JsonObject()
                .put("id", task.id())
                .put("attempt", 2)
                .put("progress", 0.4)
                .put("note", "4 of 10");
    }

    @Test
    void forwardsProgressToItsTask() {
        consumer(open::add);
        FakeTask one = new FakeTask(1, null);
        FakeTask other = new FakeTask(2, null);
        worker.perform(one);
        worker.perform(other);
        vertx.eventBus().send(PROGRESS, report(one));
        vertx.eventBus().send(PROGRESS, report(one).put("progress", 1).putNull("note"));
        await().until(() -> one.reported.size() == 2);
        assertThat(one.reported).containsExactly(new Progress(0.4, "4 of 10"), new Progress(1, ""));
        assertThat(other.reported).isEmpty();
    }

    @Test
    void ignoresProgressThatIsMalformedUnknownOrLate() {
        consumer(open::add);
        FakeTask task = new FakeTask(1, null);
        FakeTask ended = new FakeTask(2, null);
        worker.perform(task);
        Message<Object> first = opened();
        Future<@Nullable String> outcome = worker.perform(ended);
        opened().reply(null);
        result(outcome);
        Stream.of(
                        "text",
                        new JsonArray(),
                        new JsonObject(),
                        report(task).put("id", 5),
                        report(task).put("id", "no id"),
                        report(task).put("id", "0000000000009"),
                        report(task).put("attempt", "2"),
                        report(task).put("attempt", 1),
                        report(task).put("attempt", 1L << 40),
                        report(task).put("progress", "half"),
                        report(task).putNull("progress"),
                        report(ended))
                .forEach(body -> vertx.eventBus().send(PROGRESS, body));
        vertx.eventBus().send(PROGRESS, report(task));
        await().until(() -> !task.reported.isEmpty());
        assertThat(task.reported).hasSize(1);
        assertThat(ended.reported).isEmpty();
        first.reply(null);
    }

    @Test
    void cancelIsPublishedAndEndsTheAttemptAtOnce() {
        consumer(open::add);
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker.perform(task);
        Message<Object> message = opened();
        task.cancel();
        assertThat(failure(outcome)).hasMessage("cancelled");
        await().until(() -> !cancelled.isEmpty());
        assertThat(cancelled)
                .containsExactly(new JsonObject()
                        .put("id", "0000000000001")
                        .put("job", "import")
                        .put("attempt", 2));
        assertThat(tasks.size()).isZero();
        message.reply("too late"); // and nobody minds
    }

    @Test
    void cancelAfterTheEndIsNotPublished() {
        MessageConsumer<Object> answering = consumer(message -> message.reply(null));
        FakeTask task = new FakeTask(1, null);
        result(worker.perform(task));
        task.cancel();
        answering.unregister().await();
        FakeTask other = new FakeTask(2, null);
        consumer(open::add);
        Future<@Nullable String> outcome = worker.perform(other);
        other.cancel();
        await().until(outcome::isComplete);
        await().until(() -> !cancelled.isEmpty());
        assertThat(cancelled).extracting(body -> body.getString("id")).containsOnly(other.id());
    }

    /** A bus on which nobody answers before the test does. */
    private static final class HeldBus implements WorkBus {

        final Promise<Message<Object>> reply = Promise.promise();

        @Override
        public Future<Message<Object>> request(String address, Object body, DeliveryOptions options) {
            return reply.future();
        }

        @Override
        public Future<Boolean> hasConsumer(String address) {
            return Future.succeededFuture(true);
        }
    }

    static Stream<Throwable> endsOfANode() {
        return Stream.of(new WorkFailedException("worker-lost: gone"), new WorkerUnavailableException("no connection"));
    }

    @ParameterizedTest
    @MethodSource("endsOfANode")
    void whatTheBusKnowsOfANodeIsTheOutcome(Throwable known) {
        HeldBus bus = new HeldBus();
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker(bus).perform(task);
        bus.reply.fail(known);
        assertThat(failure(outcome)).isSameAs(known);
        assertThat(tasks.size()).isZero();

        task.cancel(); // too late, as there is nobody to tell
        FakeTask other = new FakeTask(2, null);
        consumer(open::add);
        worker.perform(other);
        other.cancel();
        await().until(() -> !cancelled.isEmpty());
        assertThat(cancelled).extracting(body -> body.getString("id")).containsOnly(other.id());
    }

    @Test
    void aNodeThatIsLostAfterACancelChangesNothing() {
        HeldBus bus = new HeldBus();
        FakeTask task = new FakeTask(1, null);
        Future<@Nullable String> outcome = worker(bus).perform(task);
        task.cancel();
        bus.reply.fail(new WorkFailedException("worker-lost: gone"));
        assertThat(failure(outcome)).hasMessage("cancelled");
    }

    /** Passes objects within this process, as an application may. */
    private static final class InProcess<T> implements MessageCodec<T, T> {
        @Override
        public void encodeToWire(Buffer buffer, T body) {
            throw new UnsupportedOperationException();
        }

        @Override
        public T decodeFromWire(int position, Buffer buffer) {
            throw new UnsupportedOperationException();
        }

        @Override
        public T transform(T body) {
            return body;
        }

        @Override
        public String name() {
            return "in-process";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
