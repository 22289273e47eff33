package dev.latido.core;

import static dev.latido.core.EngineHarness.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.job.RetryPolicy;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FoundPage;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Looking for executions, a few at a time, while everything goes on. */
@Tag("fast")
class SearchTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final List<Priority> PRIORITIES =
            List.of(Priority.LOW, Priority.NORMAL, Priority.HIGH, Priority.CRITICAL);

    private static JobDefinition job(String name) {
        return JobDefinition.named(name).with(job -> {
            job.queue = new QueueConfig(100_000, FullMode.REJECT, Map.of(), 0);
            job.concurrency = 3;
            job.autoStart = false;
        });
    }

    private static final class Filter {
        private @Nullable String job;
        private Set<ExecutionState> states = Set.of();
        private @Nullable String key;
        private @Nullable String error;
        private @Nullable String at;
        private @Nullable String value;
        private @Nullable Instant since;
        private @Nullable Instant until;

        private ExecutionFilter made() {
            return new ExecutionFilter(job, states, key, error, at, value, since, until);
        }
    }

    private static Filter filter(UnaryOperator<Filter> with) {
        return with.apply(new Filter());
    }

    private static Search search(EngineHarness harness, ExecutionFilter filter, @Nullable String cursor, int limit) {
        return harness.engine.search(new Command.FindExecutions(filter, false, cursor, limit, Command.NO_DEADLINE));
    }

    private static FoundPage finish(Search search) {
        while (search.step()) {
            // all at once
        }
        return search.page();
    }

    private static List<ExecutionId> ids(FoundPage page) {
        return page.executions().stream().map(ExecutionView::id).toList();
    }

    private static List<ExecutionId> find(EngineHarness harness, UnaryOperator<Filter> with) {
        FoundPage page = finish(search(harness, filter(with).made(), null, 1_000));
        assertThat(page.cursor()).isNull();
        return ids(page);
    }

    private static ExecutionId add(EngineHarness harness, String job, String payload) {
        return harness.add(job, payload).id();
    }

    @Test
    void findsByEachThing() {
        EngineHarness harness = EngineHarness.of(job("a"), job("b").with(b -> b.retry = RetryPolicy.NEVER));
        ExecutionId first = add(harness, "a", "{\"customer\":{\"id\":42},\"to\":\"ada\"}");
        harness.pass(SECOND);
        Instant later = harness.now.wall();
        ExecutionId second = add(harness, "a", "{\"customer\":{\"id\":421},\"to\":\"Ada\"}");
        ExecutionId third = harness.submit("b", new Submission("[42]", Priority.HIGH, Duration.ZERO, "the-key"))
                .view()
                .id();
        ExecutionId fourth = harness.submit("b", new Submission(null, Priority.LOW, Duration.ofHours(1), null))
                .view()
                .id();
        harness.start("b");
        harness.end(third, new Outcome.Failure("No such Mailbox"));

        assertThat(find(harness, f -> f)).containsExactly(first, second, fourth, third);
        assertThat(find(harness, f -> set(f, () -> f.job = "a"))).containsExactly(first, second);
        assertThat(find(harness, f -> set(f, () -> f.states = Set.of(ExecutionState.WAITING, ExecutionState.FAILED))))
                .containsExactly(fourth, third);
        assertThat(find(harness, f -> set(f, () -> f.key = "the-key"))).containsExactly(third);
        assertThat(find(harness, f -> set(f, () -> f.key = "the"))).isEmpty();
        assertThat(find(harness, f -> set(f, () -> f.error = "such MAIL"))).containsExactly(third);
        assertThat(find(harness, f -> set(f, () -> f.value = "42"))).containsExactly(first, second, third);
        assertThat(find(
                        harness,
                        f -> set(f, () -> {
                            f.at = "/customer/id";
                            f.value = "42";
                        })))
                .containsExactly(first);
        assertThat(find(
                        harness,
                        f -> set(f, () -> {
                            f.at = "/0";
                            f.value = "42";
                        })))
                .containsExactly(third);
        assertThat(find(harness, f -> set(f, () -> f.since = later))).containsExactly(second, fourth, third);
        assertThat(find(harness, f -> set(f, () -> f.until = later))).containsExactly(first);
        assertThat(find(
                        harness,
                        f -> set(f, () -> {
                            f.key = "the-key";
                            f.states = Set.of(ExecutionState.QUEUED);
                        })))
                .isEmpty();
    }

    private static Filter set(Filter filter, Runnable change) {
        change.run();
        return filter;
    }

    @Test
    void findsWhatAnAttemptFailedWithThatIsTriedAgain() {
        EngineHarness harness = EngineHarness.of(
                job("a").with(job -> job.retry = new RetryPolicy(3, RetryPolicy.Backoff.FIXED, SECOND, SECOND, false)));
        ExecutionId id = add(harness, "a", "1");
        harness.start("a");
        harness.end(new Outcome.Failure("not yet"));

        assertThat(harness.get(id).state()).isEqualTo(ExecutionState.WAITING);
        assertThat(find(harness, f -> set(f, () -> f.error = "not yet"))).containsExactly(id);
    }

    @Test
    void saysHowFarItCameAndGoesOnFromThere() {
        EngineHarness harness = EngineHarness.of(job("a"), job("b"));
        Set<ExecutionId> all = new LinkedHashSet<>();
        for (int i = 0; i < 250; i++) {
            all.add(add(harness, i % 2 == 0 ? "a" : "b", "1"));
        }
        Set<ExecutionId> found = new LinkedHashSet<>();
        int looked = 0;
        String cursor = null;
        do {
            FoundPage page = finish(search(harness, ExecutionFilter.ANY, cursor, 7));
            assertThat(page.of()).isEqualTo(250);
            assertThat(page.matched()).isEqualTo(page.executions().size()).isLessThanOrEqualTo(7);
            found.addAll(ids(page));
            looked += page.looked();
            cursor = page.cursor();
        } while (cursor != null);

        assertThat(found).isEqualTo(all);
        assertThat(looked).isEqualTo(250);
    }

    @Test
    void onlyCounts() {
        EngineHarness harness = EngineHarness.of(job("a"));
        for (int i = 0; i < 2_000; i++) {
            add(harness, "a", i % 2 == 0 ? "\"even\"" : "\"odd\"");
        }
        Search search = harness.engine.search(new Command.FindExecutions(
                filter(f -> set(f, () -> f.value = "odd")).made(), true, null, 1, Command.NO_DEADLINE));
        FoundPage page = finish(search);

        assertThat(page).isEqualTo(new FoundPage(List.of(), 1_000, 2_000, 2_000, 0, null));
    }

    /** Each step is a small part of 2 ms, also where there is nothing to find, and where payloads are long. */
    @Test
    void looksAtFewInOneStep() {
        List<JobDefinition> jobs = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            jobs.add(job("job-" + i));
        }
        EngineHarness empty = EngineHarness.of(jobs.toArray(JobDefinition[]::new));
        int steps = 1;
        Search search = search(empty, ExecutionFilter.ANY, null, 10);
        while (search.step()) {
            steps++;
        }
        assertThat(steps).as("2,000 jobs of 11 lists").isGreaterThan(40);

        EngineHarness harness = EngineHarness.of(job("a"));
        String payload = '"' + "x".repeat(40_000) + '"';
        for (int i = 0; i < 20; i++) {
            add(harness, "a", payload);
        }
        search = search(harness, filter(f -> set(f, () -> f.value = "y")).made(), null, 10);
        steps = 1;
        while (search.step()) {
            steps++;
        }
        assertThat(steps).as("two payloads of 40 KB each").isGreaterThanOrEqualTo(10);
        assertThat(search.page().looked()).isEqualTo(20);
    }

    @Test
    void doesNotLookIntoWhatIsTooLong() {
        EngineHarness harness = EngineHarness.of(job("a"));
        add(harness, "a", '"' + "x".repeat(Search.MAX_PAYLOAD) + '"');
        add(harness, "a", "\"x\"");
        FoundPage page =
                finish(search(harness, filter(f -> set(f, () -> f.value = "x")).made(), null, 10));

        assertThat(page.matched()).isEqualTo(1);
        assertThat(page.unread()).isEqualTo(1);
        assertThat(page.looked()).isEqualTo(2);
    }

    @Test
    void asksForPayloadsThatOnlyTheStoreHas() {
        MemoryBudget memory = new MemoryBudget(40_000);
        EngineHarness harness = EngineHarness.of(memory, job("a"));
        for (int i = 0; i < 12; i++) {
            add(harness, "a", "\"" + i + "x".repeat(1_500) + '"');
        }
        Search search =
                search(harness, filter(f -> set(f, () -> f.value = "11x")).made(), null, 10);
        List<ExecutionId> asked = new ArrayList<>();
        boolean more = true;
        while (more) {
            more = search.step();
            ExecutionId wanted = search.wanted();
            if (wanted != null) {
                asked.add(wanted);
                search.take(true, harness.store.texts(wanted).result().payload());
                more = true;
            }
        }

        assertThat(asked).isNotEmpty().doesNotHaveDuplicates();
        assertThat(search.page().matched()).isEqualTo(1);
        assertThat(search.page().looked()).isEqualTo(12);
        assertThat(search.page().unread()).isZero();
    }

    @Test
    void countsWhatCannotBeReadAsUnread() {
        MemoryBudget memory = new MemoryBudget(40_000);
        EngineHarness harness = EngineHarness.of(memory, job("a"));
        for (int i = 0; i < 12; i++) {
            add(harness, "a", "\"" + i + "x".repeat(1_500) + '"');
        }
        Search search = search(harness, filter(f -> set(f, () -> f.value = "x")).made(), null, 100);
        int unread = 0;
        while (search.step() || search.wanted() != null) {
            if (search.wanted() != null) {
                unread++;
                search.take(false, null);
            }
        }
        assertThat(unread).isPositive();
        assertThat(search.page().unread()).isEqualTo(unread);
        assertThat(search.page().matched()).isEqualTo(12 - unread);
    }

    @Test
    void refusesACursorThatIsNone() {
        EngineHarness harness = EngineHarness.of(job("a"), job("b"));
        for (String cursor : List.of("", "x", "1_2_3", "99_0__a", "-1_0__a", "0_!__a", "0_0__b")) {
            Refusal refusal = search(
                            harness, filter(f -> set(f, () -> f.job = "a")).made(), cursor, 10)
                    .refusal();
            assertThat(refusal).as(cursor).isNotNull().extracting(Refusal::code).isEqualTo(422);
        }
        assertThat(search(harness, filter(f -> set(f, () -> f.job = "none")).made(), null, 10)
                        .refusal())
                .isNotNull()
                .extracting(Refusal::type)
                .isEqualTo(Refusal.UNKNOWN_JOB);
        assertThat(search(harness, ExecutionFilter.ANY, "3_0__gone", 10).refusal())
                .isNull();
    }

    /** Whatever begins, ends, is cancelled or retried between two steps: what is there all the time, and still is, is found. */
    @Test
    void missesNothingThatIsThereWhileEverythingMoves() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            EngineHarness harness = EngineHarness.of(job("a"), job("b"), job("c"));
            List<String> jobs = List.of("a", "b", "c");
            List<ExecutionId> before = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Duration delay = random.nextInt(5) == 0 ? SECOND : Duration.ZERO;
                Priority priority = PRIORITIES.get(random.nextInt(4));
                before.add(harness.submit(jobs.get(random.nextInt(3)), new Submission("1", priority, delay, null))
                        .view()
                        .id());
            }
            jobs.forEach(harness::start);
            Set<ExecutionId> found = new HashSet<>();
            String cursor = null;
            do {
                Search search = search(harness, ExecutionFilter.ANY, cursor, 20);
                while (search.step()) {
                    move(harness, random, before);
                }
                found.addAll(ids(search.page()));
                cursor = search.page().cursor();
                move(harness, random, before);
            } while (cursor != null);

            Set<ExecutionId> missed = new TreeSet<>(before);
            missed.removeAll(found);
            assertThat(missed).as("seed %d", seed).isEmpty();
        }
    }

    private static void move(EngineHarness harness, Random random, List<ExecutionId> ids) {
        for (int i = random.nextInt(6); i > 0; i--) {
            switch (random.nextInt(4)) {
                case 0 -> harness.cancel(ids.get(random.nextInt(ids.size())));
                case 1 -> harness.add("b", "2");
                case 2 -> harness.pass(Duration.ofMillis(100));
                default -> {
                    if (!harness.performing.isEmpty()) {
                        harness.end(random.nextBoolean() ? SUCCESS : new Outcome.Failure("no"));
                    }
                }
            }
        }
    }
}
