package dev.latido.store;

import static dev.latido.store.Stores.JOB;
import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.forget;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.job;
import static dev.latido.store.Stores.key;
import static dev.latido.store.Stores.state;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Priority;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every {@link Store} keeps to. A store's test extends this and says how to make one. */
public abstract class StoreContract {

    private static final Batch NOTHING = new PendingWrites().batch();

    protected Store store;

    /** Makes a store that holds nothing. */
    protected abstract Store make();

    /** Makes one that goes on where {@code closed} ended. */
    protected abstract Store makeAgain(Store closed);

    @BeforeEach
    void openEmpty() {
        store = make();
        await(store.open());
    }

    @AfterEach
    void closeAtTheEnd() {
        await(store.close());
    }

    private void reopen() {
        await(store.close());
        store = makeAgain(store);
        await(store.open());
    }

    private void append(Batch batch) {
        await(store.append(batch));
    }

    /** Writes, and looks at what is there, before and after closing. */
    private void holds(Contents expected) {
        assertThat(Contents.of(store)).isEqualTo(expected);
        reopen();
        assertThat(Contents.of(store)).isEqualTo(expected);
    }

    private static Contents onlyExecutions(Contents.Entry... entries) {
        return new Contents(List.of(job(JOB, 1)), Map.of(), List.of(entries));
    }

    private static PendingWrites withJob() {
        return new PendingWrites().job(job(JOB, 1));
    }

    @Test
    void holdsNothingAtFirst() {
        assertThat(store.status().sequence()).isZero();
        holds(new Contents(List.of(), Map.of(), List.of()));
    }

    @Test
    void keepsEveryFieldOfAJob() {
        StoredJob.Counters counters = new StoredJob.Counters(11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21);
        StoredJob one = new StoredJob("one", true, false, 1, 2, "cron * * * * * UTC", 3, 4, 5, "leaky 1 2 3", counters);
        StoredJob other = new StoredJob("other", false, true, 5, 6, null, 7, 8, 0, "", counters);
        append(new PendingWrites().job(one).job(other).batch());

        holds(new Contents(List.of(one, other), Map.of(), List.of()));
    }

    @Test
    void keepsWhatConcernsAllJobs() {
        StoredService service =
                new StoredService(5, 6, List.of(new StoredFault("a", 7, "w\"y"), new StoredFault("b", 8, "")), "me");
        append(new PendingWrites().service(service).batch());
        append(withJob().batch());
        assertThat(Contents.of(store).service()).isEqualTo(service);
        append(new PendingWrites().service(StoredService.INITIAL).batch());
        assertThat(Contents.of(store).service()).isEqualTo(StoredService.INITIAL);
    }

