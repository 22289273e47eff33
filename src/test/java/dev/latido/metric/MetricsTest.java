package dev.latido.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.event.Event;
import dev.latido.job.ExecutionId;
import dev.latido.outcome.Outcome;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {

    private static final Instant AT = Instant.EPOCH;
    private static final ExecutionId ID = new ExecutionId(1);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Metrics metrics = new Metrics(registry, List.of("j"));

    private void assertShows(String... lines) {
        assertThat(registry.scrape().lines()).contains(lines);
    }

    @Test
    void showsAJobBeforeAnythingHappened() {
        assertShows(
                "latido_job_running{job=\"j\"} 0.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"succeeded\"} 0.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"failed\"} 0.0",
                "latido_job_ticks_coalesced_total{job=\"j\"} 0.0",
                "latido_job_ticks_missed_total{job=\"j\"} 0.0");
    }

    @Test
    void followsTheEvents() {
        metrics.on(new Event.JobStarted("j", AT));
        metrics.on(new Event.RunBegan("j", AT, ID, Duration.ofMillis(3)));
        metrics.on(new Event.RunEnded("j", AT, ID, new Outcome.Success(), Duration.ofMillis(20)));
        metrics.on(new Event.RunEnded("j", AT, ID, new Outcome.Failure("x"), Duration.ofMillis(30)));
        metrics.on(new Event.TickCoalesced("j", AT));
        metrics.on(new Event.TicksMissed("j", AT, 4));

        assertShows(
                "latido_job_running{job=\"j\"} 1.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"succeeded\"} 1.0",
                "latido_jobs_processed_total{job=\"j\",outcome=\"failed\"} 1.0",
                "latido_job_run_seconds_count{job=\"j\"} 2",
                "latido_job_tick_lag_seconds_bucket{job=\"j\",le=\"0.005\"} 1",
                "latido_job_tick_lag_seconds_bucket{job=\"j\",le=\"0.002\"} 0",
                "latido_job_ticks_coalesced_total{job=\"j\"} 1.0",
                "latido_job_ticks_missed_total{job=\"j\"} 4.0");
        metrics.on(new Event.JobStopped("j", AT, 0));
        assertShows("latido_job_running{job=\"j\"} 0.0");
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
        metrics.watchCommands(() -> 3, 100, () -> 7, 1000);

        assertShows(
                "latido_commands_in_flight 3.0",
                "latido_commands_in_flight_limit 100.0",
                "latido_commands_waiting 7.0",
                "latido_commands_waiting_limit 1000.0");
    }
}
