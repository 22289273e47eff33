package dev.latido.simulation;

import dev.latido.core.JobDefinition;
import dev.latido.event.Event;
import dev.latido.job.Attempt;
import dev.latido.policy.RateConfig;
import dev.latido.schedule.Interval;
import dev.latido.store.StoredJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has to hold of jobs with policies: rates, breakers, limits by key, and ticks that are missed. As in {@link Rules}, it
 * is said from outside. A rate and a breaker begin anew in each process, so that only what the owner of now does is looked at.
 */
final class PolicyRules {

    /** So long after the wall clock jumped no event is about a moment before that. */
    private static final Duration BLIND = Duration.ofSeconds(60);

    /** More ticks are not counted that a job missed while nobody was there. */
    private static final long MOST_COUNTED = 1_000;

    private final Rules rules;
    private final VirtualTime time;
    private final Map<String, JobDefinition> jobs = new HashMap<>();
    private final Map<String, ArrayDeque<Start>> starts = new HashMap<>();
    private final Map<String, String> breakers = new HashMap<>();
    private final Map<String, Missed> missed = new HashMap<>();
    private final Map<String, Downtime> downtimes = new HashMap<>();
    private long blindUntil;

    /** An execution that began, by the wall clock. */
    private record Start(Attempt attempt, Instant at) {}

    /** Ticks of a job that were missed, and how many were made in the same moment. */
    private static final class Missed {
        private final Instant at;
        private final long count;
        private int made;
        private boolean isLastCoalesced;

        Missed(Instant at, long count) {
            this.at = at;
            this.count = count;
        }
    }

    /** A job ran as its process died; which tick was the last that is stored, and when it went on, as soon as that is told. */
    private static final class Downtime {
        private final Instant ticked;
        private @Nullable Instant went;

        Downtime(Instant ticked) {
            this.ticked = ticked;
        }
    }

    PolicyRules(Rules rules, VirtualTime time) {
        this.rules = rules;
        this.time = time;
    }

    /** Another process begins, with these jobs. */
    void begins(List<JobDefinition> definitions) {
        jobs.clear();
        starts.clear();
        breakers.clear();
        missed.clear();
        downtimes.clear();
        for (JobDefinition job : definitions) {
            jobs.put(job.name(), job);
            StoredJob stored = rules.disk.job(job.name());
            if (hasFixedInterval(job)
                    && stored != null
                    && stored.isRunning()
                    && !stored.isClosed()
                    && stored.tickedMillis() > 0
                    && interval(job).describe().equals(stored.schedule())) {
                downtimes.put(job.name(), new Downtime(Instant.ofEpochMilli(stored.tickedMillis())));
            }
        }
    }

    /** Others have another interval in each life. */
    private static boolean hasFixedInterval(JobDefinition job) {
        return job.name().equals(World.CLOCK);
    }

    private static Interval interval(JobDefinition job) {
        if (job.trigger().schedule() instanceof Interval interval) {
            return interval;
        }
        throw new IllegalArgumentException(job.name() + " has no interval");
    }

    /** The wall clock was set to another time: what is told of before cannot be compared with what comes. */
    void jumped() {
        blindUntil = time.nanos() + BLIND.toNanos();
        starts.clear();
    }

    /** An attempt did not reach its worker: it was none. */
    void unreached(Attempt attempt) {
        ArrayDeque<Start> begun = starts.get(attempt.job());
        if (begun != null) {
            begun.removeIf(start -> start.attempt.equals(attempt));
        }
    }

    /** The owner of now tells of something. */
    void told(Event event, boolean isTickMade) {
        JobDefinition job = jobs.get(event.job());
        if (job == null) {
            return;
        }
        if (event instanceof Event.ExecutionBegan began) {
            began(job, began);
        } else if (event instanceof Event.BreakerChanged changed) {
            breakers.put(changed.job(), changed.state());
        }
        if (hasFixedInterval(job)) {
            ticked(job, event, isTickMade);
        }
    }