    @Test
    void keepsEveryFieldOfAnExecution() {
        StoredExecution tick = new StoredExecution(
                id(7),
                JOB,
                Priority.HIGH,
                1,
                true,
                2,
                3,
                Text.of("[]"),
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        StoredState state = new StoredState(
                id(7),
                ExecutionState.RUNNING,
                3,
                4,
                5,
                true,
                6,
                8,
                9,
                "n",
                Text.of("r"),
                "e",
                List.of("a", "b-2", "c.d_e"),
                List.of(new FailedAttempt(1, 2, 3, "a"), new FailedAttempt(4, 5, 6, "\"'\\ \u0000")),
                false,
                true,
                true);
        append(withJob().accept(tick).change(state).batch());

        holds(onlyExecutions(new Contents.Entry(tick, state)));
    }

    @Test
    void keepsEveryFieldOfAKey() {
        StoredKey key = new StoredKey(JOB, "k", 1, id(2), ExecutionState.WAITING, false, Priority.LOW, 3, -1, 4, 5);
        append(withJob().use(key).batch());

        holds(new Contents(List.of(job(JOB, 1)), Map.of(JOB, List.of(key)), List.of()));
    }

    @Test
    void tellsNothingFromEmptyText() {
        StoredExecution none = new StoredExecution(id(1), JOB, Priority.NORMAL, 0, false, 0, 0, null, null);
        StoredExecution empty = new StoredExecution(id(2), JOB, Priority.NORMAL, 0, false, 0, 0, Text.of(""), null);
        StoredState noneState = new StoredState(
                id(1),
                ExecutionState.QUEUED,
                0,
                0,
                0,
                false,
                0,
                0,
                0,
                null,
                null,
                null,
                List.of(),
                List.of(),
                false,
                true,
                false);
        StoredState emptyState = new StoredState(
                id(2),
                ExecutionState.QUEUED,
                0,
                0,
                0,
                false,
                0,
                0,
                0,
                "",
                Text.of(""),
                "",
                List.of(),
                List.of(),
                false,
                true,
                false);
        append(withJob()
                .accept(none)
                .accept(empty)
                .change(noneState)
                .change(emptyState)
                .batch());

        holds(onlyExecutions(new Contents.Entry(none, noneState), new Contents.Entry(empty, emptyState)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\uD83D\uDE80 \u00e9 \u4e16\u754c \u202e",
                "before\u0000after",
                "\u0000",
                "'; DROP TABLE execution; --",
                "\"quoted\" \\ back\\slash",
                "two\nlines\r\n\tand a tab",
                " ",
                "\uFEFF\uFFFF\uFFFE",
                "NULL"
            })
    void keepsOddText(String text) {
        StoredExecution execution = execution(1, text);
        StoredState state = new StoredState(
                id(1),
                ExecutionState.FAILED,
                0,
                0,
                0,
                false,
                0,
                0,
                0,
                text,
                Text.of(text),
                text,
                List.of(),
                List.of(),
                false,
                true,
                false);
        StoredKey key = key(text, 5);
        append(withJob().accept(execution).change(state).use(key).batch());

        holds(new Contents(
                List.of(job(JOB, 1)), Map.of(JOB, List.of(key)), List.of(new Contents.Entry(execution, state))));
        append(new PendingWrites().forgetKey(key).batch());
        assertThat(Contents.of(store).keys()).isEmpty();
    }

    @Test
    void keepsLargeText() {
        String large = "\u00e9\"x".repeat(350_000);
        PendingWrites changes = withJob();
        Contents.Entry[] entries = new Contents.Entry[9];
        for (int i = 0; i < entries.length; i++) {
            StoredExecution execution = execution(i + 1, large + i);
            StoredState state = new StoredState(
                    execution.id(),
                    ExecutionState.FAILED,
                    0,
                    0,
                    0,
                    false,
                    0,
                    0,
                    0,
                    null,
                    Text.of(large),
                    large,
                    List.of(),
                    List.of(),
                    false,
                    true,
                    false);
            changes.accept(execution).change(state);
            entries[i] = new Contents.Entry(execution, state);
        }
        append(changes.batch());

        holds(onlyExecutions(entries));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE})
    void keepsExtremeNumbers(long n) {
        int small = (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, n));
        long id = Math.max(0, n);
        StoredJob job = new StoredJob(
                JOB, true, true, n, n, "", n, n, small, "", new StoredJob.Counters(n, n, n, n, n, n, n, n, n, n, n));
        StoredExecution execution = new StoredExecution(id(id), JOB, Priority.CRITICAL, n, false, n, 0, null, null);
        StoredState state = new StoredState(
                id(id),
                ExecutionState.DROPPED,
                n,
                small,
                small,
                true,
                n,
                n,
                n,
                null,
                null,
                null,
                List.of(),
                List.of(),
                false,
                true,
                false);
        StoredKey key =
                new StoredKey(JOB, "k", n, id(id), ExecutionState.QUEUED, false, Priority.NORMAL, n, -1, small, n);
        append(new PendingWrites()
                .job(job)
                .accept(execution)
                .change(state)
                .use(key)
                .batch());

        holds(new Contents(List.of(job), Map.of(JOB, List.of(key)), List.of(new Contents.Entry(execution, state))));
    }

