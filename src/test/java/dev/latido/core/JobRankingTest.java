package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Outcome;
import dev.latido.job.Priority;
import dev.latido.protocol.Command;
import dev.latido.protocol.JobFilter;
import dev.latido.protocol.JobGroup;
import dev.latido.protocol.JobOrder;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobView;
import dev.latido.protocol.Submission;
import dev.latido.room.FullMode;
import dev.latido.room.QueueConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages of jobs in any order, and groups of jobs. */
@Tag("fast")
class JobRankingTest {

    private static final Outcome FAILURE = new Outcome.Failure("no");

    private static JobDefinition small(String name, int capacity) {
        return JobDefinition.named(name).withQueue(new QueueConfig(capacity, FullMode.REJECT, Map.of(), 0));
    }

    private static JobPage page(
            EngineHarness harness,
            JobFilter filter,
            JobOrder.Sort sort,
            int page,
            int limit,
            @Nullable Set<JobGroup> groups) {
        JobOrder order = new JobOrder(sort, page, groups);
        return (JobPage) harness.send(new Command.ListJobs(null, limit, filter, order, Command.NO_DEADLINE));
    }

    private static List<String> names(JobPage page) {
        return page.jobs().stream().map(JobView::name).toList();
    }

    /** Makes jobs that differ in depth and failures, many of them even in one or the other. */
    private static EngineHarness manyJobs(int count) {
        List<JobDefinition> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(JobDefinition.named("job-" + i));
        }
        EngineHarness harness = EngineHarness.of(jobs.toArray(JobDefinition[]::new));
        harness.take(new Input.ServiceBegan());
        Random random = new Random(7);
        for (JobDefinition job : jobs) {
            if (random.nextBoolean()) {
                harness.start(job.name());
            } else {
                harness.stop(job.name());
            }
            harness.pass(Duration.ofMillis(random.nextInt(3)));
            for (int i = random.nextInt(4); i > 0; i--) {
                harness.add(job.name(), "1");
            }
            for (int i = random.nextInt(3); i > 0 && !harness.performing.isEmpty(); i--) {
                harness.end(FAILURE);
            }
        }
        return harness;
    }

    private static int depth(JobView job) {
        return job.queue().delayed()
                + job.queue().queued().values().stream().mapToInt(each -> each).sum();
    }

    private static Comparator<JobView> comparator(JobOrder.Sort sort) {
        Comparator<JobView> byName = Comparator.comparing(JobView::name);
        return switch (sort) {
            case NAME -> byName;
            case DEPTH ->
                Comparator.comparingInt(JobRankingTest::depth).reversed().thenComparing(byName);
            case AGE ->
                Comparator.comparing((JobView job) ->
                                Objects.requireNonNullElse(job.queue().oldestQueuedAt(), Instant.MAX))
                        .thenComparing(byName);
            case FAILURES ->
                Comparator.comparingInt(JobView::deadLetters).reversed().thenComparing(byName);
        };
    }

    @ParameterizedTest
    @EnumSource
    void pagesAreThoseOfAllJobsSorted(JobOrder.Sort sort) {
        EngineHarness harness = manyJobs(103);
        for (JobFilter filter : List.of(JobFilter.ALL, new JobFilter("1", JobFilter.Only.RUNNING))) {
            List<String> sorted = page(harness, filter, JobOrder.Sort.NAME, 1, 1_000, null).jobs().stream()
                    .sorted(comparator(sort))
                    .map(JobView::name)
                    .toList();
            for (int limit : List.of(1, 10, 50)) {
                for (int page = 1; page <= sorted.size() / limit + 2; page++) {
                    int from = Math.min(sorted.size(), (page - 1) * limit);
                    JobPage found = page(harness, filter, sort, page, limit, null);
                    assertThat(names(found)).isEqualTo(sorted.subList(from, Math.min(sorted.size(), from + limit)));
                    assertThat(found.total()).isEqualTo(sorted.size());
                    assertThat(found.cursor()).isNull();
                    assertThat(found.groups()).isNull();
                }
            }
        }
    }

    @Test
    void thePageThatIsFarthestAwayIsEmpty() {
        assertThat(page(manyJobs(3), JobFilter.ALL, JobOrder.Sort.DEPTH, JobOrder.MAX_PAGE, 1_000, null)
                        .jobs())
                .isEmpty();
    }

    private static EngineHarness oneJobOfEachGroup() {
        EngineHarness harness = EngineHarness.of(
                JobDefinition.named("draining"),
                JobDefinition.named("failed"),
                small("full", 2),
                JobDefinition.named("idle"),
                JobDefinition.named("stopped"),
                JobDefinition.named("waiting"),
                JobDefinition.named("working"));
        harness.take(new Input.ServiceBegan());
        for (String job : List.of("draining", "failed", "idle", "waiting", "working")) {
            harness.start(job);
        }
        harness.stop("full");
        harness.stop("stopped");
        harness.add("failed", "1");
        harness.end(FAILURE);
        harness.add("draining", "1");
        harness.stop("draining");
        harness.add("working", "1");
        harness.add("full", "1");
        harness.add("full", "1");
        harness.submit("waiting", new Submission("1", Priority.NORMAL, Duration.ofHours(1), null));
        return harness;
    }

    @Test
    void groupsFollowEachOtherAndAJobIsInTheFirstThatFits() {
        EngineHarness harness = oneJobOfEachGroup();
        JobPage all = page(harness, JobFilter.ALL, JobOrder.Sort.DEPTH, 1, 100, EnumSet.allOf(JobGroup.class));

        assertThat(names(all)).containsExactly("full", "failed", "draining", "working", "waiting", "idle", "stopped");
        assertThat(all.groups())
                .isEqualTo(Map.of(
                        JobGroup.DEGRADED, 1,
                        JobGroup.FAILED, 1,
                        JobGroup.WORKING, 2,
                        JobGroup.WAITING, 1,
                        JobGroup.IDLE, 1,
                        JobGroup.STOPPED, 1));
    }

    @Test
    void groupsThatAreNotListedAreCounted() {
        EngineHarness harness = oneJobOfEachGroup();
        Set<JobGroup> some = EnumSet.of(JobGroup.STOPPED, JobGroup.WORKING);
        JobPage page = page(harness, JobFilter.ALL, JobOrder.Sort.NAME, 2, 2, some);

        assertThat(names(page)).containsExactly("stopped");
        assertThat(page.total()).isEqualTo(3);
        assertThat(page.groups()).containsEntry(JobGroup.IDLE, 1).containsEntry(JobGroup.STOPPED, 1);
        JobPage none = page(harness, new JobFilter("ing", JobFilter.Only.ANY), JobOrder.Sort.NAME, 1, 2, Set.of());
        assertThat(none.jobs()).isEmpty();
        assertThat(none.total()).isZero();
        assertThat(none.groups()).containsEntry(JobGroup.WORKING, 2).containsEntry(JobGroup.IDLE, 0);
    }
}
