package dev.latido.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MetricsTest {

    private static final Instant AT = Instant.EPOCH;
    private static final ExecutionId ID = new ExecutionId(1);

    private final AtomicLong nanos = new AtomicLong();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Metrics metrics =
            new Metrics(registry, new MetricsConfig(MetricsConfig.PerJob.FULL, Set.of()), nanos::get);

    @BeforeEach
    void define() {
        metrics.define("j", 3, "b");
    }

    private void assertShows(String... lines) {
        assertThat(registry.scrape().lines()).contains(lines);
    }

    @Test
    void showsAJobThatIsDefinedLate() {
        metrics.on(new Event.JobStarted("late", AT));
        assertThat(seriesOf(registry, "late")).isEmpty();

        metrics.define("late", 2, "b");
        metrics.on(new Event.JobStarted("late", AT));

        assertShows("latido_job_running{job=\"late\"} 1.0", "latido_job_concurrency{job=\"late\"} 2.0");
    }

    @Test
    void showsAJobBeforeAnythingHappened() {
        assertShows(
                "latido_job_running{job=\"j\"} 0.0",
                "latido_job_concurrency{job=\"j\"} 3.0",
                "latido_job_retries_total{job=\"j\"} 0.0",
                "latido_breaker_state{breaker=\"b\",state=\"closed\"} 1.0",
                "latido_breaker_state{breaker=\"b\",state=\"half-open\"} 0.0",
                "latido_service_paused 0.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"succeeded\"} 0.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"failed\"} 0.0",
                "latido_job_ticks_coalesced_total{job=\"j\"} 0.0",
                "latido_job_ticks_missed_total{job=\"j\"} 0.0");
    }

    private static Event.ExecutionQueued queued(Priority priority, int depth) {
        return new Event.ExecutionQueued("j", AT, ID, priority, ExecutionState.QUEUED, depth, 0);
    }

    private static Event.ExecutionEnded ended(ExecutionState state, @Nullable Duration took) {
        return new Event.ExecutionEnded("j", AT, ID, state, Priority.NORMAL, null, 1, 3, took, 0, 0);
    }

    @Test
    void followsTheEvents() {
        metrics.on(new Event.JobStarted("j", AT));
        metrics.on(new Event.ExecutionBegan(
                "j", AT, ID, Priority.NORMAL, 1, Duration.ofMillis(3), Duration.ofMillis(7), null, 0, 1));
        metrics.on(ended(ExecutionState.SUCCEEDED, Duration.ofMillis(20)));
        metrics.on(ended(ExecutionState.FAILED, Duration.ofMillis(30)));
        metrics.on(new Event.TickCoalesced("j", AT));
        metrics.on(new Event.TicksMissed("j", AT, 4));

        assertShows(
                "latido_job_running{job=\"j\"} 1.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"succeeded\"} 1.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"failed\"} 1.0",
                "latido_job_run_seconds_count{job=\"j\"} 2",
                "latido_job_tick_lag_seconds_bucket{job=\"j\",le=\"0.005\"} 1",
                "latido_job_tick_lag_seconds_bucket{job=\"j\",le=\"0.002\"} 0",
                "latido_job_queue_wait_seconds_bucket{job=\"j\",le=\"0.01\"} 1",
                "latido_job_queue_wait_seconds_bucket{job=\"j\",le=\"0.001\"} 0",
                "latido_job_ticks_coalesced_total{job=\"j\"} 1.0",
                "latido_job_ticks_missed_total{job=\"j\"} 4.0");
        metrics.on(new Event.JobStopped("j", AT, 0));
        assertShows("latido_job_running{job=\"j\"} 0.0");
    }

    @Test
    void showsTheLevelsOfEachPriority() {
        metrics.on(queued(Priority.HIGH, 3));
        metrics.on(queued(Priority.LOW, 7));
        assertShows(
                "latido_queue_depth{job=\"j\",priority=\"high\"} 3.0",
                "latido_queue_depth{job=\"j\",priority=\"normal\"} 0.0",
                "latido_queue_depth{job=\"j\",priority=\"low\"} 7.0",
                "latido_job_in_flight{job=\"j\"} 0.0");
        metrics.on(new Event.ExecutionBegan("j", AT, ID, Priority.HIGH, 1, null, Duration.ZERO, null, 2, 1));

        assertShows(
                "latido_queue_depth{job=\"j\",priority=\"high\"} 2.0",
                "latido_job_in_flight{job=\"j\"} 1.0",
                "latido_job_tick_lag_seconds_count{job=\"j\"} 0");
    }

    @Test
    void followsWhatHoldsUpRepeatsAndRedirectsWork() {
        metrics.on(new Event.AttemptFailed("j", AT, ID, 1, 3, "boom", AT, false, Duration.ofMillis(30)));
        metrics.on(new Event.ExecutionBegan(
                "j", AT, ID, Priority.LOW, 2, null, Duration.ZERO, Duration.ofMillis(50), 0, 1));
        metrics.on(new Event.BreakerChanged("j", AT, "b", "open", AT));
        metrics.on(new Event.JobChanged("j", AT, 9, null));
        metrics.on(new Event.ServicePaused(AT));

        assertShows(
                "latido_job_retries_total{job=\"j\"} 1.0",
                "latido_job_run_seconds_count{job=\"j\"} 1",
                "latido_job_limiter_wait_seconds_bucket{job=\"j\",le=\"0.1\"} 1",
                "latido_job_limiter_wait_seconds_bucket{job=\"j\",le=\"0.01\"} 0",
                "latido_breaker_state{breaker=\"b\",state=\"open\"} 1.0",
                "latido_breaker_state{breaker=\"b\",state=\"closed\"} 0.0",
                "latido_job_concurrency{job=\"j\"} 9.0",
                "latido_service_paused 1.0");
        metrics.on(new Event.BreakerChanged("j", AT, "b", "half-open", null));
        metrics.on(new Event.BreakerChanged("j", AT, "unknown", "open", AT));
        metrics.on(new Event.ServiceResumed(AT));
        assertShows(
                "latido_breaker_state{breaker=\"b\",state=\"half-open\"} 1.0",
                "latido_breaker_state{breaker=\"b\",state=\"open\"} 0.0",
                "latido_service_paused 0.0");
    }

    @Test
    void countsWhatIsDroppedOrCancelledWithoutARunTime() {
        metrics.on(ended(ExecutionState.DROPPED, null));
        metrics.on(ended(ExecutionState.CANCELLED, null));

        assertShows(
                "latido_jobs_processed_total{job=\"j\",outcome=\"dropped\"} 1.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"cancelled\"} 1.0",
                "latido_job_run_seconds_count{job=\"j\"} 0");
    }

    private static void everythingHappens(Metrics metrics, String job) {
        metrics.on(new Event.JobStarted(job, AT));
        for (Priority priority : Priority.values()) {
            metrics.on(new Event.ExecutionQueued(job, AT, ID, priority, ExecutionState.QUEUED, 1, 0));
            metrics.on(new Event.ExecutionBegan(
                    job, AT, ID, priority, 1, Duration.ofMillis(3), Duration.ofMillis(7), Duration.ofMillis(9), 0, 1));
        }
        metrics.on(new Event.AttemptFailed(job, AT, ID, 1, 3, "boom", AT, false, Duration.ofMillis(500)));
        for (ExecutionState state : ExecutionState.values()) {
            if (state.isTerminal()) {
                metrics.on(new Event.ExecutionEnded(
                        job, AT, ID, state, Priority.NORMAL, null, 1, 3, Duration.ofMillis(500), 0, 0));
            }
        }
        metrics.on(new Event.TickCoalesced(job, AT));
        metrics.on(new Event.TicksMissed(job, AT, 4));
        metrics.on(new Event.DeadLettersLost(job, AT, 2, 3));
        metrics.on(new Event.JobChanged(job, AT, 9, null));
    }

    private static List<String> seriesOf(PrometheusMeterRegistry registry, String job) {
        return registry.scrape()
                .lines()
                .filter(line -> line.contains("job=\"" + job + "\""))
                .toList();
    }

    /** Of thousands of jobs a hundred series each are more than Prometheus, or this process, can take. */
    @Test
    void aJobHasAtMostTwentySeriesByDefault() {
        PrometheusMeterRegistry basic = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Metrics ofBasic =
                new Metrics(basic, new MetricsConfig(MetricsConfig.PerJob.BASIC, Set.of("chosen")), nanos::get);
        List.of("idle", "busy", "chosen").forEach(job -> ofBasic.define(job, 1, null));
        assertThat(seriesOf(basic, "idle")).hasSize(3);
        everythingHappens(ofBasic, "busy");
        everythingHappens(ofBasic, "chosen");

        assertThat(seriesOf(basic, "idle")).hasSize(3);
        assertThat(seriesOf(basic, "busy"))
                .hasSizeLessThanOrEqualTo(20)
                .contains(
                        "latido_queue_depth{job=\"busy\",priority=\"normal\"} 0.0",
                        "latido_jobs_processed_total{job=\"busy\",outcome=\"failed\"} 1.0",
                        "latido_dead_letters_lost_total{job=\"busy\"} 2.0");
        assertThat(seriesOf(basic, "chosen")).hasSize(84).contains("latido_job_run_seconds_count{job=\"chosen\"} 6");
        assertThat(basic.scrape().lines())
                .contains(
                        "latido_jobs_run_seconds_count 12",
                        "latido_jobs_run_seconds_bucket{le=\"0.1\"} 0",
                        "latido_jobs_tick_lag_seconds_count 8",
                        "latido_jobs_queue_wait_seconds_count 8",
                        "latido_jobs_limiter_wait_seconds_count 8");
    }

    private void inFlight(int now) {
        metrics.on(new Event.ExecutionQueued("j", AT, ID, Priority.LOW, ExecutionState.QUEUED, 0, now));
    }

    /** Else nobody sees a run that hangs, and one of an hour is a spike at its end. */
    @Test
    void countsTheTimeOfRunsThatGoOn() {
        assertShows("latido_job_busy_seconds_total{job=\"j\"} 0.0");
        inFlight(2);
        nanos.addAndGet(3_000_000_000L);
        assertShows("latido_job_busy_seconds_total{job=\"j\"} 6.0");
        inFlight(1);
        nanos.addAndGet(1_500_000_000L);
        assertShows("latido_job_busy_seconds_total{job=\"j\"} 7.5");
        inFlight(0);
        nanos.addAndGet(1_000_000_000L);

        assertShows("latido_job_busy_seconds_total{job=\"j\"} 7.5");
    }

    @Test
    void ignoresJobsThatAreNotDefined() {
        metrics.on(new Event.JobStarted("another", AT));

        assertThat(registry.scrape()).doesNotContain("another");
    }

    @Test
    void countsCommandsBySourceTypeAndResult() {
        metrics.commandAnswered("http", "Start", "ok", 700_000);
        metrics.commandAnswered("http", "Start", "ok", 200_000);
        metrics.commandAnswered("bus", "Stop", "unknown-job", 100);

        assertShows(
                "latido_command_seconds_count{result=\"ok\",source=\"http\",type=\"Start\"} 2",
                "latido_command_seconds_bucket{result=\"ok\",source=\"http\",type=\"Start\",le=\"5.0E-4\"} 1",
                "latido_command_seconds_count{result=\"unknown-job\",source=\"bus\",type=\"Stop\"} 1");
    }

    @Test
    void showsTheInFlightLimit() {
        metrics.watchLane("control", () -> 3, 100, () -> 7, 1000);
        metrics.watchLane("submit", () -> 4, 200, () -> 8, 2000);

        assertShows(
                "latido_commands_in_flight{lane=\"control\"} 3.0",
                "latido_commands_in_flight_limit{lane=\"control\"} 100.0",
                "latido_commands_waiting{lane=\"control\"} 7.0",
                "latido_commands_waiting_limit{lane=\"control\"} 1000.0",
                "latido_commands_in_flight{lane=\"submit\"} 4.0");
    }
}
