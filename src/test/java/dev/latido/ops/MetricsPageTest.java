package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.latido.document.Page;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The table in {@code docs/metrics.md} has every metric of ours, and no other. */
class MetricsPageTest {

    /** Of these a service without a broker, ticks that were missed, and histograms by job has none. */
    private static final List<String> NOT_HERE = List.of(
            "latido_broker_",
            "latido_traces_",
            "latido_job_ticks_",
            "latido_job_queue_wait_seconds",
            "latido_job_run_seconds",
            "latido_job_tick_lag_seconds",
            "latido_job_limiter_wait_seconds",
            "latido_idempotency_keys_forgotten_total");

    @Test
    void hasEveryMetric() throws Exception {
        Set<String> documented = new TreeSet<>();
        for (List<String> row : Page.of("docs/metrics.md").table("| metric | labels |")) {
            documented.addAll(Page.code(row.get(0)));
        }
        try (BusyService service = new BusyService()) {
            Set<String> exported = new TreeSet<>(); // some are only there while something waits, which may be short
            await().untilAsserted(() -> {
                service.makeTraffic();
                for (String name : service.metrics()) {
                    if (name.startsWith("latido_")) {
                        exported.add(name.replaceFirst("_(bucket|count|sum|max)$", ""));
                    }
                }
                assertThat(documented).containsAll(exported);
                assertThat(documented.stream().filter(name -> NOT_HERE.stream().noneMatch(name::startsWith)))
                        .isSubsetOf(exported);
            });
        }
    }
}
