package dev.latido.trace;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("fast")
class TraceVariablesTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        OTEL_EXPORTER_OTLP_PROTOCOL        | grpc             | must be http/protobuf, the only one that is spoken here; collectors take it at port 4318, was 'grpc'
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL | http/json        | must be http/protobuf, the only one that is spoken here; collectors take it at port 4318, was 'http/json'
        OTEL_EXPORTER_OTLP_ENDPOINT        | collector:4318   | must be the URL of a collector, such as http://collector:4318, without a query, was 'collector:4318'
        OTEL_EXPORTER_OTLP_ENDPOINT        | ftp://u:p@c/?k=v | must be the URL of a collector, such as http://collector:4318, without a query, was 'ftp://***@c/?***'
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT | http:// x        | must be the URL of a collector, such as http://collector:4318, without a query, was 'http:// x'
        OTEL_TRACES_EXPORTER               | otlp, jaeger     | must be one of otlp, none, was 'otlp, jaeger'
        OTEL_TRACES_SAMPLER                | sometimes        | must be one of parentbased_always_on, parentbased_always_off, parentbased_traceidratio, always_on, always_off, traceidratio, was 'sometimes'
        OTEL_PROPAGATORS                   | b3               | must be one of tracecontext, baggage, none, was 'b3'
        OTEL_EXPORTER_OTLP_COMPRESSION     | zstd             | must be one of gzip, none, was 'zstd'
        OTEL_EXPORTER_OTLP_TIMEOUT         | soon             | must be a time, such as 5000 (in ms) or 5s, was 'soon'
        OTEL_BSP_SCHEDULE_DELAY            | -1               | must be a time, such as 5000 (in ms) or 5s, was '-1'
        OTEL_BSP_MAX_QUEUE_SIZE            | 0                | must be a whole number from 1 to 999999, was '0'
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE     | many             | must be a whole number from 1 to 999999, was 'many'
        OTEL_EXPORTER_OTLP_HEADERS         | secret           | must be name=value, several of them separated by commas
        OTEL_RESOURCE_ATTRIBUTES           | a=b,c            | must be name=value, several of them separated by commas
        """)
    void saysWhatIsAllowed(String variable, String value, String problem) {
        assertThat(TraceVariables.problems(Map.of(variable, value), Map.of()))
                .containsExactly(variable + ": " + problem);
    }

    @Test
    void ratioIsLookedAtWhereItIsRead() {
        Map<String, String> ratio = Map.of("OTEL_TRACES_SAMPLER_ARG", "2");
        assertThat(TraceVariables.problems(ratio, Map.of())).isEmpty();
        assertThat(TraceVariables.problems(ratio, Map.of("otel.traces.sampler", "parentbased_traceidratio")))
                .containsExactly("OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1, was '2'");
    }

    @Test
    void propertiesComeBeforeVariables() {
        assertThat(TraceVariables.problems(
                        Map.of("OTEL_TRACES_EXPORTER", "wrong"), Map.of("otel.traces.exporter", "none")))
                .isEmpty();
        assertThat(TraceVariables.problems(Map.of(), Map.of("otel.traces.exporter", "wrong")))
                .containsExactly("otel.traces.exporter: must be one of otlp, none, was 'wrong'");
    }

    @Test
    void takesWhatIsRightOrNotKnownHere() {
        assertThat(TraceVariables.problems(
                        Map.of(
                                "OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example:4318/base",
                                "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer a%20b, x=y",
                                "OTEL_EXPORTER_OTLP_TIMEOUT", "10s",
                                "OTEL_TRACES_SAMPLER", "",
                                "OTEL_METRICS_EXPORTER", "prometheus",
                                "PATH", "/bin"),
                        Map.of()))
                .isEmpty();
    }

    @Test
    void namesTheVariableInWhatTheSdkSays() {
        ConfigurationException told = new ConfigurationException(
                "Invalid value for property otel.span.link.count.limit=x. Must be a integer.");
        assertThat(TraceVariables.meaning(new ConfigurationException("Unexpected configuration error", told)))
                .hasMessage("the variables of OpenTelemetry are wrong: Invalid value for property"
                        + " OTEL_SPAN_LINK_COUNT_LIMIT=x. Must be a integer.");
    }
}
