package dev.latido.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;

/** A counter that is registered when it first counts: of thousands of jobs most never have most things happen. */
final class LazyCounter {

    private final MeterRegistry registry;
    private final Counter.Builder builder;
    private @Nullable Counter counter;

    LazyCounter(MeterRegistry registry, Counter.Builder builder) {
        this.registry = registry;
        this.builder = builder;
    }

    /** Registers it now. */
    Counter register() {
        Counter registered = counter;
        if (registered == null) {
            registered = builder.register(registry);
            counter = registered;
        }
        return registered;
    }

    void increment(double amount) {
        register().increment(amount);
    }
}
