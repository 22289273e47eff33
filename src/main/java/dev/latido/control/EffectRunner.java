package dev.latido.control;

import dev.latido.command.Addresses;
import dev.latido.event.Event;
import dev.latido.event.EventListener;
import dev.latido.event.EventWire;
import dev.latido.job.Attempt;
import dev.latido.outcome.Outcome;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Acts: performs the effects that {@link JobControl} decided, and feeds what comes of them back as inputs. */
final class EffectRunner {

    private static final Logger LOG = LoggerFactory.getLogger(EffectRunner.class);

    private final EventBus bus;
    private final Map<String, Worker> workers;
    private final List<EventListener> listeners;
    private final Consumer<Input> feedBack;
    private long eventSeq;

    EffectRunner(EventBus bus, Map<String, Worker> workers, List<EventListener> listeners, Consumer<Input> feedBack) {
        this.bus = bus;
        this.workers = Map.copyOf(workers);
        this.listeners = List.copyOf(listeners);
        this.feedBack = feedBack;
    }

    void run(List<Effect> effects) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Answer answer) {
                answer.caller().answer(answer.reply());
            } else if (effect instanceof Effect.Perform perform) {
                perform(perform);
            } else if (effect instanceof Effect.Announce announce) {
                announce(announce.event());
            }
        }
    }

    private void perform(Effect.Perform perform) {
        Attempt attempt = perform.attempt();
        attempt(perform).onComplete(done -> {
            Outcome outcome = done.succeeded() ? new Outcome.Success() : failure(attempt, done.cause());
            feedBack.accept(new Input.AttemptEnded(attempt, outcome));
        });
    }

    private Future<Void> attempt(Effect.Perform perform) {
        Worker worker = workers.get(perform.worker());
        if (worker == null) {
            return Future.failedFuture("there is no worker '" + perform.worker() + "'");
        }
        try {
            return worker.perform(perform.attempt());
        } catch (RuntimeException thrown) {
            return Future.failedFuture(thrown);
        }
    }

    private static Outcome failure(Attempt attempt, Throwable cause) {
        LOG.warn("{}: execution {} failed", attempt.job(), attempt.execution(), cause);
        return new Outcome.Failure(String.valueOf(cause.getMessage()));
    }

    private void announce(Event event) {
        for (EventListener listener : listeners) {
            try {
                listener.on(event);
            } catch (RuntimeException thrown) {
                LOG.error("an observer failed on {}; the owner goes on", event.type(), thrown);
            }
        }
        bus.publish(Addresses.EVENTS, EventWire.encode(++eventSeq, event));
    }
}
