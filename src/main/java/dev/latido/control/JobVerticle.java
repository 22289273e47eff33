package dev.latido.control;

import dev.latido.command.Addresses;
import dev.latido.command.Command;
import dev.latido.command.CommandException;
import dev.latido.command.CommandObserver;
import dev.latido.command.Refusal;
import dev.latido.command.Reply;
import dev.latido.command.Wire;
import dev.latido.event.EventListener;
import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.worker.Worker;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The owner: the only code that changes job state, deployed once per service. It consumes {@code latido.control}, keeps
 * the one timer that all ticks come from, and lets {@link JobControl} decide and {@link EffectRunner} act.
 */
public final class JobVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class);

    /** How many inputs are taken in a row before the event loop may do something else. */
    private static final int MAX_INPUTS = 100;

    private final JobControl control;
    private final Map<String, Worker> workers;
    private final List<EventListener> listeners;
    private final CommandObserver busCommands;
    private final TimeSource time;
    private final ArrayDeque<Input> inbox = new ArrayDeque<>();
    private final Promise<Void> drained = Promise.promise();

    private @Nullable EffectRunner runner;
    private boolean deciding;
    private boolean draining;
    private long alarmTimer = -1;
    private long alarmNanos;

    /**
     * Makes the owner of {@code control}.
     *
     * @param workers the workers by the names of their jobs
     * @param listeners told of every event, on the owner's thread
     * @param busCommands told of every command that came as JSON, from an application on the bus
     */
    public JobVerticle(
            JobControl control,
            Map<String, Worker> workers,
            List<EventListener> listeners,
            CommandObserver busCommands,
            TimeSource time) {
        this.control = control;
        this.workers = workers;
        this.listeners = listeners;
        this.busCommands = busCommands;
        this.time = time;
    }

    @Override
    public Future<?> start() {
        runner = new EffectRunner(vertx, context, time, workers, listeners, this::take);
        return Future.all(consume(Addresses.CONTROL), consume(Addresses.SUBMIT))
                .onSuccess(ignored -> take(new Input.ServiceBegan()));
    }

    private Future<Void> consume(String address) {
        return vertx.eventBus()
                .<Object>consumer(address, message -> onCommand(address, message))
                .completion();
    }

    /** Returns the event loop that the owner runs on. */
    public Context eventLoop() {
        return context;
    }

    /**
     * Begins no new run from now on; the future completes when none is in flight any more. Status is still answered.
     * May be called from any thread.
     */
    public Future<Void> drain() {
        context.runOnContext(ignored -> {
            draining = true;
            take(new Input.ShutdownBegan());
        });
        return drained.future();
    }

    private void onCommand(String address, Message<Object> message) {
        long begun = time.nanos();
        Command command;
        try {
            command = Wire.decodeCommand(address, message.body());
        } catch (CommandException malformed) {
            Wire.answer(message, malformed.refusal());
            return;
        }
        boolean fromBus = !(message.body() instanceof Command);
        take(new Input.CommandReceived(command, reply -> {
            if (fromBus) { // before the answer, so that who has it finds it counted
                busCommands.answered(command.type(), result(reply), time.nanos() - begun);
            }
            Wire.answer(message, reply);
        }));
    }

    private static String result(Reply reply) {
        return reply instanceof Refusal refusal ? refusal.type() : "ok";
    }

    private void take(Input input) {
        inbox.add(input);
        if (!deciding) {
            takeAll();
        }
    }

    /**
     * Takes inputs one after the other: what an effect feeds back waits until the effects before it are performed. A long
     * queue whose worker ends at once feeds back without end, so the event loop gets its turn in between.
     */
    private void takeAll() {
        EffectRunner effects = runner;
        if (effects == null) {
            return;
        }
        deciding = true;
        try {
            for (int taken = 0; taken < MAX_INPUTS && !inbox.isEmpty(); taken++) {
                takeOne(inbox.remove(), effects);
            }
        } finally {
            deciding = false;
        }
        if (!inbox.isEmpty()) {
            deciding = true;
            context.runOnContext(ignored -> takeAll());
        }
        setAlarm();
        if (draining && control.inFlight() == 0) {
            drained.tryComplete();
        }
    }

    private void takeOne(Input input, EffectRunner runner) {
        List<Effect> effects;
        try {
            effects = control.decide(input, time.now());
        } catch (RuntimeException | AssertionError fault) {
            LOG.error("a fault while taking {}", input, fault);
            effects = control.decidedSoFar(); // they are owed to others
            if (input instanceof Input.CommandReceived received && !answers(effects, received.caller())) {
                received.caller().answer(Refusal.fault());
            }
        }
        runner.run(effects);
    }

    private static boolean answers(List<Effect> effects, Caller caller) {
        return effects.stream().anyMatch(effect -> effect instanceof Effect.Answer answer && answer.caller() == caller);
    }

    private void setAlarm() {
        OptionalLong due = control.nextDue();
        if (due.isEmpty() || (alarmTimer >= 0 && alarmNanos - due.getAsLong() <= 0)) {
            return; // an alarm that comes early is harmless
        }
        if (alarmTimer >= 0) {
            vertx.cancelTimer(alarmTimer);
        }
        alarmNanos = due.getAsLong();
        Moment now = time.now();
        long delayMillis = Math.max(1, -Math.floorDiv(-(alarmNanos - now.nanos()), 1_000_000L));
        alarmTimer = vertx.setTimer(delayMillis, ignored -> {
            alarmTimer = -1;
            take(new Input.AlarmRang());
        });
    }
}
