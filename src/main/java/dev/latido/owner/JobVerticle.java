package dev.latido.owner;

import dev.latido.core.JobEngine;
import dev.latido.event.EventListener;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.loop.VertxLoop;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.CommandObserver;
import dev.latido.queue.Broker;
import dev.latido.store.Store;
import dev.latido.store.StoreConfig;
import dev.latido.trace.Tracing;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Owner} on Vert.x: the only code that changes job state, deployed once per service. It consumes {@code latido.control}
 * and {@code latido.submit}, and keeps the one timer that all ticks come from.
 */
public final class JobVerticle extends VerticleBase {

    private final JobEngine engine;
    private final Store store;
    private final StoreConfig storeConfig;
    private final Map<String, JobWorkers> workers;
    private final Map<String, Broker> brokers;
    private final List<EventListener> listeners;
    private final Observer observer;
    private final TimeSource time;
    private volatile @Nullable Deployed deployed;

    private record Deployed(Owner owner, EventLoop loop, AlarmClock alarm) {}

    /**
     * Who watches the owner and the bus.
     *
     * @param busCommands told of every command that came as JSON, from an application on the bus
     * @param owner told of commits, and when the process has to end
     * @param tracing makes traces of submissions; null for nobody
     */
    public record Observer(
            CommandObserver busCommands,
            Owner.Observer owner,
            @Nullable Tracing tracing) {}

    /**
     * Makes the verticle.
     *
     * @param store where it keeps what outlives the process; open
     * @param storeConfig how that is used
     * @param workers the workers by the names of their jobs; has those of a job before that is defined
     * @param brokers by their names
     * @param listeners told of every event, on the owner's thread
     */
    public JobVerticle(
            JobEngine engine,
            Store store,
            StoreConfig storeConfig,
            Map<String, JobWorkers> workers,
            Map<String, Broker> brokers,
            List<EventListener> listeners,
            Observer observer,
            TimeSource time) {
        this.engine = engine;
        this.store = store;
        this.storeConfig = storeConfig;
        this.workers = workers;
        this.brokers = brokers;
        this.listeners = listeners;
        this.observer = observer;
        this.time = time;
    }

    @Override
    public Future<?> start() {
        EventLoop loop = new VertxLoop(context);
        AlarmClock alarm = new AlarmClock(loop);
        Owner owner = new Owner(
                engine, store, storeConfig, workers, brokers, listeners, observer.owner(), time, loop, alarm::ringing);
        deployed = new Deployed(owner, loop, alarm);
        BusCommands commands = new BusCommands(engine, owner, observer, time, loop::schedule);
        return Future.all(consume(Addresses.CONTROL, commands), consume(Addresses.SUBMIT, commands));
    }

    private Future<Void> consume(String address, BusCommands commands) {
        return vertx.eventBus()
                .<Object>consumer(address, message -> commands.receive(address, message))
                .completion();
    }

    @Override
    public Future<?> stop() {
        if (deployed != null) {
            deployed.alarm.close();
        }
        return Future.succeededFuture();
    }

    /** Returns the event loop that the owner runs on. */
    public Context eventLoop() {
        return context;
    }

    /**
     * Takes up what the store holds and begins. Until then commands are answered with "starting". To be called once the
     * verticle is deployed, from any thread.
     */
    public Future<Void> begin() {
        return onLoop(Owner::begin);
    }

    /** Notes that the process was told to end. To be called before {@link #drain}, from any thread. */
    public void end() {
        onLoop(owner -> {
            owner.end();
            return Future.succeededFuture();
        });
    }

    /**
     * Begins no new run from now on; the future completes when none is with a worker any more and everything is stored.
     * Status is still answered. May be called from any thread.
     */
    public Future<Void> drain() {
        return onLoop(Owner::drain);
    }

    /**
     * Gives back what is still with workers, to be run when the service is back; the future completes when that is stored.
     * To be called after {@link #drain}, from any thread.
     */
    public Future<Void> giveBack() {
        return onLoop(Owner::giveBack);
    }

    private Future<Void> onLoop(Function<Owner, Future<Void>> call) {
        Deployed all = deployed;
        if (all == null) {
            throw new IllegalStateException("the owner is not deployed");
        }
        Promise<Void> done = Promise.promise();
        all.loop.execute(() -> call.apply(all.owner).onComplete(done));
        return done.future();
    }

    /** Returns how many rows wait to be stored, about. Readable from any thread. */
    public int pendingRows() {
        Deployed all = deployed;
        return all == null ? 0 : all.owner.pendingRows();
    }

    /** Returns how many jobs are set aside because of a fault. Readable from any thread. */
    public int setAside() {
        Deployed all = deployed;
        return all == null ? 0 : all.owner.setAside();
    }

    /** Tells whether the store takes writes. Readable from any thread. */
    public boolean isStoreUp() {
        Deployed all = deployed;
        return all == null || all.owner.isStoreUp();
    }
}