    private void began(JobDefinition job, Event.ExecutionBegan began) {
        rules.check(!"open".equals(breakers.get(job.name())), "an open breaker lets nothing through", began.toString());
        RateConfig rate = job.throttle().rate();
        if (rate == null || time.nanos() - blindUntil < 0) {
            return;
        }
        ArrayDeque<Start> begun = starts.computeIfAbsent(job.name(), absent -> new ArrayDeque<>());
        begun.add(new Start(new Attempt(began.execution(), job.name(), began.attempt()), began.at()));
        Instant since = began.at().minus(rate.per());
        while (!begun.element().at.isAfter(since)) {
            begun.remove();
        }
        rules.check(
                begun.size() <= rate.permits(),
                "no more starts in any window than the rate",
                job.name() + " has " + begun.size() + " of " + rate.permits() + " in " + rate.per());
        rules.count(begun.size() == rate.permits() ? "rate reached" : "rate not reached");
    }

    /** Compares how many attempts with the key of a new one are under way, itself included, with how many may be. */
    void called(Attempt attempt, @Nullable String payload, List<@Nullable String> others) {
        JobDefinition job = jobs.get(attempt.job());
        String key = keyIn(payload);
        if (job == null || job.throttle().concurrencyByKey() == 0 || key == null) {
            return;
        }
        int most = job.throttle().concurrencyByKey();
        long now = others.stream().filter(other -> key.equals(keyIn(other))).count();
        rules.check(now <= most, "no more at once of a key than its limit", key + " has " + now + " of " + most);
        rules.count(now == most ? "limit of a key reached" : "limit of a key not reached");
    }

    /** Returns the key in a payload that is an array with it in the second place; null when there is none. */
    private static @Nullable String keyIn(@Nullable String payload) {
        return payload == null || !payload.startsWith("[") ? null : payload.substring(payload.indexOf(',') + 1);
    }

    // Ticks

    private void ticked(JobDefinition job, Event event, boolean isTickMade) {
        Missed since = missed.get(job.name());
        if (since != null && !event.at().equals(since.at)) {
            missed.remove(job.name());
            madeUp(job, since);
        } else if (since != null && isTickMade) {
            since.made++;
            since.isLastCoalesced = event instanceof Event.TickCoalesced;
        }
        Downtime downtime = downtimes.get(job.name());
        if (downtime != null && downtime.went != null && !event.at().equals(downtime.went)) {
            downtimes.remove(job.name());
            long passed = Duration.between(downtime.ticked, downtime.went).toNanos();
            rules.check(
                    passed
                            < interval(job).every().toNanos()
                                    + Duration.ofMillis(1).toNanos(),
                    "what was missed over downtime is noticed",
                    job.name() + " had its last tick at " + downtime.ticked + " and went on at " + downtime.went);
        } else if (downtime != null && event instanceof Event.JobStarted && downtime.went == null) {
            downtime.went = event.at();
        }
        if (event instanceof Event.TicksMissed ticks) {
            rules.count("misfire " + job.trigger().misfire());
            missed.put(job.name(), new Missed(ticks.at(), ticks.count()));
            if (downtime != null && ticks.at().equals(downtime.went)) {
                downtimes.remove(job.name());
                noticed(job, downtime.ticked, ticks);
            }
        }
    }

    private void noticed(JobDefinition job, Instant ticked, Event.TicksMissed ticks) {
        rules.count("downtime missed ticks");
        long passed = Duration.between(ticked, ticks.at()).toNanos();
        long due = Math.min(MOST_COUNTED, passed / interval(job).every().toNanos());
        rules.check(
                Math.abs(due - ticks.count()) <= 1,
                "as many ticks are missed as were due",
                ticks.count() + " and not " + due + " since " + ticked + " at " + ticks.at());
    }

    /**
     * Of the ticks that were missed as many are made up for as the job wants. There may be one more that was not missed, and the
     * next when that is due within the same millisecond, which comes to nothing as long as the one before is open.
     */
    private void madeUp(JobDefinition job, Missed ticks) {
        long wanted = switch (job.trigger().misfire()) {
            case SKIP -> 0;
            case ONCE -> 1;
            case ALL -> Math.min(ticks.count, job.trigger().maxMissed());
        };
        rules.check(
                ticks.made == wanted || ticks.made == wanted + 1 || (ticks.made == wanted + 2 && ticks.isLastCoalesced),
                "ticks that are missed are made up for as the job wants",
                job.name() + " made " + ticks.made + " for " + ticks.count + " missed, "
                        + job.trigger().misfire());
    }
}
