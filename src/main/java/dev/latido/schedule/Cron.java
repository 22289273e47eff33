package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression in a time zone: five fields as in Unix (minute, hour, day of month, month, day of week), six with
 * seconds before them, or a nickname such as {@code @daily}. It follows the wall clock; when that is set back, an occurrence
 * that was run is not repeated. docs/policies.md says what the fields may be.
 *
 * <p>As in Vixie's cron (crontab(5)), a day is due that the day of month or the day of week names, unless one of the two
 * begins with {@code *}: then both have to name it. {@code ?} leaves one of them out.
 *
 * <p>Where the zone's clocks change, it keeps the rules of Vixie's cron (cron(8), "Daylight Saving Time"), which make the
 * most of both kinds of expressions:
 *
 * <ul>
 *   <li>When its hours begin with {@code *}, an expression is about elapsed time: it is due whenever the clocks show one of
 *       its times. That is both times in the time that comes twice, and not at all in the time that is left out. So
 *       {@code *} keeps its step, and neither loses nor doubles anything; a pause of {@code *}{@code /2} may be an hour
 *       shorter or longer.
 *   <li>With other hours, {@code 0/2} and {@code 0-23/1} among them, it is about times of the day. What would be due in the
 *       time that is left out is due once, when the clocks have changed. What is due in the time that comes twice is due the
 *       first time only, so the second time is a hole.
 * </ul>
 */
public final class Cron implements Schedule {

    /** How long at most until the wall clock is looked at again, which is how soon a jump forward is noticed. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** After this, when a tick is on its way, the occurrence after it is looked for, so that the work does not wait for that. */
    private static final Duration SOON = Duration.ofMillis(1);

    /** How many missed occurrences are counted; more are reported as this many. */
    private static final int MAX_MISSED = 1_000;

    /**
     * A wall clock that is set back by more than this was wrong before, and what is right now counts at once; else what was
     * run is not repeated (cron(8)).
     */
    private static final Duration CORRECTION = Duration.ofHours(3);

    private static final Instant NEVER = Instant.MAX;

    /** What expressions count in. */
    private static final Duration STEP = Duration.ofSeconds(1);

    /** After so many years the calendar repeats, weekdays included: what is not due by then never is. */
    private static final int CYCLE_YEARS = 400;

    /** From here on zones have no history any more, only rules that repeat. */
    private static final Instant FAR = Instant.parse("2400-01-01T00:00:00Z");

    private final String expression;
    private final ZoneId zone;
    private final CronExpression due;

    /**
     * Reads an expression.
     *
     * @param expression at most 1,000 characters
     * @throws IllegalArgumentException with what is wrong with it, also when it is never due
     */
    public Cron(String expression, ZoneId zone) {
        this.expression = expression.strip();
        this.zone = zone;
        this.due = CronParser.parse(this.expression);
        if (after(FAR).equals(NEVER)) {
            throw new IllegalArgumentException("it is never due: no such time ever comes");
        }
    }

    @Override
    public Timer start(Moment now) {
        return new CronTimer(now.wall(), now);
    }

    @Override
    public Timer resume(Instant ticked, Moment now) {
        boolean wasSetBack = ticked.isAfter(now.wall()) && !wasWrong(ticked, now.wall());
        return new CronTimer(wasSetBack ? ticked : now.wall(), now);
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
    public boolean wasWrong(Instant ticked, Instant now) {
        return Duration.between(now, ticked).compareTo(CORRECTION) > 0;
    }

    @Override
    public Gap beforeStart(@Nullable Instant from, Instant now) {
        return from == null ? new Gap(0, now) : gap(from, now);
    }

    @Override
    public Optional<Instant> dueAfter(Instant instant) {
        Instant next = after(instant);
        return next.equals(NEVER) ? Optional.empty() : Optional.of(next);
    }

    /** {@inheritDoc} Looks back further and further, so that it takes few looks however often and however seldom it is due. */
    @Override
    public Optional<Instant> lastDue(Instant from, Instant to) {
        for (Duration back = STEP.multipliedBy(60); ; back = back.multipliedBy(60)) {
            Instant begin = to.minus(back).isAfter(from) ? to.minus(back) : from;
            Instant last = null;
            for (Instant next = after(begin); !next.isAfter(to); next = after(next)) {
                last = next;
            }
            if (last != null || begin.equals(from)) {
                return Optional.ofNullable(last);
            }
        }
    }

    @Override
    public String describe() {
        return "cron " + expression + " " + zone;
    }

    @Override
    public Optional<String> warning() {
        return Optional.ofNullable(due.warning());
    }

    /** Returns the first occurrence after {@code instant}; {@link #NEVER} when there is none. */
    private Instant after(Instant instant) {
        LocalDateTime from = LocalDateTime.ofInstant(instant, zone);
        int lastYear = from.getYear() + CYCLE_YEARS;
        ZoneOffsetTransition overlap = zone.getRules().getTransition(from);
        boolean comesAgain = overlap != null && instant.isBefore(overlap.getInstant());
        Instant next = after(from, instant, lastYear);
        if (!comesAgain || !due.isAboutElapsedTime() || next.isBefore(overlap.getInstant())) {
            return next;
        }
        LocalDateTime again = overlap.getDateTimeAfter().minus(STEP);
        return after(again, overlap.getInstant(), lastYear);
    }

    /**
     * Returns the first occurrence at a local time after {@code from}.
     *
     * @param since of a local time that comes twice, the first time counts only after this
     */
    private Instant after(LocalDateTime from, Instant since, int lastYear) {
        ZoneRules rules = zone.getRules();
        LocalDateTime seen = from;
        for (LocalDateTime next = due.after(seen, lastYear); next != null; next = due.after(seen, lastYear)) {
            ZoneOffsetTransition change = rules.getTransition(next);
            if (change == null) {
                return next.toInstant(rules.getOffset(next));
            }
            if (change.isGap()) {
                if (!due.isAboutElapsedTime()) {
                    return change.getInstant();
                }
                seen = change.getDateTimeAfter().minus(STEP);
            } else {
                Instant first = next.toInstant(change.getOffsetBefore());
                if (first.isAfter(since)) {
                    return first;
                } else if (due.isAboutElapsedTime()) {
                    return next.toInstant(change.getOffsetAfter());
                }
                seen = change.getDateTimeBefore().minus(STEP);
            }
        }
        return NEVER;
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
            if (wasWrong(last, now.wall())) {
                Duration setBack = Duration.between(now.wall(), last);
                last = now.wall();
                next = null;
                lookAgain(next(), now);
                return Tick.corrected(setBack);
            }
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
            return Tick.due(Duration.between(last, now.wall()), missed);
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
