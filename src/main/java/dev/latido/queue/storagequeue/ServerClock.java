package dev.latido.queue.storagequeue;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clock of the service, as far as its answers tell it, which is to the second. Until then it is this process's own. A request
 * whose time is off by a quarter of an hour is refused, and nobody here can set the clock right. On the broker's loop.
 */
final class ServerClock {

    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Within the second that is not told, and the time that an answer takes, both clocks are the same. */
    private static final long TOLERANCE_MILLIS = 2_000;

    /** As in RFC 9110, 5.6.7: days with two digits. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final LongSupplier nanos;
    private long offsetMillis;

    ServerClock(LongSupplier nanos, LongSupplier wallMillis) {
        this.nanos = nanos;
        offsetMillis = wallMillis.getAsLong() - nanos.getAsLong() / NANOS_PER_MILLI;
    }

    /** Returns what it shows, in milliseconds since 1970. */
    long millis() {
        return nanos.getAsLong() / NANOS_PER_MILLI + offsetMillis;
    }

    /** Returns the same as a header field. */
    String date() {
        return FORMAT.format(Instant.ofEpochMilli(millis()));
    }

    /** The service told its time; true when that was not known. */
    boolean told(@Nullable String date) {
        long told = millisOf(date);
        if (told == 0) {
            return false;
        }
        long middle = told + 500;
        if (Math.abs(middle - millis()) <= TOLERANCE_MILLIS) {
            return false;
        }
        offsetMillis = middle - nanos.getAsLong() / NANOS_PER_MILLI;
        return true;
    }

    /** Reads a time as header fields have it; 0 when it is none. */
    static long millisOf(@Nullable String date) {
        if (date == null) {
            return 0;
        }
        try {
            return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .truncatedTo(ChronoUnit.SECONDS)
                    .toInstant()
                    .toEpochMilli();
        } catch (DateTimeException e) {
            return 0;
        }
    }
}
