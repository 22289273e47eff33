package dev.latido.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.JobDefinition;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names in the file are what is written there, whatever else YAML takes them for; numbers are numbers where one is wanted. */
@Tag("fast")
class WrittenNamesTest {

    private static Config load(String yaml) throws InvalidConfigException {
        return ConfigReader.read(SettingsFile.parse("test.yaml", yaml), Map.of(), Map.of(), null);
    }

    private static List<String> problems(String yaml) {
        try {
            return List.of("no problem but " + load(yaml));
        } catch (InvalidConfigException invalid) {
            return invalid.problems();
        }
    }

    private static List<String> names(Config config) {
        return config.jobs().stream().map(job -> job.definition().name()).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no",
                "yes",
                "on",
                "off",
                "true",
                "false",
                "y",
                "0123",
                "1.50",
                "1e3",
                "8",
                "0x1f",
                "0b11",
                "1_000",
                "1.0",
                "2026-11-21",
                "6.02e23",
                "007",
                "0",
                "1__0",
                "9223372036854775808"
            })
    void jobBreakerAndNextHaveTheNameThatIsWritten(String name) throws InvalidConfigException {
        Config config = load("""
                breakers:
                  x.%1$s: {}
                jobs:
                  first: {next: [%1$s], breaker: {enabled: true, shared: x.%1$s}}
                  %1$s: {}
                defaultJob: %1$s
                """.formatted(name));
        assertThat(names(config)).containsExactly("first", name);
        assertThat(config.defaultJob()).isEqualTo(name);
        JobDefinition first = config.jobs().get(0).definition();
        assertThat(first.next()).containsExactly(name);
        assertThat(Objects.requireNonNull(first.breaker()).name()).isEqualTo("x." + name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "0123", "1.50", "1e3"})
    void sharedBreakerHasTheNameThatIsWritten(String name) throws InvalidConfigException {
        Config config = load("""
                breakers:
                  %1$s: {}
                jobs:
                  a: {breaker: {enabled: true, shared: %1$s}}
                  b: {next: a, breaker: {enabled: true, shared: "%1$s"}}
                """.formatted(name));
        assertThat(config.jobs())
                .allSatisfy(job -> assertThat(
                                Objects.requireNonNull(job.definition().breaker())
                                        .name())
                        .isEqualTo(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"12:30", "NO", "1e+3", "-1", ".5", "190:20:30", "2001-12-14t21:59:43.10-05:00"})
    void refusesByItsRuleWhatIsWritten(String name) throws InvalidConfigException {
        assertThat(problems("jobs:\n  a: {}\n  " + name + ": {}\n"))
                .singleElement()
                .asString()
                .startsWith("jobs." + name + ": a job's name must be ")
                .endsWith("(line 3)");
    }

    @Test
    void twoNamesThatYamlTakesForOneAreTwoJobs() throws InvalidConfigException {
        assertThat(names(load("jobs:\n  no: {}\n  \"false\": {}\n  8: {}\n  010: {}\n  8.0: {}\n")))
                .containsExactly("no", "false", "8", "010", "8.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8", "no", "a", "12:30"})
    void refusesTheSameNameTwiceAndNamesBothLines(String name) throws InvalidConfigException {
        assertThat(problems("jobs:\n  %1$s: {}\n  b: {}\n  \"%1$s\": {}\n".formatted(name)))
                .singleElement()
                .asString()
                .contains("'" + name + "' is given twice, in line 2 and in line 4");
    }

    @ParameterizedTest
    @CsvSource({"null:, null", "~:, ~", "Null: {}, Null"})
    void refusesANameThatYamlTakesForNone(String line, String written) throws InvalidConfigException {
        assertThat(problems("jobs:\n  a: {}\n  " + line + "\n"))
                .singleElement()
                .asString()
                .startsWith("test.yaml: cannot be read: ")
                .contains("'" + written + "' is not a name", "in quotes", "line 3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"? [a, b]\n  : {}", "!!int 8: {}", "!!binary aGk=: {}", "? {a: b}\n  : {}"})
    void refusesANameThatIsNoText(String entry) throws InvalidConfigException {
        assertThat(problems("jobs:\n  " + entry + "\n"))
                .singleElement()
                .asString()
                .contains("a name must be a text", "line 2");
    }

    @Test
    void namesInQuotesMayBeNull() throws InvalidConfigException {
        assertThat(names(load("jobs: {\"null\": {}}\n"))).containsExactly("null");
    }

    @ParameterizedTest
    @CsvSource({
        "5, 5",
        "+5, 5",
        "\"7\", 7",
        "1_000, 1000",
        "0x10, 16",
        "0X1f, 31",
    })
    void numbersAreNumbersWhereOneIsWanted(String written, int number) throws InvalidConfigException {
        assertThat(load("jobs: {a: {concurrency: " + written + "}}")
                        .jobs()
                        .get(0)
                        .definition()
                        .concurrency())
                .isEqualTo(number);
    }

    @ParameterizedTest
    @CsvSource({
        "010, 'write 10, or 8 if it is meant as octal, was ''010'''",
        "-010, 'write -10, or -8 if it is meant as octal, was ''-010'''",
        "007, 'write 7, was ''007'''",
        "09, 'write 9, was ''09'''",
        "00, 'write 0, was ''00'''",
        "1:30, must be a whole number from 1 to ",
        "1e3, must be a whole number from 1 to ",
        "5.0, must be a whole number from 1 to ",
        "_5, must be a whole number from 1 to ",
        "0b11, must be a whole number from 1 to ",
        "'', must be a whole number from 1 to ",
    })
    void refusesNumbersThatMayBeAnotherOne(String written, String told) throws InvalidConfigException {
        assertThat(problems("jobs:\n  a:\n    concurrency: '" + written + "'\n"))
                .singleElement()
                .asString()
                .startsWith("jobs.a.concurrency: ")
                .contains(told)
                .endsWith("(line 3)");
        assertThat(problems("jobs: {a: {queue: {maxBytes: " + written + "}}}\n").get(0))
                .satisfiesAnyOf(
                        problem -> assertThat(problem).contains("jobs.a.queue.maxBytes: "),
                        problem -> assertThat(written).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"yes, true", "No, false", "TRUE, true", "off, false", "On, true", "true, true", "\"false\", false"})
    void flagsTakeYamlsWords(String written, boolean value) throws InvalidConfigException {
        assertThat(load("http: {metricsNeedKey: " + written + "}").http().metricsNeedKey())
                .isEqualTo(value);
    }

    @Test
    void nothingIsNoValue() throws InvalidConfigException {
        Config config = load("http:\njobs:\n  a: {concurrency: ~, next: , worker: null, breaker:}\n");
        assertThat(config.jobs().get(0).definition().concurrency()).isEqualTo(1);
        assertThat(config.jobs().get(0).definition().next()).isEmpty();
    }

    @Test
    void anchorsAndMergedSettingsGoOnWorking() throws InvalidConfigException {
        Config config = load("""
                jobs:
                  a: &base {concurrency: 3, timeout: 7s}
                  b: {<<: *base, concurrency: 4}
                  c: *base
                """);
        assertThat(config.jobs())
                .extracting(job -> job.definition().concurrency())
                .containsExactly(3, 4, 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http: &a {port: *a}", "http: {allowedHosts: &a [*a]}", "jobs: &a {x: {next: *a}}"})
    void refusesWhatHoldsItself(String yaml) throws InvalidConfigException {
        assertThat(problems(yaml)).singleElement().asString().contains("holds itself", "line 1");
    }

    @Test
    void saysInWhichLineWhatIsWrongStands() throws InvalidConfigException {
        assertThat(problems("""
                http:
                  port: many
                  prot: 1
                jobs:
                  a:
                    worker: {type: htp}
                    next: [b]
                """))
                .satisfiesExactlyInAnyOrder(
                        problem -> assertThat(problem).startsWith("http.port: ").endsWith("(line 2)"),
                        problem -> assertThat(problem).startsWith("http.prot: ").endsWith("(line 3)"),
                        problem -> assertThat(problem)
                                .startsWith("jobs.a.worker.type: ")
                                .endsWith("(line 6)"),
                        problem -> assertThat(problem)
                                .startsWith("jobs.a.next: there is no job 'b'")
                                .endsWith("(line 7)"));
    }
}