    @ParameterizedTest
    @EnumSource(ExecutionState.class)
    void keepsEveryStateWithEveryPriority(ExecutionState state) {
        PendingWrites changes = withJob();
        List<Contents.Entry> entries = new ArrayList<>();
        List<StoredKey> keys = new ArrayList<>();
        for (Priority priority : Priority.values()) {
            long number = 1L + priority.level();
            StoredExecution execution = new StoredExecution(id(number), JOB, priority, 0, false, 0, 0, null, null);
            StoredKey key = new StoredKey(JOB, "k" + number, number, id(number), state, false, priority, 0, -1, 0, 0);
            changes.accept(execution).change(state(number, state)).use(key);
            entries.add(new Contents.Entry(execution, state(number, state)));
            keys.add(key);
        }
        append(changes.batch());

        holds(new Contents(List.of(job(JOB, 1)), Map.of(JOB, keys), entries));
    }

    @Test
    void tellsAnExecutionWithoutAStateFromOneThatHasOne() {
        append(accept(1));
        append(withJob()
                .accept(execution(2))
                .change(state(2, ExecutionState.WAITING))
                .batch());

        holds(onlyExecutions(
                new Contents.Entry(execution(1), null),
                new Contents.Entry(execution(2), state(2, ExecutionState.WAITING))));
    }

    @Test
    void replacesAStateByTheLatest() {
        append(accept(1));
        append(new PendingWrites()
                .change(new StoredState(
                        id(1),
                        ExecutionState.RUNNING,
                        1,
                        1,
                        1,
                        true,
                        1,
                        1,
                        1,
                        "n",
                        Text.of("r"),
                        "e",
                        List.of("next"),
                        List.of(),
                        false,
                        true,
                        false))
                .batch());
        StoredState last = new StoredState(
                id(1),
                ExecutionState.QUEUED,
                0,
                0,
                0,
                false,
                0,
                0,
                0,
                null,
                null,
                null,
                List.of(),
                List.of(),
                false,
                true,
                false);
        append(new PendingWrites()
                .change(state(1, ExecutionState.FAILED))
                .change(last)
                .batch());

        holds(onlyExecutions(new Contents.Entry(execution(1), last)));
    }

    @Test
    void replacesAJobByItsLatest() {
        append(new PendingWrites().job(job(JOB, 1)).job(job("other", 1)).batch());
        append(new PendingWrites().job(job(JOB, 2)).job(job(JOB, 3)).batch());

        holds(new Contents(List.of(job(JOB, 3), job("other", 1)), Map.of(), List.of()));
    }

    @Test
    void changesNothingWhenABatchIsWrittenAgain() {
        append(new PendingWrites()
                .job(job(JOB, 1))
                .accept(execution(1))
                .accept(execution(2))
                .use(key("a", 1))
                .use(key("b", 2))
                .batch());
        Batch batch = new PendingWrites()
                .job(job(JOB, 2))
                .accept(execution(3))
                .accept(execution(4))
                .change(state(1, ExecutionState.RUNNING))
                .change(state(3, ExecutionState.WAITING))
                .forget(id(2))
                .forget(id(4))
                .use(key("a", 3))
                .use(key("c", 4))
                .forgetKey(key("b", 2))
                .batch();
        append(batch);
        Contents once = Contents.of(store);

        append(batch);
        append(batch);

        assertThat(once.ids()).containsExactly(1L, 3L);
        holds(once);
    }

    @Test
    void forgetsAllOfAnExecution() {
        append(accept(1, 2, 3));
        append(new PendingWrites()
                .change(state(1, ExecutionState.FAILED))
                .change(state(2, ExecutionState.FAILED))
                .batch());
        append(forget(1, 3));
        append(accept(1)); // were its state still there, it would show now

        assertThat(Contents.of(store).executions())
                .containsExactly(
                        new Contents.Entry(execution(1), null),
                        new Contents.Entry(execution(2), state(2, ExecutionState.FAILED)));
    }

