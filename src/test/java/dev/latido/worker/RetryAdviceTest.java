package dev.latido.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class RetryAdviceTest {

    private static final Instant NOW = Instant.parse("2026-10-21T07:28:00Z");

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "1, 1",
        "' 120 ', 120",
        "0007, 7",
        "999999999, 999999999",
        "1000000000, 999999999",
        "99999999999999999999999999, 999999999"
    })
    void readsSecondsHoweverMany(String text, long seconds) {
        assertThat(RetryAdvice.pause(text, NOW)).isEqualTo(Duration.ofSeconds(seconds));
    }

    /** RFC 9110, 5.6.7: the form that is in use, and the two obsolete ones that one has to understand. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Wed, 21 Oct 2026 07:29:30 GMT",
                "Wednesday, 21-Oct-26 07:29:30 GMT",
                "Wed Oct 21 07:29:30 2026",
                " Wed, 21 Oct 2026 07:29:30 GMT "
            })
    void readsADateInEveryForm(String date) {
        assertThat(RetryAdvice.pause(date, NOW)).isEqualTo(Duration.ofSeconds(90));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:27:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"
            })
    void aDateThatIsPastMeansNow(String date) {
        assertThat(RetryAdvice.pause(date, NOW)).isZero();
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "-1",
                "+5",
                "1.5",
                "5s",
                "soon",
                "1e3",
                "0x10",
                "\u0661",
                "2026-10-21T07:29:30Z",
                "Wed, 21 Oct",
                "Wed, 99 Oct 2026 07:29:30 GMT",
                "12:00:00"
            })
    void whatCannotBeReadIsAsGoodAsNone(@Nullable String text) {
        assertThat(RetryAdvice.pause(text, NOW)).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "400, true",
        "401, true",
        "404, true",
        "407, true",
        "409, true",
        "422, true",
        "425, true",
        "430, true",
        "499, true",
        "408, false",
        "429, false",
        "399, false",
        "500, false",
        "503, false",
        "599, false",
        "17, false",
        "-1, false"
    })
    void aRequestThatIsWrongIsNotTriedAgain(int status, boolean isFinal) {
        WorkFailedException failure = RetryAdvice.failure("no", status, Duration.ofSeconds(5));
        assertThat(failure).hasMessage("no");
        assertThat(failure.isFinal()).isEqualTo(isFinal);
        assertThat(failure.retryAfter()).isEqualTo(isFinal ? null : Duration.ofSeconds(5));
        assertThat(RetryAdvice.failure("no", status, null).retryAfter()).isNull();
    }

    @Test
    void secondsThatCannotBeReadLeaveThePauseToThePolicy() {
        for (String text : new String[] {"", "soon", "-1", "Wed, 21 Oct 2026 07:29:30 GMT"}) {
            WorkFailedException failure = RetryAdvice.failure("no", text);
            assertThat(failure.isFinal()).isFalse();
            assertThat(failure.retryAfter()).isNull();
        }
        assertThat(RetryAdvice.failure("no", "7").retryAfter()).isEqualTo(Duration.ofSeconds(7));
    }

    @Test
    void aFailureSaysWhatItsWorkerKnowsAndCarriesNoStackTrace() {
        WorkFailedException plain = new WorkFailedException("a");
        assertThat(plain.isFinal()).isFalse();
        assertThat(plain.retryAfter()).isNull();
        WorkFailedException last = WorkFailedException.doNotRetry("b");
        assertThat(last.isFinal()).isTrue();
        assertThat(last.retryAfter()).isNull();
        WorkFailedException later = WorkFailedException.retryIn("c", Duration.ofMillis(5));
        assertThat(later.isFinal()).isFalse();
        assertThat(later.retryAfter()).isEqualTo(Duration.ofMillis(5));
        assertThat(later).hasMessage("c");
        assertThat(later.getStackTrace()).isEmpty();
    }
}
