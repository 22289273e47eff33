package dev.latido.queue.servicebus;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.proton.ProtonConnection;
import io.vertx.proton.ProtonDelivery;
import io.vertx.proton.ProtonHelper;
import io.vertx.proton.ProtonLink;
import io.vertx.proton.ProtonReceiver;
import io.vertx.proton.ProtonSender;
import io.vertx.proton.ProtonServer;
import io.vertx.proton.ProtonServerOptions;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.ApplicationProperties;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.MessageAnnotations;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for a namespace of Azure Service Bus, in memory: tokens, queues with locks, dead letters, scheduled messages and
 * duplicate detection, and their management nodes. What it has survives {@link #stop}. Microsoft's own client is what proves it.
 */
public final class ServiceBusServer implements AutoCloseable {

    public static final String KEY_NAME = "latido";
    public static final String KEY = "c2VydmljZS1idXMtc3RhbmQtaW4ta2V5LTAxMjM0NTY3";

    /** As of the Standard tier. */
    static final int MAX_MESSAGE_BYTES = 256 * 1024;

    private static final String CBS = "$cbs";
    private static final String MANAGEMENT = "/$management";
    private static final String DEAD = "/$deadletterqueue";
    private static final int CREDIT = 1_000;

    private final Vertx vertx = Vertx.vertx(
            new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1).setInternalBlockingPoolSize(1));
    private final Context context = ((VertxInternal) vertx).createEventLoopContext();
    private final LongSupplier millis;
    private final @Nullable PemKeyCertOptions certificate;
    private final Map<String, BusEntity> entities = new LinkedHashMap<>();
    private final Set<Peer> peers = new LinkedHashSet<>();
    private final List<String> faults = new ArrayList<>();
    private final Map<String, Integer> refusing = new HashMap<>();
    private @Nullable ProtonServer server;
    private int port;
    private long timer = -1;
    private int putTokens;
    private boolean isMute;
    private boolean swallows;
    private volatile String key = KEY;

    private ServiceBusServer(LongSupplier millis, @Nullable PemKeyCertOptions certificate) {
        this.millis = millis;
        this.certificate = certificate;
        listen();
    }

    /** Starts one on a port of its own, for this machine alone. */
    public static ServiceBusServer start() {
        return new ServiceBusServer(System::currentTimeMillis, null);
    }

    /** Starts one that speaks TLS. */
    static ServiceBusServer start(PemKeyCertOptions certificate) {
        return new ServiceBusServer(System::currentTimeMillis, certificate);
    }

    private void listen() {
        CompletableFuture<Integer> listening = new CompletableFuture<>();
        context.runOnContext(begin -> {
            ProtonServerOptions options = new ProtonServerOptions();
            if (certificate != null) {
                options.setSsl(true).setKeyCertOptions(certificate);
            }
            ProtonServer begun = ProtonServer.create(vertx, options);
            begun.setAdvertiseAnonymousRelayCapability(false);
            begun.connectHandler(connection -> peers.add(new Peer(connection)));
            begun.listen(port, "127.0.0.1", done -> {
                if (done.succeeded()) {
                    server = begun;
                    listening.complete(begun.actualPort());
                } else {
                    listening.completeExceptionally(done.cause());
                }
            });
        });
        port = wait(listening);
    }

    private static <T> T wait(CompletableFuture<T> future) {
        try {
            return future.get(1, TimeUnit.MINUTES);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Does something on the server's loop, and waits for it. */
    <T> T call(Supplier<T> call) {
        CompletableFuture<T> done = new CompletableFuture<>();
        context.runOnContext(now -> {
            try {
                done.complete(call.get());
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        return wait(done);
    }

    private void run(Runnable task) {
        call(() -> {
            task.run();
            return true;
        });
    }

    // ---- what tests do

    public int port() {
        return port;
    }

    /** Returns what the portal would show. */
    public String connectionString() {
        return "Endpoint=sb://127.0.0.1:" + port + ";SharedAccessKeyName=" + KEY_NAME + ";SharedAccessKey=" + key
                + (certificate == null ? ";UseDevelopmentEmulator=true" : "");
    }

    /** Makes a queue, or changes how it is. */
    void queue(String name, BusEntity.Settings settings) {
        run(() -> {
            BusEntity known = entities.get(name);
            if (known == null) {
                entities.put(name, new BusEntity(name, settings, true));
            } else {
                known.settings = settings;
            }
        });
    }

    /** Makes queues as they are usually, with locks that last so long. */
    public void queues(Duration lock, int maxDeliveries, String... names) {
        for (String name : names) {
            queue(name, BusEntity.Settings.USUAL.withLock(lock).withMaxDeliveries(maxDeliveries));
        }
    }

    /** Removes all queues, and whoever uses one. */
    void clear() {
        run(() -> {
            entities.clear();
            refusing.clear();
            isMute = false;
            swallows = false;
            faults.clear();
            List.copyOf(peers).forEach(peer -> peer.connection.disconnect());
        });
        key = KEY;
    }

    /** Has nobody listen, and all connections end; what there is stays. */
    public void stop() {
        CompletableFuture<Boolean> stopped = new CompletableFuture<>();
        context.runOnContext(now -> {
            ProtonServer ended = Objects.requireNonNull(server);
            server = null;
            List.copyOf(peers).forEach(peer -> peer.connection.disconnect());
            ended.close(done -> stopped.complete(true));
        });
        wait(stopped);
    }

    /** Listens again, on the same port. */
    public void restart() {
        listen();
    }

    boolean isAlive() {
        return call(() -> server != null);
    }

    /** Has another key open it from now on. */
    void changeKey(String other) {
        key = other;
    }

    /** Has the next {@code count} messages or requests to this queue be refused as when the service is busy. */
    public void beBusy(String queue, int count) {
        run(() -> refusing.put(queue, count));
    }

    /** Has it read everything and answer nothing, or answer again. */
    void mute(boolean muted) {
        run(() -> isMute = muted);
    }

    /** Has how messages are settled be done, and not be confirmed. */
    void swallow(boolean swallowed) {
        run(() -> swallows = swallowed);
    }

    /** Closes all links that lead to this queue. */
    void detach(String queue, String condition, String description) {
        run(() -> peers.forEach(peer -> List.copyOf(peer.links).stream()
                .filter(link -> link.address.equals(queue))
                .forEach(link -> peer.close(link.link, condition, description))));
    }

    /** Returns how many tokens were put. */
    int putTokens() {
        return call(() -> putTokens);
    }

    /** Returns how many connections there are. */
    int connections() {
        return call(peers::size);
    }

    /** Has somebody send a message. */
    public void send(String queue, Message message) {
        run(() -> accept(entity(queue), message));
    }

    /** Returns all messages of a queue, or of its dead letters, without locking them. */
    public List<Message> peek(String queue) {
        return call(() -> entity(queue).peek(0, Integer.MAX_VALUE).stream()
                .map(each -> shown(each.getKey(), 0, each.getValue()))
                .toList());
    }

    /** Returns how many messages of a queue are ready, locked and scheduled. */
    public List<Integer> counts(String queue) {
        return call(() -> {
            BusEntity entity = entity(queue);
            entity.pass(millis.getAsLong());
            return List.of(entity.readyCount(), entity.lockedCount(), entity.scheduledCount());
        });
    }

    /** Returns the reasons of all dead letters of a queue, by a property of theirs. */
    public Map<String, String> deadLetters(String queue, String property) {
        Map<String, String> dead = new TreeMap<>();
        for (Message letter : peek(queue + DEAD)) {
            Map<String, Object> properties = Wire.propertiesOf(letter);
            Object name = properties.get(property);
            dead.put(
                    name == null ? "(another: " + letter + ")" : name.toString(),
                    String.valueOf(properties.get(Wire.REASON)));
        }
        return dead;
    }

    /** What went wrong in it, and so in a test. */
    public List<String> faults() {
        return call(() -> List.copyOf(faults));
    }

    private BusEntity entity(String address) {
        return Objects.requireNonNull(find(address), address);
    }

    private @Nullable BusEntity find(String address) {
        String lower = address.toLowerCase(Locale.ROOT);
        int at = lower.indexOf(DEAD);
        if (at < 0) {
            return entities.get(address);
        }
        BusEntity owner = entities.get(address.substring(0, at));
        return owner == null ? null : owner.dead;
    }

    @Override
    public void close() {
        if (call(() -> server != null)) {
            stop();
        }
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    // ---- messages

    private static byte[] encoded(Message message) {
        byte[] buffer = new byte[2 * MAX_MESSAGE_BYTES + 4_096];
        int length = message.encode(buffer, 0, buffer.length);
        return Arrays.copyOf(buffer, length);
    }

    /** Takes a message; null when it has, else why not. */
    private @Nullable ErrorCondition accept(BusEntity entity, Message message) {
        if (entity.settings.hasSessions() && message.getGroupId() == null) {
            return new ErrorCondition(
                    Symbol.valueOf("amqp:not-allowed"), "The SessionId was not set on a message for " + entity.name);
        }
        if (entity.isFull()) {
            return new ErrorCondition(
                    Symbol.valueOf("amqp:resource-limit-exceeded"),
                    "The maximum entity size has been reached or exceeded for " + entity.name + ". TrackingId:"
                            + UUID.randomUUID());
        }
        byte[] bytes = encoded(message);
        if (bytes.length > MAX_MESSAGE_BYTES) {
            return new ErrorCondition(
                    Symbol.valueOf("amqp:link:message-size-exceeded"), "The received message is too large");
        }
        long now = millis.getAsLong();
        entity.add(bytes, message.getMessageId(), due(message), now);
        pass();
        return null;
    }

    private static long due(Message message) {
        MessageAnnotations annotations = message.getMessageAnnotations();
        Object due =
                annotations == null ? null : annotations.getValue().get(Symbol.valueOf("x-opt-scheduled-enqueue-time"));
        return due instanceof Date date ? date.toInstant().toEpochMilli() : 0;
    }

    /** Returns a message as the service shows it. */
    private static Message shown(BusEntity.Stored stored, long lockedUntil, int state) {
        Message message = stored.message();
        if (message.getHeader() == null) {
            message.setHeader(new Header());
        }
        message.getHeader().setDeliveryCount(UnsignedInteger.valueOf(stored.deliveries));
        Map<Symbol, Object> annotations = new HashMap<>();
        if (message.getMessageAnnotations() != null) {
            annotations.putAll(message.getMessageAnnotations().getValue());
        }
        annotations.put(Symbol.valueOf("x-opt-sequence-number"), stored.sequence);
        annotations.put(Symbol.valueOf("x-opt-enqueued-time"), Date.from(Instant.ofEpochMilli(stored.enqueuedAt)));
        annotations.put(Symbol.valueOf("x-opt-message-state"), state);
        if (lockedUntil > 0) {
            annotations.put(Symbol.valueOf("x-opt-locked-until"), Date.from(Instant.ofEpochMilli(lockedUntil)));
        }
        message.setMessageAnnotations(new MessageAnnotations(annotations));
        if (!stored.added.isEmpty()) {
            Map<String, Object> properties = new HashMap<>(Wire.propertiesOf(message));
            properties.putAll(stored.added);
            message.setApplicationProperties(new ApplicationProperties(properties));
        }
        return message;
    }

    /** Has all that is due be so, delivers what there is credit for, and comes again when something is due next. */
    private void pass() {
        long now = millis.getAsLong();
        long next = Long.MAX_VALUE;
        for (BusEntity entity : entities.values()) {
            next = Math.min(next, entity.pass(now));
            if (entity.dead != null) {
                next = Math.min(next, entity.dead.pass(now));
            }
        }
        peers.forEach(Peer::deliver);
        vertx.cancelTimer(timer);
        if (next < Long.MAX_VALUE) {
            timer = vertx.setTimer(Math.max(1, next - now), due -> pass());
        }
    }

    private boolean refuses(String queue) {
        int left = refusing.getOrDefault(queue, 0);
        refusing.put(queue, Math.max(0, left - 1));
        return left > 0;
    }

    /** A link, and where it leads. */
    private record Attached(ProtonLink<?> link, String address) {}

    /** A connection. */
    private final class Peer {
        private final ProtonConnection connection;
        private final List<Attached> links = new ArrayList<>();
        private final List<Receiving> receiving = new ArrayList<>();
        private final Map<String, ProtonSender> replies = new HashMap<>();

        /** Until when it may do what; by what the token says. */
        private final Map<String, Long> rights = new HashMap<>();

        Peer(ProtonConnection connection) {
            this.connection = connection;
            connection.setContainer("stand-in");
            connection.openHandler(done -> connection.open());
            connection.closeHandler(done -> {
                connection.close();
                connection.disconnect();
            });
            connection.disconnectHandler(done -> peers.remove(this));
            connection.sessionOpenHandler(session -> {
                session.closeHandler(done -> {
                    session.close();
                    session.free();
                });
                session.open();
            });
            connection.senderOpenHandler(this::attach);
            connection.receiverOpenHandler(this::attach);
        }

        /** Somebody wants to get messages, or answers. */
        private void attach(ProtonSender sender) {
            Source source = (Source) sender.getRemoteSource();
            String address = String.valueOf(source.getAddress());
            Target target = (Target) sender.getRemoteTarget();
            sender.setSource(source);
            sender.setTarget(target);
            sender.setMaxMessageSize(UnsignedLong.valueOf(MAX_MESSAGE_BYTES));
            if (address.equals(CBS) || address.endsWith(MANAGEMENT)) {
                if (isRefused(sender, address)) {
                    return;
                }
                replies.put(address + " " + target.getAddress(), sender);
                opened(sender, address);
                return;
            }
            if (isRefused(sender, address)) {
                return;
            }
            BusEntity entity = entity(address);
            if (entity.settings.hasSessions()) {
                refuse(
                        sender,
                        "amqp:not-allowed",
                        "It is not possible for an entity that requires sessions to create a non-sessionful message"
                                + " receiver. TrackingId:" + UUID.randomUUID());
                return;
            }
            Receiving begun = new Receiving(sender, entity);
            receiving.add(begun);
            sender.setAutoDrained(false);
            sender.sendQueueDrainHandler(ready -> begun.deliver());
            opened(sender, address);
            begun.deliver();
        }

        /** Somebody wants to send messages, or to ask. */
        private void attach(ProtonReceiver receiver) {
            Target target = (Target) receiver.getRemoteTarget();
            String address = String.valueOf(target.getAddress());
            receiver.setSource(receiver.getRemoteSource());
            receiver.setTarget(target);
            receiver.setMaxMessageSize(UnsignedLong.valueOf(MAX_MESSAGE_BYTES));
            receiver.setAutoAccept(false);
            receiver.setPrefetch(CREDIT);
            if (isRefused(receiver, address)) {
                return;
            }
            if (address.equals(CBS)) {
                receiver.handler((delivery, message) -> {
                    delivery.disposition(Accepted.getInstance(), true);
                    putToken(message);
                });
            } else if (address.endsWith(MANAGEMENT)) {
                receiver.handler((delivery, message) -> {
                    delivery.disposition(Accepted.getInstance(), true);
                    manage(address, message);
                });
            } else {
                receiver.handler((delivery, message) -> sent(entity(address), delivery, message));
            }
            opened(receiver, address);
        }

        private void opened(ProtonLink<?> link, String address) {
            boolean isSender = link instanceof ProtonSender;
            if (links.stream()
                    .anyMatch(each -> each.link.getName().equals(link.getName())
                            && each.link instanceof ProtonSender == isSender)) {
                faults.add("two links are called " + link.getName()
                        + ", of which Azure ends the first (amqp:link:stolen)");
            }
            Attached attached = new Attached(link, address);
            links.add(attached);
            link.closeHandler(done -> ended(attached));
            link.detachHandler(done -> ended(attached));
            link.open();
        }

        private void ended(Attached attached) {
            links.remove(attached);
            receiving.removeIf(each -> each.sender == attached.link);
            replies.values().removeIf(each -> each == attached.link);
            attached.link.close();
            attached.link.free();
        }

        private boolean isRefused(ProtonLink<?> link, String address) {
            if (isMute) {
                return true;
            }
            String path = address.endsWith(MANAGEMENT)
                    ? address.substring(0, address.length() - MANAGEMENT.length())
                    : address;
            if (address.equals(CBS)) {
                return false;
            }
            if (!may(path)) {
                refuse(
                        link,
                        "amqp:unauthorized-access",
                        "Unauthorized access. 'Send,Listen' claim(s) are required to perform this operation. Resource:"
                                + " '" + path + "'. TrackingId:" + UUID.randomUUID());
                return true;
            }
            if (find(path) == null) {
                refuse(
                        link,
                        "amqp:not-found",
                        "The messaging entity '" + path + "' could not be found. TrackingId:" + UUID.randomUUID());
                return true;
            }
            return false;
        }

        private boolean may(String path) {
            long now = millis.getAsLong() / 1_000;
            return rights.entrySet().stream()
                    .anyMatch(each -> each.getValue() > now
                            && (path.equals(each.getKey()) || path.startsWith(each.getKey() + "/")));
        }

        /** A link that is refused is opened without source and target, and then closed. */
        private void refuse(ProtonLink<?> link, String condition, String description) {
            link.setSource(null);
            link.setTarget(null);
            link.closeHandler(done -> link.free());
            link.open();
            close(link, condition, description);
        }

        private void close(ProtonLink<?> link, String condition, String description) {
            link.setCondition(new ErrorCondition(Symbol.valueOf(condition), description));
            link.close();
            receiving.removeIf(each -> each.sender == link);
        }

        void deliver() {
            List.copyOf(receiving).forEach(Receiving::deliver);
        }

        // ---- asking

        private void answer(String node, Message request, Map<String, Object> properties, @Nullable Object body) {
            ProtonSender reply = replies.get(node + " " + request.getReplyTo());
            if (reply == null || isMute) {
                return;
            }
            Message answer = ProtonHelper.message();
            answer.setCorrelationId(request.getMessageId());
            answer.setApplicationProperties(new ApplicationProperties(properties));
            answer.setBody(new AmqpValue(body));
            reply.send(answer);
        }

        private void putToken(Message request) {
            putTokens++;
            int status = 401;
            String description = "InvalidSignature: The token has an invalid signature.";
            Object operation = Wire.propertiesOf(request).get("operation");
            Object type = Wire.propertiesOf(request).get("type");
            String audience = String.valueOf(Wire.propertiesOf(request).get("name"));
            String token = request.getBody() instanceof AmqpValue value ? String.valueOf(value.getValue()) : "";
            Map<String, String> parts = new HashMap<>();
            if (token.startsWith("SharedAccessSignature ")) {
                for (String part :
                        token.substring("SharedAccessSignature ".length()).split("&", -1)) {
                    String[] pair = part.split("=", 2);
                    parts.put(pair[0], pair.length < 2 ? "" : URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
                }
            }
            String resource = parts.getOrDefault("sr", "");
            String end = parts.getOrDefault("se", "");
            if (!"put-token".equals(operation) || !"servicebus.windows.net:sastoken".equals(type)) {
                status = 400;
                description = "no put-token of a kind that is known";
            } else if (end.matches("\\d{1,12}")
                    && audience.startsWith(resource)
                    && parts.getOrDefault("skn", "").equals(KEY_NAME)) {
                long endsAt = Long.parseLong(end);
                String expected = SharedAccess.token(resource, KEY_NAME, key, endsAt);
                if (endsAt <= millis.getAsLong() / 1_000) {
                    description = "ExpiredToken: The token is expired.";
                } else if (Set.of(expected.split("&", -1)).equals(Set.of(token.split("&", -1)))) {
                    status = 202;
                    description = "Accepted";
                    rights.put(path(audience), endsAt);
                    vertx.setTimer(Math.max(1, endsAt * 1_000 - millis.getAsLong()), due -> expire());
                }
            }
            answer(CBS, request, Map.of("status-code", status, "status-description", description), null);
        }

        private String path(String audience) {
            String withoutScheme = audience.replaceFirst("^(amqps?|sb|https?)://", "");
            int slash = withoutScheme.indexOf('/');
            String path = slash < 0 ? "" : withoutScheme.substring(slash + 1);
            return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        }

        /** Links whose rights are over are closed. */
        private void expire() {
            for (Attached each : List.copyOf(links)) {
                String path = each.address.endsWith(MANAGEMENT)
                        ? each.address.substring(0, each.address.length() - MANAGEMENT.length())
                        : each.address;
                if (!each.address.equals(CBS) && !may(path)) {
                    close(
                            each.link,
                            "amqp:unauthorized-access",
                            "The token has expired, and links that were opened with it are closed.");
                }
            }
        }

        private void manage(String address, Message request) {
            String queue = address.substring(0, address.length() - MANAGEMENT.length());
            BusEntity entity = find(queue);
            if (entity == null) {
                return;
            }
            String operation = String.valueOf(Wire.propertiesOf(request).get("operation"));
            Map<?, ?> body = request.getBody() instanceof AmqpValue value && value.getValue() instanceof Map<?, ?> map
                    ? map
                    : Map.of();
            long now = millis.getAsLong();
            if (refuses(queue)) {
                refuse(address, request, 503, "com.microsoft:server-busy", "The request was terminated: throttled.");
                return;
            }
            switch (operation) {
                case "com.microsoft:renew-lock" -> renew(address, request, entity, body, now);
                case "com.microsoft:update-disposition" -> settle(address, request, entity, body, now);
                case "com.microsoft:peek-message" -> peek(address, request, entity, body);
                case "com.microsoft:schedule-message" -> schedule(address, request, entity, body, now);
                case "com.microsoft:cancel-scheduled-message" -> {
                    for (Object each : list(body.get("sequence-numbers"))) {
                        entity.cancel(((Number) each).longValue());
                    }
                    ok(address, request, null);
                }
                default -> refuse(address, request, 501, "amqp:not-implemented", operation);
            }
            pass();
        }

        private void ok(String address, Message request, @Nullable Object body) {
            answer(address, request, Map.of("statusCode", 200, "statusDescription", "OK"), body);
        }

        private void refuse(String address, Message request, int status, String condition, String description) {
            answer(
                    address,
                    request,
                    Map.of(
                            "statusCode",
                            status,
                            "statusDescription",
                            description,
                            "errorCondition",
                            Symbol.valueOf(condition)),
                    null);
        }

        private List<BusEntity.Locked> locked(BusEntity entity, @Nullable Object tokens, long now) {
            List<BusEntity.Locked> all = new ArrayList<>();
            for (Object token : list(tokens)) {
                BusEntity.Locked found = entity.find((UUID) token, now);
                if (found == null) {
                    return List.of();
                }
                all.add(found);
            }
            return all;
        }

        private void lost(String address, Message request) {
            refuse(
                    address,
                    request,
                    410,
                    "com.microsoft:message-lock-lost",
                    "The lock supplied is invalid. Either the lock expired, or the message has already been removed from"
                            + " the queue. TrackingId:" + UUID.randomUUID());
        }

        private void renew(String address, Message request, BusEntity entity, Map<?, ?> body, long now) {
            List<BusEntity.Locked> all = locked(entity, body.get("lock-tokens"), now);
            if (all.isEmpty()) {
                lost(address, request);
                return;
            }
            all.forEach(each -> each.until = now + entity.settings.lock().toMillis());
            Date[] ends = all.stream()
                    .map(each -> Date.from(Instant.ofEpochMilli(each.until)))
                    .toArray(Date[]::new);
            ok(address, request, Map.of("expirations", ends));
        }

        private void settle(String address, Message request, BusEntity entity, Map<?, ?> body, long now) {
            List<BusEntity.Locked> all = locked(entity, body.get("lock-tokens"), now);
            if (all.isEmpty()) {
                lost(address, request);
                return;
            }
            for (BusEntity.Locked each : all) {
                switch (String.valueOf(body.get("disposition-status"))) {
                    case "completed" -> entity.complete(each);
                    case "abandoned" -> entity.abandon(each);
                    case "suspended" -> {
                        Map<String, Object> added = new HashMap<>();
                        if (body.get("properties-to-modify") instanceof Map<?, ?> more) {
                            more.forEach((name, value) -> added.put(name.toString(), value));
                        }
                        added.put("DeadLetterReason", body.get("deadletter-reason"));
                        added.put("DeadLetterErrorDescription", body.get("deadletter-description"));
                        entity.deadLetter(each, added);
                    }
                    default -> faults.add("a disposition that is not known: " + body);
                }
            }
            ok(address, request, null);
        }

        private void peek(String address, Message request, BusEntity entity, Map<?, ?> body) {
            List<Map<String, Object>> messages = new ArrayList<>();
            int bytes = 0;
            long from = ((Number) Objects.requireNonNull(body.get("from-sequence-number"))).longValue();
            int count = ((Number) Objects.requireNonNull(body.get("message-count"))).intValue();
            for (Map.Entry<BusEntity.Stored, Integer> each : entity.peek(from, count)) {
                byte[] encoded = encoded(shown(each.getKey(), 0, each.getValue()));
                bytes += encoded.length;
                if (!messages.isEmpty() && bytes > MAX_MESSAGE_BYTES) {
                    break;
                }
                messages.add(Map.of("message", new Binary(encoded)));
            }
            if (messages.isEmpty()) {
                answer(address, request, Map.of("statusCode", 204, "statusDescription", "No Content"), null);
            } else {
                ok(address, request, Map.of("messages", messages));
            }
        }

        private void schedule(String address, Message request, BusEntity entity, Map<?, ?> body, long now) {
            List<Long> numbers = new ArrayList<>();
            for (Object each : list(body.get("messages"))) {
                Binary bytes = (Binary) Objects.requireNonNull(((Map<?, ?>) each).get("message"));
                Message message = Proton.message();
                message.decode(bytes.getArray(), bytes.getArrayOffset(), bytes.getLength());
                numbers.add(entity.add(encoded(message), message.getMessageId(), due(message), now));
            }
            Long[] all = numbers.toArray(Long[]::new);
            ok(address, request, Map.of("sequence-numbers", all));
        }

        private List<?> list(@Nullable Object array) {
            if (array instanceof List<?> list) {
                return list;
            } else if (array instanceof Object[] objects) {
                return Arrays.asList(objects);
            } else if (array instanceof long[] numbers) {
                return Arrays.stream(numbers).boxed().toList();
            }
            return List.of();
        }

        // ---- sending

        private void sent(BusEntity entity, ProtonDelivery delivery, Message message) {
            if (isMute) {
                return;
            }
            ErrorCondition refused = refuses(entity.name)
                    ? new ErrorCondition(
                            Symbol.valueOf("com.microsoft:server-busy"),
                            "The request was terminated because the namespace is being throttled. Please wait 2 seconds"
                                    + " and try again. Reference:" + UUID.randomUUID())
                    : accept(entity, message);
            if (refused == null) {
                delivery.disposition(Accepted.getInstance(), true);
            } else {
                Rejected rejected = new Rejected();
                rejected.setError(refused);
                delivery.disposition(rejected, true);
            }
        }

        /** A link by which somebody gets messages. */
        private final class Receiving {
            private final ProtonSender sender;
            private final BusEntity entity;
            private boolean isBusy;

            Receiving(ProtonSender sender, BusEntity entity) {
                this.sender = sender;
                this.entity = entity;
            }

            void deliver() {
                if (isBusy || isMute) {
                    return;
                }
                isBusy = true;
                long now = millis.getAsLong();
                entity.pass(now);
                while (!sender.sendQueueFull()) {
                    BusEntity.Locked taken = entity.lock(now);
                    if (taken == null) {
                        break;
                    }
                    sender.send(
                            LockToken.tag(taken.token),
                            shown(taken.stored, taken.until, 0),
                            delivery -> settled(taken, delivery));
                }
                if (sender.getDrain()) {
                    sender.drained();
                }
                isBusy = false;
                vertx.cancelTimer(timer);
                timer = vertx.setTimer(1, due -> pass());
            }

            private void settled(BusEntity.Locked taken, ProtonDelivery delivery) {
                DeliveryState state = delivery.getRemoteState();
                if (state == null || delivery.isSettled() || isMute) {
                    return;
                }
                long now = millis.getAsLong();
                if (entity.find(taken.token, now) == null) {
                    Rejected lost = new Rejected();
                    lost.setError(new ErrorCondition(
                            Symbol.valueOf("com.microsoft:message-lock-lost"),
                            "The lock supplied is invalid. TrackingId:" + UUID.randomUUID()));
                    delivery.disposition(lost, true);
                    return;
                }
                if (state instanceof Accepted) {
                    entity.complete(taken);
                } else if (state instanceof Released) {
                    entity.release(taken);
                } else if (state instanceof Modified modified
                        && !Boolean.TRUE.equals(modified.getUndeliverableHere())) {
                    entity.abandon(taken);
                } else if (state instanceof Rejected rejected) {
                    Map<String, Object> added = new HashMap<>();
                    if (rejected.getError() != null && rejected.getError().getInfo() != null) {
                        ((Map<?, ?>) rejected.getError().getInfo())
                                .forEach((name, value) -> added.put(name.toString(), value));
                    }
                    entity.deadLetter(taken, added);
                } else {
                    faults.add("a state that is not known: " + state);
                }
                if (!swallows) {
                    delivery.disposition(state, true);
                }
                pass();
            }
        }
    }
}
