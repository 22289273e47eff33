package dev.latido.schedule;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random expressions, in zones whose clocks do odd things, against a second reading of them: both take the same, and are
 * due at the same times. {@code -Dexpressions=200000} is the long run; {@code -Dseed=n} tries one expression again.
 */
class CronReadingTest {

    // Apia left out 30 December 2011; Lord Howe changes by half an hour; Casablanca sets its clocks back for Ramadan,
    // and has
    // no rule for the rest; St. John's changed them at one minute past midnight until 2011.
    private static final List<String> ZONES = List.of(
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Casablanca",
            "America/St_Johns",
            "Asia/Kathmandu",
            "Europe/Berlin");

    private static final int EXPRESSIONS = Integer.getInteger("expressions", 3_000);
    private static final int OCCURRENCES = 3;

    private final Map<ZoneId, NaiveClock> clocks = new LinkedHashMap<>();

    private int neverDue;
    private int refused;
    private long compared;

    CronReadingTest() {
        ZONES.forEach(zone -> clocks.put(ZoneId.of(zone), new NaiveClock(ZoneId.of(zone))));
    }

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void agreesWithASecondReading() {
        Long rerun = Long.getLong("seed");
        long first = rerun == null ? System.nanoTime() : rerun;
        long expressions = rerun == null ? EXPRESSIONS : 1;
        for (long seed = first; seed != first + expressions; seed++) {
            Random random = new Random(seed);
            boolean isSlip = random.nextInt(10) == 0;
            RandomCron cron = new RandomCron(random);
            String expression = isSlip ? cron.slip() : cron.next();
            try {
                compare(expression, isSlip, random);
            } catch (RuntimeException | AssertionError failure) {
                throw new AssertionError("'" + expression + "'; run it again with -Dseed=" + seed, failure);
            }
        }
        System.out.printf(
                "%,d expressions from seed %d: %,d occurrences agree; %,d are never due, %,d with a slip are refused%n",
                expressions, first, compared, neverDue, refused);
    }

    private void compare(String expression, boolean mayBeWrong, Random random) {
        NaiveCron naive = read(expression);
        if (naive == null && !mayBeWrong) {
            throw new AssertionError("the second reading does not know it");
        }
        Instant start = Instant.parse("2008-01-01T00:00:00Z")
                .plusSeconds(random.nextInt(22 * 365 * 86_400))
                .plusNanos(random.nextBoolean() ? 0 : random.nextInt(1_000_000_000));
        boolean isDue = naive != null && naive.hasDays();
        for (Map.Entry<ZoneId, NaiveClock> clock : clocks.entrySet()) {
            Cron cron;
            try {
                cron = new Cron(expression, clock.getKey());
            } catch (IllegalArgumentException refusal) {
                boolean isNeverDue = String.valueOf(refusal.getMessage()).startsWith("it is never due");
                if (isDue || isNeverDue != (naive != null)) {
                    throw refusal;
                }
                refused += isNeverDue ? 0 : 1;
                neverDue += isNeverDue ? 1 : 0;
                return;
            }
            if (naive == null || !isDue) {
                throw new AssertionError("is taken, though the second reading says it is wrong or never due");
            }
            compare(cron, naive, clock.getValue(), near(start, clock.getValue(), random));
        }
    }

    private static @Nullable NaiveCron read(String expression) {
        try {
            return new NaiveCron(expression);
        } catch (IllegalArgumentException wrong) {
            return null;
        }
    }

    /** Every other time close to a change of the clocks in the year of {@code start}, if there is one. */
    private static Instant near(Instant start, NaiveClock clock, Random random) {
        List<Instant> changes = clock.changes(start.atZone(ZoneOffset.UTC).getYear());
        if (changes.isEmpty() || random.nextBoolean()) {
            return start;
        }
        Duration around = Duration.ofHours(random.nextBoolean() ? 36 : 2);
        return changes.get(random.nextInt(changes.size()))
                .minus(around)
                .plusSeconds(random.nextInt((int) around.toSeconds() * 2))
                .plusNanos(random.nextBoolean() ? 0 : random.nextInt(1_000_000_000));
    }

    private void compare(Cron cron, NaiveCron naive, NaiveClock clock, Instant start) {
        Instant instant = start;
        for (int i = 0; i < OCCURRENCES; i++) {
            Moment now = new Moment(instant, 0);
            Optional<Instant> next = cron.start(now).next(now);
            Instant expected = clock.next(naive, instant);
            boolean isBeyondTape = expected == null
                    && next.isPresent()
                    && next.get().atZone(ZoneOffset.UTC).getYear() >= NaiveClock.LAST_YEAR - 1;
            if (!isBeyondTape && !next.equals(Optional.ofNullable(expected))) {
                throw new AssertionError(cron.describe() + " after " + instant + " is due at " + next
                        + ", and should be at " + expected);
            }
            if (expected == null) {
                return;
            }
            compared++;
            instant = expected;
        }
    }
}