    @Test
    void forgetsWhatItNeverKnew() {
        append(accept(5));
        append(forget(0, 4, 6, Long.MAX_VALUE));
        append(new PendingWrites().forgetKey(key("unknown", 1)).batch());

        holds(onlyExecutions(new Contents.Entry(execution(5), null)));
    }

    @Test
    void keepsNothingOfWhatIsAcceptedAndForgottenInOneBatch() {
        append(withJob()
                .accept(execution(1))
                .change(state(1, ExecutionState.SUCCEEDED))
                .forget(id(1))
                .batch());

        holds(onlyExecutions());
    }

    @Test
    void keepsAKeyWhenItsExecutionIsForgotten() {
        append(withJob().accept(execution(1)).use(key("k", 1)).batch());
        append(forget(1));

        holds(new Contents(List.of(job(JOB, 1)), Map.of(JOB, List.of(key("k", 1))), List.of()));
    }

    @Test
    void tellsKeysOfDifferentJobsApart() {
        StoredKey other =
                new StoredKey("other", "k", 2, id(2), ExecutionState.QUEUED, false, Priority.NORMAL, 0, -1, 0, 0);
        append(withJob().job(job("other", 1)).use(key("k", 1)).use(other).batch());
        append(new PendingWrites().forgetKey(key("k", 1)).batch());

        assertThat(Contents.of(store).keys()).isEqualTo(Map.of("other", List.of(other)));
    }

    @Test
    void usesAKeyAgainAfterItWasForgotten() {
        append(withJob().use(key("a", 1)).use(key("b", 2)).batch());
        append(new PendingWrites().forgetKey(key("a", 1)).batch());
        assertThat(Contents.of(store).keys()).isEqualTo(Map.of(JOB, List.of(key("b", 2))));
        append(new PendingWrites().use(key("a", 3)).batch());
        assertThat(Contents.of(store).keys()).isEqualTo(Map.of(JOB, List.of(key("b", 2), key("a", 3))));

        append(new PendingWrites().forgetKey(key("b", 2)).use(key("b", 4)).batch());

        holds(new Contents(List.of(job(JOB, 1)), Map.of(JOB, List.of(key("a", 3), key("b", 4))), List.of()));
    }

    @Test
    void readsTheKeysOfAJobInTheOrderOfTheirUse() {
        append(withJob().use(key("z", 1)).use(key("b", 2)).batch());
        append(new PendingWrites().use(key("a", 3)).use(key("y", 4)).batch());

        holds(new Contents(
                List.of(job(JOB, 1)),
                Map.of(JOB, List.of(key("z", 1), key("b", 2), key("a", 3), key("y", 4))),
                List.of()));
    }

    @Test
    void readsTheKeysOfAJobInTheOrderOfTheirUseThoughTheClockWentBack() {
        StoredKey later =
                new StoredKey(JOB, "b", 1, id(1_001), ExecutionState.QUEUED, false, Priority.NORMAL, 0, -1, 0, 0);
        append(withJob().use(key("a", 1_000)).use(later).batch());

        holds(new Contents(List.of(job(JOB, 1)), Map.of(JOB, List.of(key("a", 1_000), later)), List.of()));
    }

    @Test
    void readsExecutionsInTheOrderOfTheirIds() {
        append(accept(500, 2, 70));
        append(accept(1, 600, 69));

        assertThat(Contents.of(store).ids()).containsExactly(1L, 2L, 69L, 70L, 500L, 600L);
    }

