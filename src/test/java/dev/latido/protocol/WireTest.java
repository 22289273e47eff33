package dev.latido.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Durability;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Gate;
import dev.latido.job.Hold;
import dev.latido.job.Priority;
import dev.latido.job.ProgressNote;
import dev.latido.job.Successor;
import dev.latido.policy.RateConfig;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class WireTest {

    private static final JobView.Broker BROKER = new JobView.Broker(
            "shop:orders",
            "redis",
            "latido",
            List.of(Priority.HIGH, Priority.NORMAL),
            "connection refused",
            100_000,
            16,
            30_000,
            3,
            2,
            "1r56t1rt1egm7",
            new JobView.SharedDepth(
                    List.of(
                            new JobView.SharedDepth.Lane(Priority.HIGH, 1, 2),
                            new JobView.SharedDepth.Lane(Priority.NORMAL, 3, 4)),
                    5,
                    6,
                    7,
                    List.of(new JobView.SharedDepth.Leftover(Priority.LOW, 8)),
                    List.of(new JobView.SharedDepth.Holder("1r56t1rt1egm7", 6)),
                    true),
            new JobView.BrokerCounts(1, 2, 3, 4, 5, 6, 7, 8));

    private static final Instant TIME = Instant.parse("2026-01-01T00:00:00.123Z");
    private static final Instant NEVER = Command.NO_DEADLINE;
    private static final ExecutionId ID = new ExecutionId(4_711);

    static List<Command> commands() {
        List<Command> commands = new ArrayList<>();
        for (Instant deadline : List.of(TIME, NEVER)) {
            for (@Nullable String job : new @Nullable String[] {"a-job", null}) {
                commands.add(new Command.Start(job, deadline));
                commands.add(new Command.Stop(job, StopMode.PLAIN, Instant.MAX, deadline));
                commands.add(new Command.Stop(job, StopMode.NOW, Instant.MAX, deadline));
                commands.add(new Command.Stop(job, StopMode.DRAIN, TIME.plusSeconds(5), deadline));
                commands.add(new Command.Stop(job, StopMode.DRAIN, Instant.MAX, deadline));
                commands.add(new Command.GetStatus(job, deadline));
                commands.add(new Command.Complete(job, deadline));
                commands.add(new Command.GetJob(job, deadline));
                commands.add(new Command.ListJobs(job, 7, deadline));
                commands.add(new Command.ListJobs(null, 7, new JobFilter("mail", JobFilter.Only.DEGRADED), deadline));
                for (JobFilter.Only only : JobFilter.Only.values()) {
                    commands.add(new Command.ListJobs("j", 7, new JobFilter(null, only), deadline));
                }
                for (JobOrder.Sort sort : JobOrder.Sort.values()) {
                    commands.add(new Command.ListJobs(null, 7, JobFilter.ALL, new JobOrder(sort, 3, null), deadline));
                }
                for (Set<JobGroup> groups : List.of(EnumSet.noneOf(JobGroup.class), EnumSet.allOf(JobGroup.class))) {
                    JobOrder order = new JobOrder(JobOrder.Sort.NAME, 1, groups);
                    commands.add(new Command.ListJobs(null, 7, JobFilter.ALL, order, deadline));
                }
                commands.add(new Command.ListHistory(job, null, null, 5, deadline));
                commands.add(new Command.FindExecutions(ExecutionFilter.ANY, false, null, 5, deadline));
                commands.add(new Command.FindExecutions(
                        new ExecutionFilter(
                                job,
                                Set.of(ExecutionState.FAILED, ExecutionState.QUEUED),
                                "k",
                                "no such",
                                "/a/0",
                                "42",
                                TIME,
                                TIME.plusMillis(1)),
                        true,
                        "1_a__j",
                        5,
                        deadline));
                commands.add(new Command.GetMessage(job, "1722-0", deadline));
                commands.add(new Command.GetTicks(job, 1, deadline));
                commands.add(new Command.GetTicks(job, TicksView.MAX, deadline));
                commands.add(new Command.ListDeadLetters(job, null, 5, deadline));
                commands.add(new Command.ListDeadLetters(job, "1-0", 100, deadline));
                commands.add(new Command.ListHistory(job, ExecutionState.FAILED, "1z", 5, deadline));
                commands.add(new Command.GetSummary(deadline));
                commands.add(new Command.GetSeries(job, SeriesRange.HOUR, null, deadline));
                commands.add(new Command.GetSeries(job, SeriesRange.DAY, TIME, deadline));
                commands.add(new Command.AwaitRoom(job, Priority.CRITICAL, deadline));
                commands.add(new Command.AwaitExecution(ID, TIME.plusSeconds(5), deadline));
                commands.add(new Command.AwaitExecution(ID, Instant.MAX, deadline));
                commands.add(new Command.GetExecution(ID, deadline));
                for (ExecutionState state : ExecutionState.values()) {
                    commands.add(new Command.ListExecutions(job, state, "low_1_0000000000001", 1_000, deadline));
                }
                commands.add(new Command.ListExecutions(job, ExecutionState.QUEUED, null, 1, deadline));
                commands.add(new Command.Cancel(ID, deadline));
                commands.add(new Command.Retry(ID, deadline));
                commands.add(new Command.Purge(job, true, deadline));
                commands.add(new Command.RetryFailed(job, FailureFilter.ANY, false, deadline));
                commands.add(
                        new Command.RetryFailed(job, new FailureFilter("e", TIME, TIME.plusMillis(1)), true, deadline));
                RateConfig rate = new RateConfig(RateConfig.Algorithm.LEAKY, 5, Duration.ofMillis(20), 7);
                for (boolean isStored : List.of(true, false)) {
                    for (JobSettings settings : List.of(
                            new JobSettings(true, 3, false, null, false, isStored),
                            new JobSettings(true, null, true, null, false, isStored),
                            new JobSettings(false, null, true, rate, false, isStored),
                            new JobSettings(false, null, true, null, true, isStored))) {
                        commands.add(new Command.ChangeJob(job, settings, deadline));
                    }
                }
                commands.add(new Command.PauseAll(deadline));
                commands.add(new Command.ResumeAll(deadline));
                commands.add(new Command.GetStore(deadline));
                commands.add(new Command.BackUp(deadline));
                commands.add(new Command.Move("a", "b:q", "latido", List.of(), false, deadline));
                commands.add(
                        new Command.Move("a", "b:q:r", "g", List.of(Priority.HIGH, Priority.NORMAL), true, deadline));
                commands.add(new Command.GetMove("a", deadline));
                commands.add(new Command.EndMove("a", deadline));
                commands.add(new Command.GetHealth(deadline));
                commands.add(new Command.Inspect(List.of("j", "k"), List.of(ID), deadline));
                commands.add(new Command.Inspect(List.of(), List.of(), deadline));
                commands.add(new Command.Submit(
                        job,
                        List.of(
                                Submission.of(null),
                                new Submission("{\"a\":[1,2.5,null,true,\"ü\"]}", Priority.LOW, Duration.ZERO, "k"),
                                new Submission("\"text\"", Priority.HIGH, Submission.MAX_DELAY, null),
                                Submission.of("12345678901234567890"),
                                new Submission("1", Priority.LOW, Duration.ZERO, Duration.ofMillis(9), null),
                                Submission.of("false")),
                        deadline));
                commands.add(new Command.Submit(job, List.of(), deadline));
                commands.add(new Command.Submit(job, List.of(Submission.of("1")), false, deadline, null));
            }
        }
        return commands;
    }

    private static Command decode(JsonObject json) {
        return Wire.decodeCommand(json.containsKey("type") ? Addresses.CONTROL : Addresses.SUBMIT, json);
    }

    private static JsonObject overTheWire(JsonObject json) {
        return new JsonObject(json.encode());
    }

    @ParameterizedTest
    @MethodSource("commands")
    void readsBackEveryCommand(Command command) {
        assertThat(decode(overTheWire(Wire.encode(command)))).isEqualTo(command);
    }

    @Test
    void knowsEveryType() {
        Set<CommandType> types = EnumSet.noneOf(CommandType.class);
        commands().forEach(command -> {
            types.add(command.type());
            assertThat(CommandType.ofWireName(command.type().wireName())).contains(command.type());
        });

        assertThat(types).containsExactlyInAnyOrder(CommandType.values());
    }

    @Test
    void writesNoMoreThanItMust() {
        assertThat(Wire.encode(new Command.Start(null, NEVER)).encode()).isEqualTo("{\"type\":\"Start\"}");
        assertThat(decode(new JsonObject("{\"type\":\"Stop\"}")))
                .isEqualTo(new Command.Stop(null, StopMode.PLAIN, Instant.MAX, NEVER));
        assertThat(decode(new JsonObject("{\"type\":\"ListJobs\"}"))).isEqualTo(new Command.ListJobs(null, 100, NEVER));
        assertThat(decode(new JsonObject("{\"type\":\"GetSeries\"}")))
                .isEqualTo(new Command.GetSeries(null, SeriesRange.HOUR, null, NEVER));
        assertThat(decode(new JsonObject("{\"payload\":{\"a\":1}}")))
                .isEqualTo(new Command.Submit(null, List.of(Submission.of("{\"a\":1}")), NEVER));
        assertThat(decode(new JsonObject("{\"payload\":1,\"mayWait\":false}")))
                .isEqualTo(new Command.Submit(null, List.of(Submission.of("1")), false, NEVER, null));
        assertThat(Wire.encode(new Command.Submit(null, List.of(), NEVER)).encode())
                .isEqualTo("{\"items\":[]}");
        assertThat(decode(new JsonObject("{\"job\":\"j\",\"priority\":\"high\",\"delayMillis\":5,\"key\":\"k\"}")))
                .isEqualTo(new Command.Submit(
                        "j", List.of(new Submission(null, Priority.HIGH, Duration.ofMillis(5), "k")), NEVER));
    }

    private static ExecutionView full() {
        return new ExecutionView(
                ID,
                "j",
                ExecutionState.FAILED,
                Priority.HIGH,
                3,
                TIME,
                TIME.plusSeconds(1),
                TIME.plusSeconds(2),
                TIME.plusSeconds(3),
                0.25,
                "note",
                "{\"p\":1}",
                "[1]",
                "error",
                TIME.plusSeconds(4),
                List.of(new ExecutionView.Failure(1, TIME, TIME.plusMillis(5), "first", "class W")),
                Durability.RELAXED,
                false,
                false,
                new Timeline(
                        "class W",
                        List.of(new Hold(Gate.SERVICE_SLOTS, TIME.toEpochMilli(), 1234)),
                        List.of(new ProgressNote(TIME.toEpochMilli(), 0.25, "note")),
                        List.of(new Successor("next", ID), new Successor("redis: done", null))),
                null);
    }

    private static ExecutionView bare() {
        return new ExecutionView(
                ID,
                "j",
                ExecutionState.QUEUED,
                Priority.LOW,
                0,
                TIME,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                Durability.FULL,
                false,
                false);
    }

    private static JobView job(boolean isFull) {
        Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        for (Priority priority : Priority.values()) {
            queued.put(priority, priority.level());
        }
        return new JobView(
                "j",
                isFull,
                !isFull,
                isFull ? Reason.MISSING_WORKER : Reason.IDLE,
                "because",
                isFull ? "it is not well" : null,
                7,
                isFull ? TIME : null,
                isFull ? "every 5 ms" : null,
                isFull ? TIME : null,
                new JobView.Queue(10, "wait", queued, 2, 1, isFull ? TIME : null, 3, 4, 5, isFull ? BROKER : null),
                1,
                4,
                isFull ? "class com.example.Mailer" : null,
                isFull
                        ? new JobView.Policies(
                                5,
                                new RateConfig(RateConfig.Algorithm.TOKEN_BUCKET, 5, Duration.ofSeconds(1), 7),
                                "/a",
                                new RateConfig(RateConfig.Algorithm.SLIDING_WINDOW, 1, Duration.ofMillis(1), 1),
                                3,
                                new JobView.Breaker("b", "open", TIME),
                                true,
                                7L)
                        : new JobView.Policies(1, null, null, null, 0, null, false, null),
                5_000,
                isFull ? Durability.FULL : Durability.NONE,
                isFull ? List.of("a", "b") : List.of(),
                isFull ? new JobView.Results("shop:orders.done", 5, 2, "it is full") : null,
                isFull ? 7 : 0,
                Map.of("accepted", 9L),
                isFull ? Map.of("queue-full", 3L) : Map.of());
    }

    private static SeriesView series(@Nullable String job, @Nullable Instant since, float... values) {
        Map<SeriesMeasure, SeriesColumn> columns = new EnumMap<>(SeriesMeasure.class);
        for (SeriesMeasure measure : SeriesMeasure.values()) {
            columns.put(measure, SeriesColumn.of(values));
        }
        return new SeriesView(
                job,
                SeriesRange.DAY,
                since,
                TIME,
                columns,
                job == null
                        ? List.of()
                        : List.of(new FailureGroup("a #", "a 7", TIME, TIME.plusMillis(1), 5, List.of(1, 0, 4))));
    }

    static List<Object[]> replies() {
        JobStatus status = new JobStatus(true, 3, TIME, "fine");
        List<Object[]> replies = new ArrayList<>();
        for (CommandType type : List.of(
                CommandType.START,
                CommandType.STOP,
                CommandType.GET_STATUS,
                CommandType.COMPLETE,
                CommandType.AWAIT_ROOM)) {
            replies.add(new Object[] {type, status});
            replies.add(new Object[] {type, new JobStatus(false, 0, null, "not yet")});
        }
        for (CommandType type : List.of(
                CommandType.GET_EXECUTION, CommandType.AWAIT_EXECUTION, CommandType.CANCEL, CommandType.RETRY)) {
            replies.add(new Object[] {type, full()});
            replies.add(new Object[] {type, bare()});
        }
        replies.add(new Object[] {
            CommandType.FIND_EXECUTIONS, new FoundPage(List.of(bare()), 1, 20, 300, 4, "1_a_" + ID + "_j")
        });
        replies.add(new Object[] {CommandType.FIND_EXECUTIONS, new FoundPage(List.of(), 0, 0, 0, 0, null)});
        replies.add(new Object[] {CommandType.GET_JOB, job(true)});
        replies.add(new Object[] {CommandType.GET_TICKS, new TicksView("a", null, List.of(), "it has no timer")});
        replies.add(new Object[] {
            CommandType.GET_TICKS, new TicksView("a", "every 5 ms", List.of(TIME, TIME.plusMillis(5)), null)
        });
        replies.add(new Object[] {CommandType.GET_JOB, job(false)});
        replies.add(new Object[] {CommandType.LIST_JOBS, new JobPage(List.of(job(true), job(false)), "j")});
        replies.add(new Object[] {CommandType.LIST_JOBS, new JobPage(List.of(), null)});
        Map<JobGroup, Integer> groups = new EnumMap<>(JobGroup.class);
        for (JobGroup group : JobGroup.values()) {
            groups.put(group, group.name().length());
        }
        replies.add(new Object[] {CommandType.LIST_JOBS, new JobPage(List.of(job(true)), null, 1, groups)});
        replies.add(new Object[] {CommandType.LIST_JOBS, new JobPage(List.of(), null, 0, null)});
        replies.add(new Object[] {CommandType.LIST_EXECUTIONS, new ExecutionPage(List.of(full(), bare()), "c")});
        replies.add(new Object[] {CommandType.LIST_EXECUTIONS, new ExecutionPage(List.of(), null)});
        replies.add(new Object[] {CommandType.LIST_HISTORY, new ExecutionPage(List.of(full()), "c")});
        replies.add(new Object[] {
            CommandType.GET_SUMMARY,
            new SummaryView(
                    9, 8, 7, 6, 5, 4, 3, 2, 1, Map.of("failed", 1L), List.of(new SummaryView.Attention("j", "because")))
        });
        replies.add(new Object[] {CommandType.GET_SERIES, series("j", TIME, 1, Float.NaN, 0.25f, 1_000_000)});
        replies.add(new Object[] {CommandType.GET_SERIES, series(null, null)});
        replies.add(new Object[] {
            CommandType.SUBMIT,
            new Submitted(List.of(full(), Refusal.queueFull("j", Duration.ofSeconds(7)), Refusal.keyReused("k")))
        });
        replies.add(new Object[] {CommandType.CHANGE_JOB, job(true)});
        replies.add(new Object[] {CommandType.PAUSE_ALL, new PauseView(TIME)});
        replies.add(new Object[] {CommandType.RESUME_ALL, new PauseView(null)});
        replies.add(new Object[] {CommandType.PURGE, new Counted(5, 4)});
        replies.add(new Object[] {CommandType.RETRY_FAILED, new Counted(0, 0)});
        replies.add(new Object[] {CommandType.GET_HEALTH, new Health(List.of("a", "b"))});
        replies.add(new Object[] {CommandType.GET_HEALTH, new Health(List.of())});
        replies.add(new Object[] {CommandType.GET_HEALTH, new Health(List.of(), Duration.ofSeconds(1), "no space")});
        replies.add(new Object[] {CommandType.GET_STORE, new StoreView("sqlite", "data/x", 7, 8, 9, null)});
        replies.add(new Object[] {CommandType.GET_STORE, new StoreView("memory", "", 0, 0, 0, "no space")});
        replies.add(new Object[] {
            CommandType.INSPECT,
            new Inspection(new Inspection.ServiceFacts(false, null, null), List.of(job(true)), List.of(full()))
        });
        replies.add(new Object[] {
            CommandType.INSPECT,
            new Inspection(new Inspection.ServiceFacts(true, TIME, "no space"), List.of(), List.of())
        });
        MessageView queued = new MessageView("orders", "k", MessageView.QUEUED, "shop:orders");
        replies.add(new Object[] {CommandType.GET_MESSAGE, queued});
        replies.add(new Object[] {
            CommandType.GET_MESSAGE, new MessageView("orders", "k", "failed", "shop:orders", "me", "000000000001a")
        });
        replies.add(new Object[] {CommandType.SUBMIT, new Submitted(List.of(queued))});
        DeadLetterPage.Letter letter =
                new DeadLetterPage.Letter("1-0", "order-17", Priority.HIGH, "failed", "no stock", TIME, "{\"n\":1}", 7);
        replies.add(new Object[] {CommandType.LIST_DEAD_LETTERS, new DeadLetterPage(List.of(letter), 2, 1, "1-0")});
        replies.add(new Object[] {CommandType.LIST_DEAD_LETTERS, new DeadLetterPage(List.of(), 0, 0, null)});
        for (CommandType type : List.of(CommandType.MOVE, CommandType.GET_MOVE, CommandType.END_MOVE)) {
            replies.add(
                    new Object[] {type, new MoveView("a", "b:q", MoveView.State.MOVING, 1, 2, null, "away", TIME, null)
                    });
            replies.add(new Object[] {
                type,
                new MoveView(
                        "a", "b:q", MoveView.State.DONE, 9, 0, new MoveView.Left(1, 2, 3, 4, 5, true), null, TIME, TIME)
            });
        }
        replies.add(new Object[] {CommandType.BACK_UP, new BackupView("data/y", 5, 6)});
        return replies;
    }

    @ParameterizedTest
    @MethodSource("replies")
    void readsBackEveryReply(CommandType type, Reply reply) {
        assertThat(Wire.decodeReply(type, overTheWire(reply.toJson()))).isEqualTo(reply);
    }

    @Test
    void knowsTheReplyToEveryType() {
        Set<CommandType> types = EnumSet.noneOf(CommandType.class);
        replies().forEach(reply -> types.add((CommandType) reply[0]));

        assertThat(types).containsExactlyInAnyOrder(CommandType.values());
    }

    @Test
    void readsTheAnswerToASingleSubmission() {
        assertThat(Wire.decodeReply(CommandType.SUBMIT, full().toJson())).isEqualTo(new Submitted(List.of(full())));
    }

    @Test
    void showsAStatusUnderTheSameFourNames() {
        JsonObject json = new JobStatus(false, 0, null, "not yet").toJson();

        assertThat(json.fieldNames()).containsExactly("isRunning", "executionCount", "lastExecutionTime", "message");
        assertThat(json.getValue("lastExecutionTime")).isNull();
    }

    @Test
    void showsAResultThatIsNoJsonAsText() {
        ExecutionView odd = new ExecutionView(
                ID,
                "j",
                ExecutionState.SUCCEEDED,
                Priority.LOW,
                1,
                TIME,
                null,
                null,
                null,
                null,
                null,
                null,
                "no json",
                null,
                null,
                List.of(),
                Durability.FULL,
                false,
                false);

        assertThat(odd.toJson().getString("result")).isEqualTo("no json");
    }

    private static ExecutionView withResult(String result, boolean isCut) {
        return new ExecutionView(
                ID,
                "j",
                ExecutionState.SUCCEEDED,
                Priority.LOW,
                1,
                TIME,
                null,
                null,
                null,
                null,
                null,
                result,
                result,
                null,
                null,
                List.of(),
                Durability.FULL,
                false,
                isCut);
    }

    /** As a client on another node sees it, which has our codec too. */
    private static ExecutionView overTheWire(ExecutionView view) {
        JsonObject sent = new JsonObject(view.toJson().toBuffer());
        return (ExecutionView) Wire.decodeReply(CommandType.GET_EXECUTION, sent);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "0.1234567890123456789 | 0.1234567890123456789",
                "[100000000000000000000.05,1e400] | [100000000000000000000.05,1E+400]",
                "123456789012345678901234567890 | 123456789012345678901234567890",
                "\"\\ud800x\" | \"\\ud800x\"",
                "{\"\\udfff\":\"\\u0000\"} | {\"\\udfff\":\"\\u0000\"}",
                "null | null",
                "\"\" | \"\""
            })
    void showsPayloadAndResultToTheLastDigit(String text, String shown) {
        ExecutionView read = overTheWire(withResult(text, false));
        assertThat(read.result()).isEqualTo(shown);
        assertThat(read.payload()).isEqualTo(shown);
    }

    @Test
    void showsWhatTheBusCannotCarryAsText() {
        for (String text : List.of("[".repeat(901) + "]".repeat(901), "1".repeat(1_001), "1e99999999999")) {
            assertThat(withResult(text, false).toJson().getString("result")).isEqualTo(text);
        }
        String deep = "[".repeat(900) + "]".repeat(900);
        assertThat(overTheWire(withResult(deep, false)).result()).isEqualTo(deep);
    }

    @Test
    void tellsAResultThatIsCut() {
        assertThat(overTheWire(withResult("\"a…\"", true))).isEqualTo(withResult("\"a…\"", true));
        assertThat(withResult("\"a…\"", true).toJson().getBoolean("isResultCut"))
                .isTrue();
        assertThat(withResult("1", false).toJson().fieldNames()).doesNotContain("isResultCut");
    }

    @Test
    void takesAPayloadToTheLastDigit() {
        JsonObject sent = new JsonObject()
                .put("payload", new JsonArray().add(new BigDecimal("1e400")).add("\ud800x"));
        Command.Submit submit = (Command.Submit) Wire.decodeCommand(Addresses.SUBMIT, sent);
        assertThat(submit.items().get(0).payload()).isEqualTo("[1E+400,\"\\ud800x\"]");
        submit = (Command.Submit)
                Wire.decodeCommand(Addresses.SUBMIT, new JsonObject("{\"payload\":0.1234567890123456789}"));
        assertThat(submit.items().get(0).payload()).isEqualTo("0.1234567890123456789");
        assertThat(Wire.encode(submit).encode()).contains("\"payload\":0.1234567890123456789");
    }

    @Test
    void quotesAFieldThatNobodyKnowsInWholeCharacters() {
        String field = "x".repeat(63) + "😀";
        JsonObject command = new JsonObject().put("type", "Start").put(field, 1);
        assertThatThrownBy(() -> Wire.decodeCommand(Addresses.CONTROL, command))
                .hasMessageContaining("'" + "x".repeat(63) + "…'");
    }

    @ParameterizedTest
    @CsvSource({"409, false", "429, true", "503, true", "507, true"})
    void tellsFromTheCodeOfAFailureWhetherToTryAgain(int code, boolean later) {
        ReplyException failure = new ReplyException(ReplyFailure.RECIPIENT_FAILURE, code, "type: detail");

        assertThat(Wire.decodeFailure(failure, Duration.ZERO).retryAfter() != null)
                .isEqualTo(later);
    }

    @Test
    void readsRefusalsFromFailures() {
        Refusal refusal = Refusal.unknownJob("x");
        ReplyException failure = new ReplyException(
                ReplyFailure.RECIPIENT_FAILURE, refusal.code(), refusal.type() + ": " + refusal.detail());

        assertThat(Wire.decodeFailure(failure, Duration.ZERO)).isEqualTo(refusal);
        assertThat(Wire.decodeFailure(new IllegalStateException(), Duration.ZERO))
                .isEqualTo(Refusal.fault());
        assertThat(Wire.decodeReply(CommandType.GET_JOB, new JsonObject())).isEqualTo(Refusal.fault());
        assertThat(Wire.decodeReply(CommandType.GET_JOB, "x")).isEqualTo(Refusal.fault());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':null}                                               | 'type'",
                "{'type':'start'}                                            | 'type'",
                "{'type':'Submit'}                                           | 'type'",
                "{'type':1}                                                  | 'type'",
                "{'type':'Start','job':7}                                    | 'job'",
                "{'type':'Start','job':{}}                                   | 'job'",
                "{'type':'Start','deadline':'soon'}                          | 'deadline'",
                "{'type':'Start','deadline':5}                               | 'deadline'",
                "{'type':'Start','speed':'fast'}                             | 'speed'",
                "{'type':'Start','id':'x'}                                   | 'id'",
                "{'type':'Stop','mode':'NOW'}                                | 'mode'",
                "{'type':'Stop','mode':'drain','waitUntil':'later'}          | 'waitUntil'",
                "{'type':'ListJobs','limit':0}                               | 'limit'",
                "{'type':'ListJobs','limit':1001}                            | 'limit'",
                "{'type':'ListJobs','limit':1.5}                             | 'limit'",
                "{'type':'ListJobs','limit':'5'}                             | 'limit'",
                "{'type':'ListJobs','sort':'size'}                           | 'sort'",
                "{'type':'ListJobs','sort':1}                                | 'sort'",
                "{'type':'ListJobs','page':0}                                | 'page'",
                "{'type':'ListJobs','page':1000001}                          | 'page'",
                "{'type':'ListJobs','groups':['none']}                       | 'groups'",
                "{'type':'ListJobs','groups':'idle'}                         | 'groups'",
                "{'type':'ListJobs','page':2,'cursor':'a'}                   | 'cursor'",
                "{'type':'AwaitRoom','priority':'huge'}                      | 'priority'",
                "{'type':'AwaitExecution'}                                   | 'id'",
                "{'type':'AwaitExecution','id':'zzzzzzzzzzzzz'}              | 'id'",
                "{'type':'AwaitExecution','id':'0000000000001','until':1}    | 'until'",
                "{'type':'GetExecution','id':'1'}                            | 'id'",
                "{'type':'GetExecution','id':'000000000000u'}                | 'id'",
                "{'type':'ListExecutions'}                                   | 'state'",
                "{'type':'ListExecutions','state':'QUEUED'}                  | 'state'",
                "{'type':'ListExecutions','state':'queued','cursor':[]}      | 'cursor'",
                "{'type':'Cancel','id':null}                                 | 'id'",
                "{'type':'Retry','id':7}                                     | 'id'",
                "{'type':'Purge','countOnly':'yes'}                          | 'countOnly'",
                "{'type':'RetryFailed','countOnly':1}                        | 'countOnly'",
                "{'type':'RetryFailed','error':1}                            | 'error'",
                "{'type':'RetryFailed','since':'yesterday'}                  | 'since'",
                "{'type':'RetryFailed','until':5}                            | 'until'",
                "{'type':'RetryFailed','dryRun':true}                        | 'dryRun'",
                "{'type':'ChangeJob'}                                        | 'settings'",
                "{'type':'ChangeJob','settings':null}                        | 'settings'",
                "{'type':'ChangeJob','settings':5}                           | 'settings'",
                "{'type':'ChangeJob','concurrency':5}                        | 'settings'",
                "{'type':'ChangeJob','settings':{'concurrency':5},'x':1}     | 'x'",
                "{'type':'PauseAll','job':'j'}                               | 'job'",
                "{'type':'ResumeAll','job':'j'}                              | 'job'",
                "{'expiresMillis':0}                                         | 'expiresMillis'",
                "{'expiresMillis':-1}                                        | 'expiresMillis'",
                "{'expiresMillis':'1s'}                                      | 'expiresMillis'",
                "{'expiresMillis':99999999999}                               | 'expiresMillis'",
                "{'items':[{'expiresMillis':0}]}                             | 'expiresMillis'",
                "{'priority':'huge'}                                         | 'priority'",
                "{'delayMillis':-1}                                          | 'delayMillis'",
                "{'delayMillis':99999999999}                                 | 'delayMillis'",
                "{'key':''}                                                  | 'key'",
                "{'key':7}                                                   | 'key'",
                "{'payloads':1}                                              | 'payloads'",
                "{'items':{}}                                                | 'items'",
                "{'items':[1]}                                               | 'items'",
                "{'items':[null]}                                            | 'items'",
                "{'items':[{'key':''}]}                                      | 'key'",
                "{'items':[{'job':'j'}]}                                     | 'job'",
                "{'items':[],'payload':1}                                    | 'payload'",
            })
    void namesTheFieldThatIsWrong(String json, String field) {
        assertThatThrownBy(() -> decode(new JsonObject(json.replace('\'', '"'))))
                .isInstanceOfSatisfying(CommandException.class, e -> {
                    assertThat(e.refusal().code()).isEqualTo(400);
                    assertThat(e.refusal().type()).isEqualTo(Refusal.MALFORMED);
                    assertThat(e.refusal().detail()).contains(field);
                });
    }

    /** Well-formed, and not acceptable: what is wrong with settings is the same over HTTP and the bus. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                              | 'concurrency' or 'rateLimit'",
                "{'concurrency':0}                               | 'concurrency'",
                "{'concurrency':true}                            | 'concurrency'",
                "{'concurrency':5,'stored':1}                    | 'stored'",
                "{'rateLimit':5}                                 | 'rateLimit'",
                "{'rateLimit':{'permits':0}}                     | 'rateLimit.permits'",
                "{'rateLimit':{'permits':1,'algorithm':'best'}}  | 'rateLimit.algorithm'",
                "{'queue':5}                                     | 'queue'",
            })
    void namesTheSettingThatIsWrong(String settings, String field) {
        assertThatThrownBy(() ->
                        decode(new JsonObject(("{'type':'ChangeJob','settings':" + settings + "}").replace('\'', '"'))))
                .isInstanceOfSatisfying(CommandException.class, e -> {
                    assertThat(e.refusal().code()).isEqualTo(422);
                    assertThat(e.refusal().type()).isEqualTo(Refusal.INVALID);
                    assertThat(e.refusal().detail()).contains(field);
                });
    }

    @Test
    void readsSettingsThatSayNoMoreThanTheyMust() {
        assertThat(decode(new JsonObject("{\"type\":\"ChangeJob\",\"settings\":{\"rateLimit\":{\"permits\":5}}}")))
                .isEqualTo(new Command.ChangeJob(
                        null,
                        new JobSettings(
                                false,
                                null,
                                true,
                                new RateConfig(RateConfig.Algorithm.TOKEN_BUCKET, 5, Duration.ofSeconds(1), 5),
                                false,
                                false),
                        NEVER));
        assertThat(decode(new JsonObject("{\"type\":\"RetryFailed\"}")))
                .isEqualTo(new Command.RetryFailed(null, FailureFilter.ANY, false, NEVER));
        assertThat(decode(new JsonObject("{\"expiresMillis\":null}")))
                .isEqualTo(new Command.Submit(null, List.of(Submission.of(null)), NEVER));
    }

    @Test
    void showsAPauseUnderTwoNames() {
        assertThat(new PauseView(TIME).toJson().encode())
                .isEqualTo("{\"isPaused\":true,\"pausedAt\":\"" + TIME + "\"}");
        assertThat(new PauseView(null).toJson().encode()).isEqualTo("{\"isPaused\":false,\"pausedAt\":null}");
    }

    @Test
    void boundsWhatOneMessageMayHold() {
        JsonObject many = new JsonObject()
                .put("items", new JsonArray(Collections.nCopies(SubmitForm.MAX_ITEMS + 1, new JsonObject())));

        assertThatThrownBy(() -> decode(many)).hasMessageContaining("'items'");
        assertThatThrownBy(() -> decode(new JsonObject().put("key", "k".repeat(256))))
                .hasMessageContaining("'key'");
    }

    @Test
    void refusesWhatIsNoObject() {
        for (Object body : new Object[] {"Start", 1, new JsonArray()}) {
            assertThatThrownBy(() -> Wire.decodeCommand(Addresses.CONTROL, body))
                    .hasMessageContaining("JSON object");
        }
        assertThatThrownBy(() -> Wire.decodeCommand(Addresses.SUBMIT, null)).isInstanceOf(CommandException.class);
    }

    @Test
    void doesNotEchoALongFieldName() {
        JsonObject json = new JsonObject().put("type", "Start").put("x".repeat(100_000), 1);

        assertThatThrownBy(() -> decode(json))
                .satisfies(
                        e -> assertThat(String.valueOf(e.getMessage()).length()).isLessThan(300));
    }
}
