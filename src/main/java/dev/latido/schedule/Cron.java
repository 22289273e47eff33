package dev.latido.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.field.CronFieldName;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression in a time zone: five fields as in Unix (minute, hour, day of month, month, day of week), or six with
 * seconds before them. It follows the wall clock; when that is set back, an occurrence that was run is not repeated.
 *
 * <p>Where the zone's clocks change, it keeps the rules of Vixie's cron (cron(8), "Daylight Saving Time"), which make the
 * most of both kinds of expressions:
 *
 * <ul>
 *   <li>With {@code *} as its hour (or a step of 1), an expression is about elapsed time: it goes on in its step, and
 *       neither loses nor doubles anything.
 *   <li>With other hours it is about times of the day. What would be due in the time that is left out is due once, when
 *       the clocks have changed. What is due in the time that comes twice is due the first time only.
 * </ul>
 */
public final class Cron implements Schedule {

    /** How long at most until the wall clock is looked at again, which is how soon a jump forward is noticed. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** After this, when a tick is on its way, the occurrence after it is looked for: that may take a millisecond. */
    private static final Duration SOON = Duration.ofMillis(1);

    /** How many missed occurrences are counted; more are reported as this many. */
    private static final int MAX_MISSED = 1_000;

    private static final Instant NEVER = Instant.MAX;

    /** What expressions count in. */
    private static final Duration STEP = Duration.ofSeconds(1);

    private static final CronDefinition UNIX = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
    private static final CronDefinition WITH_SECONDS = CronDefinitionBuilder.instanceDefinitionFor(CronType.SPRING53);

    /** How many changes of the clocks one search looks across: far more than the leap years that an expression may skip. */
    private static final int MAX_TRANSITIONS = 200;

    private final String expression;
    private final ZoneId zone;
    private final ExecutionTime times;
    private final boolean isAboutElapsedTime;

    /**
     * Reads an expression.
     *
     * @throws IllegalArgumentException with what is wrong with it
     */
    public Cron(String expression, ZoneId zone) {
        this.expression = expression.strip();
        this.zone = zone;
        int fields = this.expression.split("\\s+", -1).length;
        if (fields != 5 && fields != 6) {
            throw new IllegalArgumentException("a cron expression has 5 fields, or 6 with seconds");
        }
        CronParser parser = new CronParser(fields == 5 ? UNIX : WITH_SECONDS);
        com.cronutils.model.Cron cron = parser.parse(this.expression).validate();
        this.times = ExecutionTime.forCron(cron);
        String hours = cron.retrieve(CronFieldName.HOUR).getExpression().asString();
        this.isAboutElapsedTime = hours.equals("*") || hours.equals("*/1");
    }

    @Override
    public Timer start(Moment now) {
        return new CronTimer(now.wall(), now);
    }

    @Override
    public Timer resume(Instant ticked, Moment now) {
        return new CronTimer(ticked.isAfter(now.wall()) ? ticked : now.wall(), now);
    }

    @Override
    public Gap gap(Instant ticked, Instant now) {
        long missed = 0;
        Instant latest = ticked;
        for (Instant next = after(ticked); !next.isAfter(now) && missed < MAX_MISSED; next = after(next)) {
            missed++;
            latest = next;
        }
        return new Gap(missed, missed < MAX_MISSED ? latest : now);
    }

    @Override
    public boolean missesFrom(Instant from, Instant to) {
        return !after(from).isAfter(to);
    }

    @Override
    public String describe() {
        return "cron " + expression + " " + zone;
    }

    /** Returns the first occurrence after {@code instant}. Looks from one change of the clocks to the next. */
    private Instant after(Instant instant) {
        ZoneRules rules = zone.getRules();
        Instant from = instant;
        for (int i = 0; i < MAX_TRANSITIONS; i++) {
            Instant next = after(from, rules.getOffset(from));
            ZoneOffsetTransition change = rules.nextTransition(from);
            if (next.equals(NEVER)) {
                return NEVER;
            } else if (change == null || next.isBefore(change.getInstant())) {
                Instant repeatedUntil = repeatedUntil(next);
                if (repeatedUntil == null) {
                    return next;
                }
                from = repeatedUntil.minus(STEP);
            } else if (isDueAt(change, next)) {
                return change.getInstant();
            } else {
                from = change.getInstant();
            }
        }
        return NEVER;
    }

    /** Returns the first occurrence after {@code instant} on a clock that never changes. */
    private Instant after(Instant instant, ZoneOffset offset) {
        // From the second on, or the library keeps the fraction of it in what comes every second.
        return times.nextExecution(instant.truncatedTo(ChronoUnit.SECONDS).atZone(offset))
                .map(ZonedDateTime::toInstant)
                .orElse(NEVER);
    }

    /**
     * Tells whether something is due when the clocks change.
     *
     * @param next the next occurrence if they did not
     */
    private boolean isDueAt(ZoneOffsetTransition change, Instant next) {
        Instant at = change.getInstant();
        boolean isLeftOut = change.isGap() && next.isBefore(at.plus(change.getDuration()));
        if (isLeftOut && !isAboutElapsedTime) {
            return true;
        }
        return after(at.minus(STEP), change.getOffsetAfter()).equals(at) && repeatedUntil(at) == null;
    }

    /** Returns the end of the time that comes for the second time at {@code instant} and counts once; null when it does not. */
    private @Nullable Instant repeatedUntil(Instant instant) {
        if (isAboutElapsedTime) {
            return null;
        }
        ZoneRules rules = zone.getRules();
        LocalDateTime local = LocalDateTime.ofInstant(instant, zone);
        ZoneOffsetTransition change = rules.getTransition(local);
        boolean isSecondTime =
                change != null && change.isOverlap() && rules.getOffset(instant).equals(change.getOffsetAfter());
        return isSecondTime ? change.getInstant().plus(change.getDuration().abs()) : null;
    }

    private final class CronTimer implements Timer {

        /** The latest occurrence that was seen, or where it began. */
        private Instant last;

        /** The occurrence after {@link #last}; null until it is looked for. */
        private @Nullable Instant next;

        private long lookNanos;

        CronTimer(Instant last, Moment now) {
            this.last = last;
            lookAgain(next(), now);
        }

        @Override
        public long dueNanos() {
            return lookNanos;
        }

        @Override
        public Tick look(Moment now) {
            Instant coming = next();
            if (now.wall().isBefore(coming)) {
                lookAgain(coming, now);
                return Tick.NONE;
            }
            last = coming;
            next = null;
            long missed = 0;
            if (now.wall().isBefore(last.plus(STEP))) { // there cannot be another
                lookNanos = now.nanos() + SOON.toNanos();
            } else {
                for (coming = next(); !now.wall().isBefore(coming); coming = next()) {
                    last = coming;
                    missed++;
                    next = missed < MAX_MISSED - 1 ? null : after(now.wall());
                }
                lookAgain(coming, now);
            }
            return new Tick(true, Duration.between(last, now.wall()), missed);
        }

        private Instant next() {
            Instant known = next;
            if (known == null) {
                known = after(last);
                next = known;
            }
            return known;
        }

        private void lookAgain(Instant coming, Moment now) {
            lookNanos = coming.isAfter(now.wall().plus(LOOK_AGAIN))
                    ? now.nanos() + LOOK_AGAIN.toNanos()
                    : now.nanosAt(coming);
        }

        @Override
        public Optional<Instant> next(Moment now) {
            Instant coming = next();
            return coming.equals(NEVER) ? Optional.empty() : Optional.of(coming);
        }
    }
}
