package dev.latido.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What counts as the output that a page shows, and what does not. */
@Tag("fast")
class TranscriptTest {

    private final Transcript transcript = new Transcript();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Job 'a' started.                  | Job 'a' started.",
                "{\"a\":1, …                       | {\"a\":1,\"b\":[2]}",
                "… done                            | many\u2028words done",
                "at 2026-11-21T09:38:34.502Z.      | at 2027-01-01T00:00:00.001Z.",
                "at 2026-11-23T06:00:00Z           | at 2027-01-01T06:00:00Z",
                "latido-20261121T142543.041Z.db    | latido-20270101T000000.001Z.db",
                "17:36:23.687Z  began              | 00:00:00.001Z  began",
                "id: mwqhgsfc-5                    | id: mx3k0sq1-5",
                "\"id\":\"1m7zjwg470000\"          | \"id\":\"1m8prqebc0001\"",
                "{\"bytes\":5,\"n\":5}             | {\"bytes\":123,\"n\":5}",
                "waitedMillis=1  inFlight=1        | waitedMillis=0  inFlight=1"
            })
    void matches(String written, String printed) {
        assertThat(transcript.matches(written, printed)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Job 'a' started.                  | Job 'a' started. And more.",
                "Job 'a' started.                  | Well: Job 'a' started.",
                "{\"a\":1, …                       | {\"a\":2,\"b\":[2]}",
                "a.c                               | abc",
                "at 2026-11-21T09:38:34.502Z.      | at 2027-01-01 00:00:00.001Z.",
                "at 2026-11-21T09:38:34.502Z.      | at null.",
                "id: mwqhgsfc-5                    | id: mx3k0sq1-6",
                "\"id\":\"1m7zjwg470000\"          | \"id\":\"1\"",
                "{\"bytes\":5,\"n\":5}             | {\"bytes\":5,\"n\":6}",
                "1m7zjwg470000 1m7zjwg470000       | 1m8prqebc0001 1m8prqebc0002"
            })
    void doesNotMatch(String written, String printed) {
        assertThat(transcript.matches(written, printed)).isFalse();
    }

    @Test
    void aValueIsTheSameWhereverItIsWritten() {
        assertThat(transcript.unknown("1m7zjwg470000 at 17:36:23.687Z: 12 …"))
                .containsExactly("1m7zjwg470000", "17:36:23.687Z");
        assertThat(transcript.matches("created 1m7zjwg470000", "created 1m8prqebc0001"))
                .isTrue();
        assertThat(transcript.unknown("1m7zjwg470000")).isEmpty();
        assertThat(transcript.command("get 1m7zjwg470000 or 1m7zjwg470002"))
                .isEqualTo("get 1m8prqebc0001 or 1m7zjwg470002");
        assertThat(transcript.matches("1m7zjwg470000 ended", "1m8prqebc0002 ended"))
                .isFalse();
        assertThat(transcript.matches("1m7zjwg470000 ended", "1m8prqebc0001 ended"))
                .isTrue();
    }

    @Test
    void nothingIsKnownOfWhatDidNotMatch() {
        assertThat(transcript.matches("1m7zjwg470000 ended", "1m8prqebc0001 failed"))
                .isFalse();
        assertThat(transcript.matches("1m7zjwg470000 ended", "1m8prqebc0002 ended"))
                .isTrue();
    }

    @Test
    void aPortStandsForAnotherOneWhereItStandsByItself() {
        transcript.put("8080", "40123");
        assertThat(transcript.command("curl http://127.0.0.1:8080/a/18080"))
                .isEqualTo("curl http://127.0.0.1:40123/a/18080");
        assertThat(transcript.matches("no connection to 127.0.0.1:8080.", "no connection to 127.0.0.1:40123."))
                .isTrue();
    }

    @Test
    void whatDoesNotEndBeginsAsItIsWritten() {
        assertThat(transcript.begins("retry: 1000\n…", "retry: 1000\n\nid: 5")).isTrue();
        assertThat(transcript.begins("retry: 1000\nid", "retry: 1000\n\nid: 5")).isFalse();
        assertThat(transcript.begins("retry", "a retry")).isFalse();
    }

    @Test
    void readsCommandsOfSeveralLinesAndTheirOutput() {
        Console console = Console.read(
                Path.of("a.md"),
                7,
                List.of("$ curl a \\", "    -d b", "{", "  1", "}", "", "$ alias c=d", "", "$ c", "e"));
        assertThat(console.firstCommand()).isEqualTo("curl a \\\n    -d b");
        assertThat(console.steps())
                .containsExactly(
                        new Console.Step("curl a \\\n    -d b", "{\n  1\n}"),
                        new Console.Step("alias c=d", ""),
                        new Console.Step("c", "e"));
        assertThatThrownBy(() -> Console.read(Path.of("a.md"), 7, List.of("curl a")))
                .hasMessage("a.md:7: output of no command");
    }
}
