package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.http.LogRecorder;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class CronWarningTest {

    @Test
    void warnsOnceAtStartOfEachJobWhoseExpressionMayNotMeanWhatItsAuthorExpects() {
        JsonObject jobs = new JsonObject()
                .put("nightly", new JsonObject().put("cron", "0 0 3 * * MON-FRI"))
                .put("friday", new JsonObject().put("cron", "0 0 0 13 * 5").put("autoStart", true))
                .put("quartz", new JsonObject().put("cron", "0 0 12 ? * 2-6"))
                .put("often", new JsonObject().put("every", "1h"))
                .put("import", new JsonObject());
        try (LogRecorder log = new LogRecorder()) {
            Services.start(new JsonObject().put("jobs", jobs)).stop();

            assertThat(log.lines().stream().filter(line -> line.startsWith("WARN dev.latido.Service: ")))
                    .satisfiesExactlyInAnyOrder(
                            line -> assertThat(line)
                                    .contains(": friday, cron 0 0 0 13 * 5 UTC: it is due on days that"),
                            line -> assertThat(line)
                                    .contains(": quartz, cron 0 0 12 ? * 2-6 UTC: its day of week (2-6)"));
        }
    }
}
