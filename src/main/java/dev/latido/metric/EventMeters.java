package dev.latido.metric;

import dev.latido.event.Event;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What each kind of event does to the meters; nothing where a method is empty. Jobs that are not defined have no meters. */
final class EventMeters implements Event.Handler {

    private final Map<String, JobMeters> jobs = new ConcurrentHashMap<>();
    private final Map<String, BreakerMeter> breakers = new ConcurrentHashMap<>();
    private final MeterRegistry registry;
    private final MetricsConfig config;
    private final LongSupplier nanos;
    private final Histograms ofAll;
    private final AtomicInteger paused = new AtomicInteger();

    /** Registers the meters that are of no job; see {@link Metrics}. */
    EventMeters(MeterRegistry registry, MetricsConfig config, LongSupplier nanos) {
        this.registry = registry;
        this.config = config;
        this.nanos = nanos;
        this.ofAll = Histograms.ofAll(registry);
        Gauge.builder("latido.service.paused", paused, AtomicInteger::get)
                .description("1 while everything is paused, else 0")
                .register(registry);
    }

    /** Registers the meters of a job; see {@link Metrics#define}. */
    void define(String job, int concurrency, @Nullable String breaker) {
        jobs.put(job, new JobMeters(registry, job, concurrency, ofAll, nanos, config.isFull(job)));
        if (breaker != null) {
            breakers.computeIfAbsent(breaker, name -> new BreakerMeter(registry, name));
        }
    }

    @Override
    public void jobStarted(Event.JobStarted event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.running = 1;
        }
    }

    @Override
    public void jobStopped(Event.JobStopped event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.running = 0;
        }
    }

    @Override
    public void jobRecovered(Event.JobRecovered event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            event.queued().forEach((priority, queued) -> job.levels(priority, queued, event.inFlight()));
        }
    }

    @Override
    public void jobClosed(Event.JobClosed event) {}

    @Override
    public void tickCoalesced(Event.TickCoalesced event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.tickCoalesced();
        }
    }

    @Override
    public void ticksMissed(Event.TicksMissed event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.ticksMissed(event.count());
        }
    }

    @Override
    public void deadLettersLost(Event.DeadLettersLost event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.deadLettersLost(event.count());
        }
    }

    @Override
    public void executionQueued(Event.ExecutionQueued event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.levels(event.priority(), event.depth(), event.inFlight());
        }
    }

    @Override
    public void executionBegan(Event.ExecutionBegan event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.began(event);
        }
    }

    @Override
    public void executionProgressed(Event.ExecutionProgressed event) {}

    @Override
    public void executionEnded(Event.ExecutionEnded event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.ended(event);
        }
    }

    @Override
    public void storeLost(Event.StoreLost event) {}

    @Override
    public void storeBack(Event.StoreBack event) {}

    @Override
    public void attemptFailed(Event.AttemptFailed event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.attemptFailed(event);
        }
    }

    @Override
    public void breakerChanged(Event.BreakerChanged event) {
        BreakerMeter breaker = jobs.containsKey(event.job()) ? breakers.get(event.breaker()) : null;
        if (breaker != null) {
            breaker.state = event.state();
        }
    }

    @Override
    public void jobChanged(Event.JobChanged event) {
        JobMeters job = jobs.get(event.job());
        if (job != null) {
            job.concurrency = event.concurrency();
        }
    }

    @Override
    public void servicePaused(Event.ServicePaused event) {
        paused.set(1);
    }

    @Override
    public void serviceResumed(Event.ServiceResumed event) {
        paused.set(0);
    }

    @Override
    public void lateOutcome(Event.LateOutcome event) {}

    @Override
    public void workerChanged(Event.WorkerChanged event) {}

    @Override
    public void queueLost(Event.QueueLost event) {}

    @Override
    public void queueNoticed(Event.QueueNoticed event) {}

    @Override
    public void queueBack(Event.QueueBack event) {}

    @Override
    public void messageRefused(Event.MessageRefused event) {}

    /** A series for each state, so that they can be added up over breakers. */
    private static final class BreakerMeter {
        private static final List<String> STATES = List.of("closed", "open", "half-open");

        private volatile String state = STATES.get(0);

        BreakerMeter(MeterRegistry registry, String breaker) {
            for (String each : STATES) {
                Gauge.builder("latido.breaker.state", () -> state.equals(each) ? 1 : 0)
                        .description("1 for the state that the circuit breaker is in, else 0")
                        .tag("breaker", breaker)
                        .tag("state", each)
                        .register(registry);
            }
        }
    }
}
