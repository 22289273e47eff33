package dev.latido.client;

import static dev.latido.protocol.CommandType.Channel.CONTROL;
import static dev.latido.protocol.CommandType.Channel.SUBMIT;
import static dev.latido.protocol.CommandType.Channel.WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.BlockedThreadGuard;
import dev.latido.client.CommandConfig.WhenFull;
import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobSettings;
import dev.latido.protocol.JobStatus;
import dev.latido.protocol.JobView;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.StopMode;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JobClientTest {

    private static final JobStatus STATUS = new JobStatus(true, 7, Instant.EPOCH, "fine");
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());

    /** What the owner was asked and has not answered. */
    private final Queue<Message<Object>> asked = new ConcurrentLinkedQueue<>();

    /** What came in bundles, and is not answered. */
    private final Queue<CommandBatch.Item> bundled = new ConcurrentLinkedQueue<>();

    private volatile boolean answersAtOnce;

    private final AtomicInteger received = new AtomicInteger();
    private final Map<String, AtomicInteger> observed = new ConcurrentHashMap<>();

    @BeforeEach
    void beTheOwner() {
        Wire.registerCodecs(vertx.eventBus());
        for (String address : List.of(Addresses.CONTROL, Addresses.SUBMIT)) {
            vertx.eventBus()
                    .<Object>consumer(address, message -> {
                        received.incrementAndGet();
                        if (message.body() instanceof CommandBatch bundle) {
                            bundled.addAll(bundle.items());
                        } else if (answersAtOnce) {
                            Wire.answer(message, STATUS);
                        } else {
                            asked.add(message);
                        }
                    })
                    .completion()
                    .await();
        }
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    private JobClient client(int maxInFlight, WhenFull whenFull, int maxWaiting, Duration timeout) {
        CommandConfig bounds = new CommandConfig(maxInFlight, whenFull, maxWaiting, timeout);
        return JobClient.inProcess(
                vertx,
                bounds,
                bounds,
                TimeSource.system(),
                (type, result, nanos) -> observed.computeIfAbsent(result, key -> new AtomicInteger())
                        .incrementAndGet(),
                () -> null);
    }

    private void answerOne(Reply reply) {
        await().until(() -> !asked.isEmpty());
        Wire.answer(asked.remove(), reply);
    }

    private static Refusal refusal(Future<?> call) {
        if (!call.isComplete()) {
            await().until(call::isComplete);
        }
        assertThat(call.cause()).isInstanceOf(CommandException.class);
        return ((CommandException) call.cause()).refusal();
    }

    private static List<Future<JobStatus>> starts(JobClient client, int count) {
        List<Future<JobStatus>> calls = new ArrayList<>();
        Stream.generate(() -> client.start(null)).limit(count).forEach(calls::add);
        return calls;
    }

    @Test
    void handsTheOwnersAnswerToTheCaller() {
        Future<JobStatus> call = client(1, WhenFull.WAIT, 1, LONG).status("a-job");
        await().until(() -> !asked.isEmpty());
        assertThat(asked.peek().body()).isInstanceOf(Command.GetStatus.class);
        answerOne(STATUS);

        assertThat(call.await()).isEqualTo(STATUS);
        assertThat(observed.get("ok")).hasValue(1);
    }

    @Test
    void speaksJsonAcrossTheCluster() {
        JobClient client = JobClient.create(vertx, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS);
        Future<JobStatus> accepted = client.start("a-job");
        await().until(() -> !asked.isEmpty());
        assertThat(Wire.decodeCommand(Addresses.CONTROL, asked.peek().body())).isInstanceOf(Command.Start.class);
        assertThat(asked.peek().body()).isNotInstanceOf(Command.class);
        answerOne(STATUS);
        Future<JobStatus> refused = client.stop("b-job");
        answerOne(Refusal.unknownJob("b-job"));

        assertThat(accepted.await()).isEqualTo(STATUS);
        assertThat(refusal(refused)).isEqualTo(Refusal.unknownJob("b-job"));
    }

    @Test
    void pausesAndChangesAcrossTheCluster() {
        JobClient client = JobClient.create(vertx, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS);
        PauseView pause = new PauseView(Instant.EPOCH);
        Future<PauseView> paused = client.pauseAll();
        answerOne(pause);
        Future<PauseView> resumed = client.resumeAll();
        answerOne(new PauseView(null));
        Future<JobView> refused = client.change("j", new JobSettings(true, 3, false, null, false, true));
        await().until(() -> !asked.isEmpty());
        assertThat(Wire.decodeCommand(Addresses.CONTROL, asked.peek().body()))
                .isInstanceOfSatisfying(Command.ChangeJob.class, change -> {
                    assertThat(change.job()).isEqualTo("j");
                    assertThat(change.settings()).isEqualTo(new JobSettings(true, 3, false, null, false, true));
                });
        answerOne(Refusal.invalid("'concurrency' must be 1 to 2, was 3."));

        assertThat(paused.await()).isEqualTo(pause);
        assertThat(resumed.await()).isEqualTo(new PauseView(null));
        assertThat(refusal(refused)).isEqualTo(Refusal.invalid("'concurrency' must be 1 to 2, was 3."));
    }

    @Test
    void keepsNoMoreInFlightThanItsLimitAndSendsTheRestInOrder() {
        JobClient client = client(2, WhenFull.WAIT, 10, LONG);
        List<Future<JobStatus>> calls = starts(client, 5);
        await().until(() -> received.get() == 2 && client.waiting(CONTROL) == 3);
        assertThat(client.inFlight(CONTROL)).isEqualTo(2);

        for (int i = 0; i < 5; i++) {
            answerOne(STATUS);
            await().until(calls.get(i)::succeeded);
            assertThat(client.inFlight(CONTROL)).isLessThanOrEqualTo(2);
        }
        await().until(() -> client.inFlight(CONTROL) == 0 && client.waiting(CONTROL) == 0);
    }

    @Test
    void refusesAtOnceWhenFullAndToldToReject() {
        JobClient client = client(2, WhenFull.REJECT, 10, LONG);
        List<Future<JobStatus>> calls = starts(client, 3);

        Refusal refusal = refusal(calls.get(2));
        assertThat(refusal.code()).isEqualTo(503);
        assertThat(refusal.type()).isEqualTo(Refusal.NO_ROOM);
        assertThat(refusal.retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(observed.get(Refusal.NO_ROOM)).hasValue(1);
    }

    @Test
    void refusesAtOnceWhenTheLineIsFullToo() {
        JobClient client = client(1, WhenFull.WAIT, 2, LONG);
        List<Future<JobStatus>> calls = starts(client, 4);

        assertThat(refusal(calls.get(3)).type()).isEqualTo(Refusal.NO_ROOM);
        assertThat(calls.subList(0, 3)).noneMatch(Future::isComplete);
        assertThat(client.waiting(CONTROL)).isEqualTo(2);
    }

    @Test
    void tellsACallerWhoWaitedUntilItsDeadlineThatThereWasNoRoom() {
        JobClient client = client(1, WhenFull.WAIT, 10, SHORT);
        List<Future<JobStatus>> calls = starts(client, 3);

        assertThat(refusal(calls.get(0)).code()).isEqualTo(504);
        assertThat(refusal(calls.get(0)).type()).isEqualTo(Refusal.OWNER_SILENT);
        assertThat(refusal(calls.get(1)).code()).isEqualTo(503);
        assertThat(refusal(calls.get(2)).type()).isEqualTo(Refusal.NO_ROOM);
        await().until(() -> client.waiting(CONTROL) == 0);
    }

    @Test
    void keepsThePlaceOfACommandThatTheOwnerHasNotAnswered() {
        JobClient client = client(1, WhenFull.REJECT, 0, SHORT);
        assertThat(refusal(client.start(null)).code()).isEqualTo(504);

        assertThat(client.inFlight(CONTROL)).isEqualTo(1);
        assertThat(refusal(client.start(null)).type()).isEqualTo(Refusal.NO_ROOM);
        assertThat(received).hasValue(1);

        answerOne(STATUS); // late: its caller has its answer already
        await().until(() -> client.inFlight(CONTROL) == 0);
        answersAtOnce = true;
        Future<JobStatus> next = client.start(null);
        assertThat(next.await()).isEqualTo(STATUS);
    }

    @Test
    void doesNotSendACommandThatNobodyWaitsForAnyMore() {
        JobClient client = client(1, WhenFull.WAIT, 10, SHORT);
        List<Future<JobStatus>> calls = starts(client, 2);
        refusal(calls.get(1));

        answerOne(STATUS);
        await().until(() -> client.inFlight(CONTROL) == 0);

        assertThat(received).hasValue(1);
    }

    @Test
    void givesTheOwnerTheCallersDeadline() {
        Instant before = Instant.now();
        client(1, WhenFull.WAIT, 1, LONG).start(null);
        await().until(() -> !asked.isEmpty());

        Instant deadline = ((Command) asked.peek().body()).deadline();
        assertThat(deadline)
                .isBetween(before.plus(LONG).minusSeconds(1), Instant.now().plus(LONG));
    }

    @Test
    void saysThatThereIsNoOwner() {
        Vertx lonely = Vertx.vertx(BlockedThreadGuard.strict());
        try {
            Refusal refusal = refusal(JobClient.create(lonely, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS)
                    .status(null));
            assertThat(refusal.code()).isEqualTo(503);
            assertThat(refusal.type()).isEqualTo(Refusal.NO_OWNER);
        } finally {
            lonely.close().await();
        }
    }

    @Test
    void answersALongLineWithoutAnOwnerWithoutNesting() {
        Vertx lonely = Vertx.vertx(BlockedThreadGuard.strict());
        try {
            CommandConfig bounds = new CommandConfig(1, WhenFull.WAIT, 100_000, LONG);
            JobClient client = JobClient.create(lonely, bounds, bounds);
            List<Future<JobStatus>> calls = starts(client, 20_000);
            await().until(() -> calls.stream().allMatch(Future::failed));
            assertThat(calls)
                    .allSatisfy(call -> assertThat(refusal(call).type()).isEqualTo(Refusal.NO_OWNER));
        } finally {
            lonely.close().await();
        }
    }

    @Test
    void sharesTheNextStatusQuestionAmongThoseWhoAskMeanwhile() {
        JobClient client = client(100, WhenFull.WAIT, 100, LONG);
        Future<JobStatus> first = client.status(null);
        await().until(() -> received.get() == 1);
        List<Future<JobStatus>> riders = new ArrayList<>();
        Stream.generate(() -> client.status(null)).limit(50).forEach(riders::add);
        Future<JobStatus> other = client.status("another-job");
        await().until(() -> received.get() == 2 && client.waiting(CONTROL) == 50);
        assertThat(client.inFlight(CONTROL)).isEqualTo(2);

        answerOne(STATUS);
        assertThat(first.await()).isEqualTo(STATUS);
        assertThat(riders).noneMatch(Future::isComplete); // their answer has to be read after they asked
        JobStatus later = new JobStatus(false, 8, Instant.EPOCH, "later");
        answerOne(STATUS);
        assertThat(other.await()).isEqualTo(STATUS);
        answerOne(later);

        await().until(() -> riders.stream().allMatch(Future::isComplete));
        assertThat(riders).allSatisfy(rider -> assertThat(rider.result()).isEqualTo(later));
        assertThat(received).hasValue(3);
        await().until(() -> client.inFlight(CONTROL) == 0 && client.waiting(CONTROL) == 0);
    }

    @Test
    void neverSharesAStartOrStop() {
        JobClient client = client(100, WhenFull.WAIT, 100, LONG);
        starts(client, 10);
        Stream.generate(() -> client.stop(null)).limit(10).forEach(call -> {});

        await().until(() -> received.get() == 20);
    }

    @Test
    void asksBesideTheSharedQuestionWhenNobodyMayWait() {
        JobClient client = client(3, WhenFull.REJECT, 0, LONG);
        List<Future<JobStatus>> calls = new ArrayList<>();
        Stream.generate(() -> client.status(null)).limit(4).forEach(calls::add);

        assertThat(refusal(calls.get(3)).type()).isEqualTo(Refusal.NO_ROOM);
        await().until(() -> received.get() == 3);
    }

    @Test
    void goesOnAskingAfterAQuestionWasRefusedOrGivenUp() {
        JobClient client = client(1, WhenFull.WAIT, 10, SHORT);
        client.start(null);
        assertThat(refusal(client.status(null)).type()).isEqualTo(Refusal.NO_ROOM);
        answerOne(STATUS);
        await().until(() -> client.inFlight(CONTROL) == 0);

        answersAtOnce = true;
        Future<JobStatus> again = client.status(null);
        assertThat(again.await()).isEqualTo(STATUS);
    }

    @Test
    void answersOnTheContextOfTheCaller() throws InterruptedException {
        JobClient client = client(1, WhenFull.WAIT, 1, LONG);
        var callers = vertx.getOrCreateContext();
        CountDownLatch answered = new CountDownLatch(1);
        Thread[] threads = new Thread[2];
        callers.runOnContext(ignored -> {
            threads[0] = Thread.currentThread();
            client.status(null).onComplete(done -> {
                threads[1] = Thread.currentThread();
                answered.countDown();
            });
        });
        answerOne(STATUS);
        answered.await();

        assertThat(threads[1]).isSameAs(threads[0]);
    }

    @Test
    void losesNoCallFromManyThreads() throws InterruptedException {
        answersAtOnce = true;
        JobClient client = client(8, WhenFull.WAIT, 100_000, LONG);
        AtomicInteger answers = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 2_000; i++) {
                    (i % 2 == 0 ? client.start(null) : client.status(null))
                            .onComplete(done -> answers.incrementAndGet());
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        await().until(() -> answers.get() == 8_000);
        await().until(() -> client.inFlight(CONTROL) == 0 && client.waiting(CONTROL) == 0);
        assertThat(observed.get("ok")).hasValue(8_000);
    }

    @Test
    void neverLetsControlWaitBehindWork() {
        JobClient client = client(1, WhenFull.WAIT, 10, LONG);
        for (int i = 0; i < 5; i++) {
            client.submit(null, List.of(Submission.of(null)), LONG);
        }
        client.awaitRoom(null, Priority.LOW, LONG);
        client.stop(null, StopMode.DRAIN, LONG);
        await().until(() -> received.get() == 2 && client.waiting(SUBMIT) == 4);
        client.stop(null);
        await().until(() -> received.get() == 3);

        assertThat(client.inFlight(CONTROL)).isEqualTo(1);
        assertThat(client.inFlight(SUBMIT)).isEqualTo(1);
        assertThat(client.inFlight(WAIT)).isEqualTo(1);
        assertThat(client.waiting(WAIT)).isEqualTo(1);
        assertThat(client.config(WAIT).maxInFlight()).isEqualTo(1);
    }

    @Test
    void sendsEveryCommand() {
        JobClient client = client(100, WhenFull.WAIT, 10, LONG);
        ExecutionId id = new ExecutionId(5);
        client.start("j");
        client.stop("j", StopMode.NOW, Duration.ZERO);
        client.status("j");
        client.complete("j");
        client.job("j");
        client.jobs(null, 5, JobFilter.ALL);
        client.history("j", null, null, 5);
        client.summary();
        client.submit("j", List.of(Submission.of("1")), LONG);
        client.awaitRoom("j", Priority.HIGH, LONG);
        client.awaitExecution(id, LONG);
        client.execution(id);
        client.executions("j", ExecutionState.FAILED, "c", 7);
        client.find(ExecutionFilter.ANY, true, null, 7);
        client.message("j", "k");
        client.deadLetters("j", null, 7);
        client.cancel(id);
        client.retry(id);
        client.purge("j", true);
        client.retryFailed("j", FailureFilter.ANY, false);
        client.change("j", new JobSettings(true, 3, false, null, false, true));
        client.pauseAll();
        client.resumeAll();
        client.health();
        client.store();
        client.inspect(List.of("j"), List.of(id));
        client.ticks("j", 1);
        client.series("j", SeriesRange.DAY, Instant.EPOCH);
        client.move("j", "shop:orders", "latido", List.of(Priority.HIGH), true);
        client.findMove("j");
        client.endMove("j");
        client.backUp();
        await().until(() -> received.get() == CommandType.values().length);

        assertThat(Stream.concat(
                        asked.stream().map(message -> (Command) message.body()),
                        bundled.stream().map(CommandBatch.Item::command)))
                .extracting(Command::type)
                .containsExactlyInAnyOrder(CommandType.values());
    }

    private static Future<Submitted> submit(JobClient client, String payload, Duration timeout) {
        return client.submit("j", List.of(Submission.of(payload)), timeout);
    }

    private static Submitted answer(String type) {
        return new Submitted(List.of(Refusal.wrongState(type)));
    }

    @Test
    void callersOfOneTurnShareAQuestion() {
        JobClient client = client(10, WhenFull.WAIT, 10, LONG);
        List<Future<JobStatus>> calls = new ArrayList<>();
        vertx.getOrCreateContext().runOnContext(ignored -> {
            for (int i = 0; i < 3; i++) {
                calls.add(client.status(null));
            }
        });
        answerOne(STATUS);
        for (Future<JobStatus> call : calls) {
            assertThat(call.await()).isEqualTo(STATUS);
        }
        assertThat(received).hasValue(1);
    }

    @Test
    void submissionsOfOneTurnGoTogetherAndAreAnsweredEachByItself() {
        JobClient client = client(10, WhenFull.WAIT, 10, LONG);
        List<Future<Submitted>> calls = new ArrayList<>();
        vertx.getOrCreateContext().runOnContext(ignored -> {
            for (int i = 0; i < 3; i++) {
                calls.add(submit(client, "" + i, LONG));
            }
        });
        await().until(() -> bundled.size() == 3);
        assertThat(received).hasValue(1);
        List<CommandBatch.Item> items = List.copyOf(bundled);
        assertThat(items)
                .extracting(
                        item -> ((Command.Submit) item.command()).items().get(0).payload())
                .containsExactly("0", "1", "2");

        items.get(2).answer().accept(answer("c"));
        assertThat(calls.get(2).await()).isEqualTo(answer("c"));
        assertThat(calls.get(0).isComplete()).isFalse();
        await().until(() -> client.inFlight(CommandType.Channel.SUBMIT) == 2);
        items.get(0).answer().accept(answer("a"));
        items.get(1).answer().accept(answer("b"));
        assertThat(calls.get(0).await()).isEqualTo(answer("a"));
        assertThat(calls.get(1).await()).isEqualTo(answer("b"));
        await().until(() -> client.inFlight(CommandType.Channel.SUBMIT) == 0);
    }

    @Test
    void aCallerThatThrowsHurtsNobodyElse() {
        JobClient client = client(10, WhenFull.WAIT, 10, LONG);
        List<Future<Submitted>> calls = new ArrayList<>();
        vertx.getOrCreateContext().runOnContext(ignored -> {
            for (int i = 0; i < 3; i++) {
                calls.add(submit(client, "" + i, LONG));
            }
            calls.get(0).onComplete(done -> {
                throw new IllegalStateException("a caller's own fault");
            });
        });
        await().until(() -> bundled.size() == 3);
        vertx.getOrCreateContext()
                .runOnContext(ignored -> bundled.forEach(item -> item.answer().accept(answer("a"))));
        assertThat(calls.get(1).await()).isEqualTo(answer("a"));
        assertThat(calls.get(2).await()).isEqualTo(answer("a"));
        await().until(() -> client.inFlight(CommandType.Channel.SUBMIT) == 0);
    }

    @Test
    void submissionsWithoutAnOwnerAreRefusedAndGiveTheirPlacesBack() {
        Vertx lonely = Vertx.vertx(BlockedThreadGuard.strict());
        try {
            Wire.registerCodecs(lonely.eventBus());
            CommandConfig bounds = new CommandConfig(2, WhenFull.WAIT, 10, LONG);
            JobClient client =
                    JobClient.inProcess(lonely, bounds, bounds, TimeSource.system(), CommandObserver.NONE, () -> null);
            for (int i = 0; i < 5; i++) {
                assertThat(refusal(submit(client, "1", LONG)).type()).isEqualTo(Refusal.NO_OWNER);
            }
            await().until(() -> client.inFlight(CommandType.Channel.SUBMIT) == 0);
        } finally {
            lonely.close().await();
        }
    }

    @Test
    void aSubmissionThatNobodyAnswersKeepsItsPlaceAndALateAnswerGivesItBack() {
        JobClient client = client(1, WhenFull.WAIT, 10, SHORT);
        assertThat(refusal(submit(client, "1", SHORT)).type()).isEqualTo(Refusal.OWNER_SILENT);
        await().until(() -> client.inFlight(CommandType.Channel.SUBMIT) == 1);
        Future<Submitted> next = submit(client, "2", LONG);
        bundled.remove().answer().accept(answer("late"));
        await().until(() -> bundled.size() == 1);
        bundled.remove().answer().accept(answer("b"));
        assertThat(next.await()).isEqualTo(answer("b"));
    }

    @Test
    void givesUpAWaitTheOwnerDoesNotAnswer() {
        JobClient client = client(1, WhenFull.WAIT, 10, LONG);

        assertThat(refusal(client.awaitExecution(new ExecutionId(1), SHORT)).type())
                .isEqualTo(Refusal.OWNER_SILENT);
        assertThat(client.inFlight(WAIT)).isEqualTo(1);
    }

    @Test
    void waitsNoLongerThanAMinute() {
        client(1, WhenFull.WAIT, 10, LONG).awaitRoom(null, Priority.LOW, Duration.ofDays(9));
        await().until(() -> !asked.isEmpty());

        assertThat(((Command) asked.element().body()).deadline())
                .isBefore(Instant.now().plus(JobClient.MAX_WAIT).plusSeconds(1));
    }

    @Test
    void readsPlainJsonFromAnOwnerElsewhere() {
        JobClient client = JobClient.create(vertx, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS);
        ExecutionView view = new ExecutionView(
                new ExecutionId(5),
                "j",
                ExecutionState.QUEUED,
                Priority.LOW,
                0,
                Instant.EPOCH,
                null,
                null,
                null,
                null,
                null,
                "{\"a\":1}",
                null,
                null,
                null,
                List.of(),
                Durability.FULL,
                false,
                false);
        Submitted answer = new Submitted(List.of(view, Refusal.closed("j")));
        Future<Submitted> call = client.submit("j", List.of(Submission.of("{\"a\":1}"), Submission.of(null)), LONG);
        answerOne(answer);

        assertThat(call.await()).isEqualTo(answer);
    }
}
