package dev.latido.queue.servicebus;

import dev.latido.loop.EventLoop;
import dev.latido.queue.ConnectionString;
import dev.latido.queue.servicebus.BusException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonHelper;
import io.vertx.proton.ProtonLinkOptions;
import io.vertx.proton.ProtonSession;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a namespace, and the rights that were shown on it: a token for each queue, put into the node {@code $cbs} and
 * renewed when half of its time is over, as
 * <a href="https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide">the protocol guide</a> says.
 * On the broker's loop.
 */
final class Bus {

    /** How long anything that is asked may take; then nothing else is expected of the connection. */
    static final Duration ANSWER = Duration.ofSeconds(10);

    private static final String CBS = "$cbs";
    private static final int ACCEPTED = 202;
    private static final int OK = 200;

    private final Vertx vertx;
    private final ServiceBusConfig config;
    private final ProtonConnection connection;
    private final EventLoop loop;
    private final Tokens tokens;
    private final Ended ended;
    private final String name;

    /** What rights were shown for. */
    private final TreeSet<String> entities = new TreeSet<>();

    private final Requests cbs;
    private long nextLink;
    private boolean isEnded;
    private boolean isRenewing;

    /** Told once when it is over. */
    interface Ended {
        void ended(Bus bus, BusException why);
    }

    /**
     * How long tokens are good for.
     *
     * @param lifetime for how long they are made
     * @param wallMillis the clock that they are made by, since 1970
     */
    record Tokens(Duration lifetime, LongSupplier wallMillis) {}

    /**
     * Takes a connection that is open at both sides.
     *
     * @param name how this side is called there
     */
    Bus(
            Vertx vertx,
            ServiceBusConfig config,
            ProtonConnection connection,
            EventLoop loop,
            Tokens tokens,
            String name,
            Ended ended) {
        this.vertx = vertx;
        this.config = config;
        this.connection = connection;
        this.loop = loop;
        this.tokens = tokens;
        this.name = name;
        this.ended = ended;
        connection.closeHandler(done -> {
            BusException why = BusException.of(connection.getRemoteCondition(), "the connection");
            loop.execute(() -> giveUp(why));
        });
        connection.disconnectHandler(done -> loop.execute(
                () -> giveUp(new BusException(Kind.UNANSWERED, "the connection to Service Bus was lost"))));
        ProtonSession session = connection.createSession().open();
        cbs = new Requests(session, CBS, name + "-cbs", this::newLink, loop, new Requests.Told() {
            @Override
            public void closed(BusException why) {
                giveUp(why);
            }

            @Override
            public void silent(String what) {
                giveUpSilent(what);
            }
        });
    }

    /** Has it be ready for {@link #authorize}. */
    Future<Void> open() {
        return cbs.open();
    }

    /** Returns a session of its own. */
    ProtonSession session() {
        return connection.createSession();
    }

    /**
     * Names a link. The client counts them for each session, and Service Bus knows them for the whole connection: the second of a
     * name would end the first.
     */
    ProtonLinkOptions newLink() {
        return new ProtonLinkOptions().setLinkName(name + "-" + nextLink++);
    }

    /** Returns how this side is called there. */
    String name() {
        return name;
    }

    /** Shows that this process may use a queue, and goes on to do so. */
    Future<Void> authorize(String entity) {
        return put(entity).onSuccess(done -> {
            entities.add(entity);
            renewLater(tokens.lifetime().dividedBy(2));
        });
    }

    private Future<Void> put(String entity) {
        Promise<Void> put = Promise.promise();
        vertx.executeBlocking(config.access())
                .onComplete((access, failure) -> loop.execute(() -> {
                    if (access == null) {
                        put.fail(new BusException(
                                Kind.REFUSED,
                                "what opens Service Bus cannot be read: "
                                        + (failure == null ? "it is empty" : failure.getMessage())));
                    } else {
                        put(entity, access).onComplete(put);
                    }
                }));
        return put.future();
    }

    private Future<Void> put(String entity, ConnectionString access) {
        if (!access.entity().isEmpty() && !access.entity().equalsIgnoreCase(entityOf(entity))) {
            return Future.failedFuture(new BusException(
                    Kind.REFUSED,
                    "the connection string is for " + access.entity() + " alone (EntityPath), and not for "
                            + entityOf(entity)));
        }
        String resource = "amqp://" + access.host() + "/" + entity;
        long endsAt = TimeUnit.MILLISECONDS.toSeconds(tokens.wallMillis().getAsLong())
                + Math.max(1, tokens.lifetime().toSeconds());
        Message request = ProtonHelper.message();
        Map<String, Object> properties = new HashMap<>();
        properties.put("operation", "put-token");
        properties.put("type", "servicebus.windows.net:sastoken");
        properties.put("name", resource);
        request.setApplicationProperties(new ApplicationProperties(properties));
        request.setBody(new AmqpValue(SharedAccess.token(resource, access.keyName(), access.key(), endsAt)));
        return cbs.ask(request, ANSWER).compose(answer -> {
            int status = Answers.number(answer, "status-code").orElse(0);
            return status == ACCEPTED || status == OK
                    ? Future.succeededFuture()
                    : Future.failedFuture(BusException.of(
                            status,
                            Answers.text(answer, "error-condition").orElse(null),
                            Answers.text(answer, "status-description").orElse(""),
                            "the queue " + entityOf(entity)));
        });
    }

    /** Returns the queue of which this is a part. */
    private static String entityOf(String entity) {
        int end = entity.indexOf("/$");
        return end < 0 ? entity : entity.substring(0, end);
    }

    /** Puts all tokens anew after {@code delay}. One that is refused then is tried again for as long as the one before does. */
    private void renewLater(Duration delay) {
        if (isRenewing) {
            return;
        }
        isRenewing = true;
        loop.schedule(delay, () -> {
            if (isEnded) {
                return;
            }
            Future.join(List.copyOf(entities).stream().map(this::put).toList()).onComplete((done, failure) -> {
                isRenewing = false;
                renewLater(tokens.lifetime().dividedBy(failure == null ? 2 : 8));
            });
        });
    }

    /** Something was not answered in time. */
    void giveUpSilent(String what) {
        giveUp(new BusException(Kind.UNANSWERED, "Service Bus does not answer (" + what + ")"));
    }

    /** Nothing can be done by it any more. */
    void giveUp(BusException why) {
        if (isEnded) {
            return;
        }
        isEnded = true;
        cbs.end(String.valueOf(why.getMessage()));
        connection.disconnect();
        ended.ended(this, why);
    }

    /** Ends it in order. */
    void close() {
        isEnded = true;
        cbs.end("it is closed");
        connection.closeHandler(done -> connection.disconnect());
        connection.disconnectHandler(done -> {});
        connection.close();
        loop.schedule(Duration.ofMillis(500), connection::disconnect);
    }

    boolean isEnded() {
        return isEnded;
    }

    /** What stands in answers. */
    static final class Answers {

        private Answers() {}

        private static @Nullable Object property(Message answer, String name) {
            ApplicationProperties all = answer.getApplicationProperties();
            return all == null || all.getValue() == null ? null : all.getValue().get(name);
        }

        static Optional<Integer> number(Message answer, String name) {
            return property(answer, name) instanceof Number number ? Optional.of(number.intValue()) : Optional.empty();
        }

        static Optional<String> text(Message answer, String name) {
            return Optional.ofNullable(property(answer, name)).map(Object::toString);
        }
    }
}
