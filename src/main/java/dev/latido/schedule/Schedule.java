package dev.latido.schedule;

import dev.latido.job.Moment;
import dev.latido.setting.Section;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** When a job is due. Immutable; a started job has a {@link Timer} of its own. */
public sealed interface Schedule permits Interval, Cron, Once {

    /**
     * What happens to ticks that passed unnoticed: those before the newest one that is due, when the process stood still,
     * and those of a stopped job, when it is started again.
     */
    enum Misfire {
        /** They are counted and not made up for. */
        SKIP,
        /**
         * They count as one more tick, which comes right before the tick that is due, or at the start. Like any tick it is
         * coalesced while the run of an earlier one is still going.
         */
        ONCE,
        /** Each makes an execution, up to a number that the job names; these wait for one another. */
        ALL
    }

    /**
     * Reads when a job is due from its section.
     *
     * @param usual what holds when nothing else is said; null for never
     * @return null for a job without a timer
     */
    static @Nullable Schedule read(Section section, @Nullable Interval usual) {
        String cron = section.optional("cron");
        String at = section.optional("at");
        boolean hasEvery = section.has("every");
        ZoneId zone = zone(section);
        boolean isUsual = usual != null && cron.isEmpty() && at.isEmpty();
        Duration absent = usual != null && isUsual ? usual.every() : Duration.ZERO; // which is none
        Duration every = section.duration("every", absent, Interval.MIN, Interval.MAX);
        if (!at.isEmpty()) {
            if (hasEvery || !cron.isEmpty()) {
                section.problem("at", "a job has only one of 'every', 'cron' and 'at'");
            }
            return once(section, at);
        }
        if (cron.isEmpty()) {
            return hasEvery && !every.isZero() ? new Interval(every) : usual;
        }
        if (hasEvery) {
            section.problem("cron", "a job has only one of 'every', 'cron' and 'at'");
        }
        try {
            return new Cron(cron, zone);
        } catch (IllegalArgumentException e) {
            section.problem("cron", "is not a cron expression: " + e.getMessage());
            return null;
        }
    }

    private static @Nullable Schedule once(Section section, String at) {
        try {
            return new Once(Instant.parse(at));
        } catch (DateTimeParseException e) {
            section.problem("at", "must be a UTC time such as 2026-01-31T12:00:00Z, was " + Section.shown(at));
            return null;
        }
    }

    private static ZoneId zone(Section section) {
        String zone = section.string("zone", "UTC");
        try {
            return ZoneId.of(zone);
        } catch (DateTimeException e) {
            section.problem("zone", "must be a time zone such as UTC or Europe/Madrid, was " + Section.shown(zone));
            return ZoneOffset.UTC;
        }
    }

    /** Returns the timer of a job that is started {@code now}. */
    Timer start(Moment now);

    /**
     * Looks at the time before a job is started, for ticks that its start does not make up.
     *
     * @param from when it was stopped, or since when this schedule is in force; null when it never ran
     */
    Gap beforeStart(@Nullable Instant from, Instant now);

    /**
     * Returns the timer of a job that goes on after a restart of the process, in step with its ticks before. What was due
     * meanwhile is not due any more; {@link #gap} counts it.
     *
     * @param ticked when the latest tick before was due
     */
    Timer resume(Instant ticked, Moment now);

    /** Tells whether the clock was wrong when the latest tick was due, and is right {@code now}. */
    default boolean wasWrong(Instant ticked, Instant now) {
        return false;
    }

    /** Looks at the time from {@code ticked}, when the latest tick was due, to {@code now}. */
    Gap gap(Instant ticked, Instant now);

    /**
     * A time without ticks.
     *
     * @param missed how many ticks were due in it; a great many count as 1,000
     * @param latest when the latest of them was due; the beginning when there was none
     */
    record Gap(long missed, Instant latest) {}

    /**
     * Returns the first time after {@code instant} at which it is due for everybody, whoever asks and whenever it was started;
     * empty when there is none. That of an interval is a multiple of it since the epoch.
     */
    Optional<Instant> dueAfter(Instant instant);

    /** Returns when the tick after the one at {@code tick} is due; empty when there is none. */
    default Optional<Instant> following(Instant tick) {
        return dueAfter(tick);
    }

    /** Returns the last such time after {@code from} and not after {@code to}; empty when there is none. */
    Optional<Instant> lastDue(Instant from, Instant to);

    /**
     * Returns the timer of a job whose ticks are the same in all processes that have it. Of those that are due at once, the last
     * is its tick.
     *
     * @param from ticks after this are due
     */
    default Timer shared(Instant from, Moment now) {
        return new SharedTimer(this, from, now);
    }

    /** Returns this schedule in one line, for people and {@link #described}. Different schedules have different lines. */
    String describe();

    /** Reads what {@link #describe} wrote, perhaps of a version before; null when it says nothing, or nothing that is known. */
    static @Nullable Schedule described(String text) {
        int first = text.indexOf(' ');
        int last = text.lastIndexOf(' ');
        try {
            return switch (text.substring(0, Math.max(0, first))) {
                case "cron" -> new Cron(text.substring(first, last), ZoneId.of(text.substring(last + 1)));
                case "every" -> new Interval(Duration.ofMillis(Long.parseLong(text.substring(first + 1, last))));
                case "once" -> new Once(Instant.parse(text.substring(last + 1)));
                default -> null;
            };
        } catch (RuntimeException unknown) {
            return null;
        }
    }

    /** Returns a sentence about what it does that its author may not expect, to be told once when the service starts. */
    default Optional<String> warning() {
        return Optional.empty();
    }
}
