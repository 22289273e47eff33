package dev.latido.schedule;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * A cron expression in a time zone: five fields as in Unix (minute, hour, day of month, month, day of week), or six with
 * seconds before them. It follows the wall clock; when that is set back, an occurrence that was run is not repeated.
 */
public final class Cron implements Schedule {

    /** How long at most until the wall clock is looked at again, which is how soon a jump forward is noticed. */
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

    /** How many missed occurrences are counted; more are reported as this many. */
    private static final int MAX_MISSED = 1_000;

    private static final Instant NEVER = Instant.MAX;
    private static final CronDefinition UNIX = CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
    private static final CronDefinition WITH_SECONDS = CronDefinitionBuilder.instanceDefinitionFor(CronType.SPRING53);

    private final String expression;
    private final ZoneId zone;
    private final ExecutionTime times;

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
        this.times = ExecutionTime.forCron(parser.parse(this.expression).validate());
    }

    @Override
    public Timer start(Moment now) {
        return new CronTimer(now);
    }

    @Override
    public boolean missesFrom(Instant from, Instant to) {
        return !after(from).isAfter(to);
    }

    @Override
    public String describe() {
        return "cron " + expression + " " + zone;
    }

    private Instant after(Instant instant) {
        return times.nextExecution(instant.atZone(zone))
                .map(ZonedDateTime::toInstant)
                .filter(next -> next.isAfter(instant)) // or the caller would go round for ever
                .orElse(NEVER);
    }

    private final class CronTimer implements Timer {

        private Instant next;
        private long lookNanos;

        CronTimer(Moment now) {
            next = after(now.wall());
            lookAgain(now);
        }

        @Override
        public long dueNanos() {
            return lookNanos;
        }

        @Override
        public Tick look(Moment now) {
            Instant due = null;
            long seen = 0;
            while (!now.wall().isBefore(next)) {
                due = next;
                seen++;
                next = seen < MAX_MISSED ? after(due) : after(now.wall());
            }
            lookAgain(now);
            return due == null ? Tick.NONE : new Tick(true, Duration.between(due, now.wall()), seen - 1);
        }

        private void lookAgain(Moment now) {
            Duration wait = next.isAfter(now.wall().plus(LOOK_AGAIN)) ? LOOK_AGAIN : Duration.between(now.wall(), next);
            lookNanos = now.nanos() + wait.toNanos();
        }

        @Override
        public Optional<Instant> next(Moment now) {
            return next.equals(NEVER) ? Optional.empty() : Optional.of(next);
        }
    }
}