    @Test
    void takesAnEmptyBatch() {
        append(NOTHING);
        append(accept(1));
        append(NOTHING);

        holds(onlyExecutions(new Contents.Entry(execution(1), null)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 8, 9, 63, 64, 65, 72, 73, 64 * 3 + 8 * 2 + 3, 1_000})
    void takesBatchesOfAnySize(int rows) {
        PendingWrites changes = new PendingWrites();
        PendingWrites end = new PendingWrites();
        for (int i = 0; i < rows; i++) {
            changes.job(job("job-" + i, i));
            changes.accept(execution(2L * i)).accept(execution(2L * i + 1));
            changes.change(state(2L * i, ExecutionState.RUNNING));
            changes.use(key("a" + i, 2L * i)).use(key("b" + i, 2L * i + 1));
            end.change(state(2L * i, ExecutionState.SUCCEEDED)).forget(id(2L * i + 1));
            end.forgetKey(key("b" + i, 2L * i + 1));
        }
        append(changes.job(job(JOB, rows)).batch());
        append(end.batch());

        Contents contents = Contents.of(store);
        assertThat(contents.jobs()).hasSize(rows + 1).contains(job("job-0", 0), job("job-" + (rows - 1), rows - 1));
        assertThat(contents.executions())
                .isEqualTo(LongStream.range(0, rows)
                        .mapToObj(i -> new Contents.Entry(execution(2 * i), state(2 * i, ExecutionState.SUCCEEDED)))
                        .toList());
        assertThat(contents.keys())
                .isEqualTo(Map.of(
                        JOB,
                        LongStream.range(0, rows)
                                .mapToObj(i -> key("a" + i, 2 * i))
                                .toList()));
    }

    @Test
    void countsCommits() {
        append(accept(1));
        append(accept(2));
        assertThat(store.status().sequence()).isEqualTo(2);

        reopen();

        assertThat(store.status().sequence()).isEqualTo(2);
        append(NOTHING);
        assertThat(store.status().sequence()).isEqualTo(3);
    }

    @Test
    void failsAScanWhoseReaderThrowsAndGoesOn() {
        append(withJob().accept(execution(1)).use(key("k", 1)).batch());
        for (Throwable thrown : List.of(new IllegalStateException("enough"), new AssertionError("enough"))) {
            for (int row = 0; row < 4; row++) {
                assertThat(failure(store.scan(throwing(thrown, row)))).hasCause(thrown);
            }
        }

        append(accept(2));
        append(forget(1));
        assertThat(Contents.of(store).ids()).containsExactly(2L);
    }

    /** Makes a reader that throws at a row: 0 the job, 1 the key, 2 the execution, 3 what concerns all jobs. */
    private static StoreReader throwing(Throwable thrown, int at) {
        return new StoreReader() {
            private void take(int row) {
                if (row == at) {
                    if (thrown instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) thrown;
                }
            }

            @Override
            public void service(StoredService service) {
                take(3);
            }

            @Override
            public void job(StoredJob job) {
                take(0);
            }

            @Override
            public void key(StoredKey key) {
                take(1);
            }

            @Override
            public void execution(StoredExecution execution, @Nullable StoredState state) {
                take(2);
            }

            @Override
            public void unreadable(Unreadable row) {
                throw new AssertionError("it should be readable: " + row);
            }
        };
    }

    @Test
    void readsTheTextsOfOneExecution() {
        append(withJob()
                .accept(execution(1, "\"payload\""))
                .accept(execution(2, null))
                .change(state(2, ExecutionState.SUCCEEDED))
                .accept(execution(3, ""))
                .batch());
        for (int i = 0; i < 2; i++) {
            assertThat(await(store.texts(id(1)))).isEqualTo(new StoredTexts("\"payload\"", null));
            assertThat(await(store.texts(id(2)))).isEqualTo(new StoredTexts(null, "\"result\""));
            assertThat(await(store.texts(id(3)))).isEqualTo(new StoredTexts("", null));
            assertThat(await(store.texts(id(4)))).isNull();
            reopen();
        }
    }

    @Test
    void readsTextsAsTheLatestBatchLeftThem() {
        append(accept(1));
        for (int i = 0; i < 30; i++) {
            append(withJob().accept(execution(1, "" + i)).batch());
            assertThat(await(store.texts(id(1)))).isEqualTo(new StoredTexts("" + i, null));
        }
        append(forget(1));
        assertThat(await(store.texts(id(1)))).isNull();
    }

    @Test
    void readsManyTextsWhileItWrites() {
        append(accept(1, 2, 3));
        List<Future<StoredTexts>> texts = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            texts.add(store.texts(id(1 + i % 3)));
            if (i % 10 == 0) {
                append(withJob().accept(execution(4 + i)).batch());
            }
        }
        for (int i = 0; i < texts.size(); i++) {
            assertThat(await(texts.get(i))).isEqualTo(new StoredTexts("{\"n\":" + (1 + i % 3) + "}", null));
        }
    }

