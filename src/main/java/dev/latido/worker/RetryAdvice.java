package dev.latido.worker;

import io.netty.handler.codec.DateFormatter;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/** What an HTTP status, or a code that is used like one, and {@code Retry-After} say of trying again. */
final class RetryAdvice {

    private static final int MAX_DIGITS = 9;

    /** Stands for a time that nobody waits for: what takes it has a bound of its own. */
    private static final Duration TOO_LONG = Duration.ofSeconds(999_999_999);

    private RetryAdvice() {}

    /**
     * Makes the failure of an attempt that was refused with a status. 4xx says that the request is wrong and will be (RFC
     * 9110, 15.5), other than 408 and 429, which are about the moment. 429 and, with a pause, 503 are about all requests and
     * not this one (RFC 6585, 4; RFC 9110, 15.6.4).
     *
     * @param pause when the other side wants to be asked again; null when it does not say
     */
    static WorkFailedException failure(String why, int status, @Nullable Duration pause) {
        return withoutCode(why, status, pause).withCode(Integer.toString(status));
    }

    private static WorkFailedException withoutCode(String why, int status, @Nullable Duration pause) {
        if (status == 429) {
            return WorkFailedException.throttled(why, pause);
        } else if (status == 503 && pause != null) {
            return WorkFailedException.overloaded(why, pause);
        }
        boolean isFinal = status >= 400 && status < 500 && status != 408;
        if (isFinal) {
            return WorkFailedException.doNotRetry(why);
        }
        return pause == null ? new WorkFailedException(why) : WorkFailedException.retryIn(why, pause);
    }

    /** Makes a failure with a pause in seconds; where that is none, the job's retry policy decides. */
    static WorkFailedException failure(String why, String seconds) {
        Duration pause = seconds(seconds);
        return pause == null ? new WorkFailedException(why) : WorkFailedException.retryIn(why, pause);
    }

    /**
     * Reads {@code Retry-After} (RFC 9110, 10.2.3): seconds, or a date, also in one of the obsolete forms.
     *
     * @param now the wall time; a date before it is no pause
     * @return null where there is none, or it cannot be read
     */
    static @Nullable Duration pause(@Nullable String retryAfter, Instant now) {
        if (retryAfter == null) {
            return null;
        }
        Duration pause = seconds(retryAfter);
        if (pause != null) {
            return pause;
        }
        Date date = DateFormatter.parseHttpDate(retryAfter.strip());
        if (date == null) {
            return null;
        }
        Instant then = date.toInstant();
        return then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO;
    }

    private static @Nullable Duration seconds(String text) {
        String digits = text.strip();
        if (!digits.matches("\\d+")) {
            return null;
        }
        return digits.length() > MAX_DIGITS ? TOO_LONG : Duration.ofSeconds(Long.parseLong(digits));
    }
}
