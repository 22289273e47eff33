package dev.latido.http;

import dev.latido.BlockedThreadGuard;
import dev.latido.Services;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.job.Moment;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.Addresses;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandObserver;
import dev.latido.protocol.Health;
import dev.latido.protocol.Wire;
import dev.latido.stream.EventStream;
import dev.latido.stream.StreamConfig;
import dev.latido.stream.StreamObserver;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The HTTP edge alone: behind it stands an owner that answers nothing by itself, or none at all. */
final class Edge implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict());
    private final HttpVerticle http;
    private final Queue<Message<Object>> commands = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Health health;
    private volatile @Nullable Supplier<RuntimeException> clockFault;
    private volatile @Nullable Supplier<RuntimeException> observerFault;

    private Edge(boolean owner, CommandConfig commandConfig, String... settings) {
        Wire.registerCodecs(vertx.eventBus());
        if (owner) {
            vertx.eventBus()
                    .<Object>consumer(Addresses.CONTROL, this::take)
                    .completion()
                    .await();
        }
        CommandConfig probe = new CommandConfig(1, CommandConfig.WhenFull.REJECT, 0, Duration.ofSeconds(1));
        http = new HttpVerticle(
                Services.config(settings).http(),
                context -> clients(client(vertx, commandConfig), client(vertx, probe)),
                out -> {
                    throw new IllegalStateException("com.example.Secret of this fault 1.2.3");
                },
                clock(),
                MemoryBudget.unbounded(),
                WorkingService.LOG,
                null);
        try {
            vertx.deployVerticle(http).await();
        } catch (Throwable failure) {
            vertx.close().await();
            throw failure;
        }
    }

    private HttpVerticle.Clients clients(JobClient commands, JobClient probe) {
        EventStream events = new EventStream(
                vertx, StreamConfig.DEFAULT, "test", commands, StreamObserver.NONE, TimeSource.system());
        events.define(List.of("heartbeat"));
        return new HttpVerticle.Clients(commands, probe, events, Future::succeededFuture);
    }

    static Edge withSilentOwner(CommandConfig commandConfig, String... settings) {
        return new Edge(true, commandConfig, settings);
    }

    static Edge withoutOwner(CommandConfig commandConfig, String... settings) {
        return new Edge(false, commandConfig, settings);
    }

    private void take(Message<Object> command) {
        if (health != null && command.body() instanceof Command.GetHealth) {
            command.reply(health);
        } else {
            commands.add(command);
        }
    }

    /** Lets the owner answer by itself that it is well. */
    void answerHealth() {
        answerHealth(new Health(List.of()));
    }

    /** Lets the owner answer by itself how it is. */
    void answerHealth(Health answer) {
        health = answer;
    }

    private TimeSource clock() {
        TimeSource real = TimeSource.system();
        return new TimeSource() {
            @Override
            public Moment now() {
                raise(clockFault);
                return real.now();
            }

            @Override
            public long nanos() {
                raise(clockFault);
                return real.nanos();
            }
        };
    }

    private static void raise(@Nullable Supplier<RuntimeException> fault) {
        if (fault != null) {
            throw fault.get();
        }
    }

    /** Has the edge's clock throw what {@code fault} throws or returns; null for the real clock. */
    void failingClock(@Nullable Supplier<RuntimeException> fault) {
        clockFault = fault;
    }

    /** The same with what is told of each answered command. */
    void failingObserver(@Nullable Supplier<RuntimeException> fault) {
        observerFault = fault;
    }

    private JobClient client(Vertx vertx, CommandConfig config) {
        CommandObserver observer = (type, result, nanos) -> raise(observerFault);
        return JobClient.inProcess(vertx, config, config, TimeSource.system(), observer, () -> null);
    }

    int port() {
        return http.port();
    }

    HttpVerticle http() {
        return http;
    }

    /** Returns the commands that reached the owner and wait for its answer. */
    Queue<Message<Object>> commands() {
        return commands;
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