    @ParameterizedTest
    @CsvSource({"2147483647, true", "7, true", "6, false", "0, false"})
    void handsOverNoTextThatIsLongerThanItsReaderWants(int bytes, boolean isHere) {
        String text = "a\u00e9\uD83D\uDE80"; // 1 + 2 + 4 bytes
        StoredState state = new StoredState(
                id(1),
                ExecutionState.SUCCEEDED,
                0,
                0,
                0,
                false,
                0,
                0,
                0,
                text,
                Text.of(text),
                text,
                List.of(),
                List.of(),
                false,
                false,
                false);
        append(withJob()
                .accept(execution(1, text))
                .change(state)
                .accept(execution(2, null))
                .accept(execution(3, ""))
                .batch());

        List<Contents.Entry> executions = Contents.of(store, bytes).executions();

        Text expected = isHere ? Text.of(text) : new Text.Stored(7);
        assertThat(executions.get(0).execution().payload()).isEqualTo(expected);
        StoredState read = Objects.requireNonNull(executions.get(0).state());
        assertThat(read.result()).isEqualTo(expected);
        assertThat(read.error()).isEqualTo(text);
        assertThat(executions.get(1).execution().payload()).isNull();
        assertThat(executions.get(2).execution().payload()).isEqualTo(Text.of(""));
        assertThat(await(store.texts(id(1)))).isEqualTo(new StoredTexts(text, text));
    }

    private static StoredExecution withoutPayload(long id, Priority priority) {
        return new StoredExecution(id(id), JOB, priority, 1, true, 2, 3, new Text.Stored(9), "trace");
    }

    private static StoredState withoutResult(long id, ExecutionState state) {
        return new StoredState(
                id(id),
                state,
                5,
                6,
                7,
                true,
                8,
                9,
                10,
                "n",
                new Text.Stored(9),
                "e",
                List.of("a"),
                List.of(),
                true,
                true,
                true);
    }

    @Test
    void leavesATextAsItIsStoredThatIsNotInTheRow() {
        append(accept(1));
        append(new PendingWrites().change(state(1, ExecutionState.FAILED)).batch());
        Batch batch = new PendingWrites()
                .accept(withoutPayload(1, Priority.HIGH))
                .change(withoutResult(1, ExecutionState.RUNNING))
                .batch();
        append(batch);
        append(batch);

        holds(onlyExecutions(new Contents.Entry(
                new StoredExecution(id(1), JOB, Priority.HIGH, 1, true, 2, 3, Text.of("{\"n\":1}"), "trace"),
                new StoredState(
                        id(1),
                        ExecutionState.RUNNING,
                        5,
                        6,
                        7,
                        true,
                        8,
                        9,
                        10,
                        "n",
                        Text.of("\"result\""),
                        "e",
                        List.of("a"),
                        List.of(),
                        true,
                        true,
                        true))));
    }

    @Test
    void writesNothingOfARowWhoseTextIsNeitherThereNorStored() {
        append(withJob()
                .accept(withoutPayload(1, Priority.HIGH))
                .change(withoutResult(1, ExecutionState.RUNNING))
                .accept(execution(2))
                .change(withoutResult(2, ExecutionState.RUNNING))
                .batch());

        holds(onlyExecutions(new Contents.Entry(execution(2), null)));
    }

    @Test
    void takesTheLatestOfRowsWithAndWithoutTheirTexts() {
        append(accept(1, 2));
        append(new PendingWrites()
                .accept(withoutPayload(1, Priority.LOW))
                .accept(execution(1, "\"new\""))
                .accept(execution(2, "\"new\""))
                .accept(withoutPayload(2, Priority.LOW))
                .accept(withoutPayload(2, Priority.CRITICAL))
                .batch());

        assertThat(Contents.of(store).executions())
                .containsExactly(
                        new Contents.Entry(execution(1, "\"new\""), null),
                        new Contents.Entry(
                                new StoredExecution(
                                        id(2), JOB, Priority.CRITICAL, 1, true, 2, 3, Text.of("\"new\""), "trace"),
                                null));
    }

    private static NewPoints points(int step, long minute, String data) {
        return new NewPoints(
                new StoredPoints(step, minute * 60_000, ByteBuffer.wrap(data.getBytes(StandardCharsets.UTF_8))),
                (minute - 2) * 60_000);
    }

    private Contents only(NewPoints... points) {
        return new Contents(
                StoredService.INITIAL,
                List.of(),
                Map.of(),
                List.of(),
                Stream.of(points).map(NewPoints::row).toList());
    }

    @Test
    void keepsPointsByTheirLengthAndMinute() {
        append(new PendingWrites()
                .points(points(5, 7, "a"))
                .points(points(60, 7, ""))
                .batch());
        append(new PendingWrites()
                .points(points(60, 8, "c"))
                .points(points(5, 7, "d"))
                .batch());

        holds(only(points(60, 8, "c"), points(60, 7, ""), points(5, 7, "d")));
    }

    @Test
    void forgetsPointsThatAreTooOldOrNewerThanTheLatest() {
        for (long minute = 1; minute <= 5; minute++) {
            append(new PendingWrites().points(points(5, minute, "a")).batch());
        }
        append(new PendingWrites().points(points(60, 1, "b")).batch());
        assertThat(Contents.of(store))
                .isEqualTo(only(points(5, 5, "a"), points(5, 4, "a"), points(5, 3, "a"), points(60, 1, "b")));
        append(new PendingWrites().points(points(5, 4, "c")).batch());

        holds(only(points(5, 4, "c"), points(5, 3, "a"), points(60, 1, "b")));
        append(new PendingWrites().points(points(5, 1_000, "d")).batch());
        holds(only(points(5, 1_000, "d"), points(60, 1, "b")));
    }

    @Test
    void closesTwice() {
        append(accept(1));
        await(store.close());
        await(store.close());

        reopen();

        assertThat(Contents.of(store).ids()).containsExactly(1L);
    }

    @Test
    void closesWhatWasNeverOpened() {
        Store unopened = make();

        await(unopened.close());
        await(unopened.close());
    }

    /** {@code -Dseed=n} runs one history again; {@code -Dhistories=n} runs more. */
    @Test
    void holdsWhatAPlainModelHoldsInRandomHistories() {
        String rerun = System.getProperty("seed");
        long first = rerun == null ? System.nanoTime() : Long.parseLong(rerun);
        int histories = rerun == null ? Integer.getInteger("histories", 20) : 1;
        for (long seed = first; seed != first + histories; seed++) {
            try {
                await(store.close());
                store = make();
                await(store.open());
                runHistory(new Random(seed));
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("failed; run it again with -Dseed=" + seed, failure);
            }
        }
    }

    private void runHistory(Random random) {
        StoreModel model = new StoreModel(random);
        for (int step = 0; step < 40; step++) {
            Batch batch = model.randomBatch();
            model.apply(batch);
            append(batch);
            if (random.nextInt(4) == 0) {
                append(batch);
            }
            if (random.nextInt(8) == 0) {
                reopen();
            }
            if (random.nextInt(5) == 0) {
                assertThat(Contents.of(store)).isEqualTo(model.contents());
            }
        }
        holds(model.contents());
    }
}
