package dev.latido.queue.storagequeue;

import dev.latido.loop.EventLoop;
import dev.latido.queue.ConnectProblem;
import dev.latido.queue.StorageAccount;
import dev.latido.queue.storagequeue.CallException.Kind;
import dev.latido.queue.storagequeue.Credentials.Proof;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.tracing.TracingPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import javax.xml.stream.XMLStreamException;

/**
 * Calls the service. What it wants less of is asked for again a few times, as that was not done; what it does not take for
 * proven, once more with what is in the file by then. On the broker's loop; futures fail with {@link CallException} only.
 */
final class StorageClient {

    /** One that has all that is used here: messages that never expire, and tokens. */
    private static final String VERSION = "2021-12-02";

    private static final String CONTENT_TYPE = "application/xml";

    /** How many connections there are at most. */
    private static final int CONNECTIONS = 32;

    /** From how many calls on no more is to be submitted. Others are bounded by what queues have: they may all wait. */
    private static final int MANY = 1_024;

    private static final int CONNECT_MILLIS = 5_000;

    /** Less than the 5 seconds after which Azurite closes a connection that is not used. */
    private static final int KEEP_ALIVE_SECONDS = 3;

    /** 32 messages of 64 KiB, each of whose characters is written as six. */
    private static final int MAX_ANSWER_BYTES = 16 * 1024 * 1024;

    /** An answer that is larger is not read on the loop. */
    private static final int LARGE = 65_536;

    private static final int MORE_TRIES = 3;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final int MAX_SHOWN = 200;

    private final Vertx vertx;
    private final StorageAccount account;
    private final EventLoop loop;
    private final RandomGenerator random;
    private final ServerClock clock;
    private final HttpClientAgent http;
    private final Exchange.Sender sender;
    private final Credentials credentials;
    private int pending;

    StorageClient(
            Vertx vertx,
            StorageConfig config,
            EventLoop loop,
            LongSupplier nanos,
            LongSupplier wallMillis,
            RandomGenerator random) {
        this.vertx = vertx;
        account = config.account();
        this.loop = loop;
        this.random = random;
        clock = new ServerClock(nanos, wallMillis);
        HttpClientOptions options = new HttpClientOptions()
                .setConnectTimeout(CONNECT_MILLIS)
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                .setTracingPolicy(TracingPolicy.IGNORE);
        if (config.caFile() != null) {
            options.setTrustOptions(new PemTrustOptions().addCertPath(config.caFile()));
        }
        http = vertx.httpClientBuilder()
                .with(options)
                .with(new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(-1))
                .withConnectHandler(
                        connection -> connection.exceptionHandler(ended -> {})) // an error in the log otherwise
                .build();
        sender = new Exchange.Sender(http, loop, MAX_ANSWER_BYTES);
        StorageAccount.Identity identity = account.identity();
        credentials = new Credentials(
                vertx, account, loop, nanos, identity == null ? null : new TokenExchange(http, loop, identity));
    }

    ServerClock clock() {
        return clock;
    }

    /** Tells whether no more should be asked for now. */
    boolean isFull() {
        return pending >= MANY;
    }

    /** Calls, and completes with the answer of a success. */
    Future<Exchange.Answer> call(Operation operation, Duration within) {
        pending++;
        return credentials
                .proof()
                .compose(proof -> attempt(operation, within, proof, false, MORE_TRIES))
                .onComplete(done -> pending--);
    }

    /** Takes messages, or looks at them. */
    Future<List<Xml.Told>> messages(Operation operation, Duration within) {
        return call(operation, within).compose(this::read);
    }

    private Future<List<Xml.Told>> read(Exchange.Answer answer) {
        if (answer.body().length() <= LARGE) {
            try {
                return Future.succeededFuture(Xml.messages(answer.body().getBytes()));
            } catch (XMLStreamException e) {
                return unread();
            }
        }
        Promise<List<Xml.Told>> promise = Promise.promise();
        vertx.executeBlocking(() -> Xml.messages(answer.body().getBytes()), false)
                .onComplete((told, failure) -> loop.execute(() -> {
                    if (told != null) {
                        promise.complete(told);
                    } else {
                        unread().onComplete(promise);
                    }
                }));
        return promise.future();
    }

    private static Future<List<Xml.Told>> unread() {
        return Future.failedFuture(
                new CallException(Kind.WRONG, "the answer of Azure Queue Storage is not a list of messages"));
    }

    /** Returns about how many messages there are. */
    Future<Long> count(String queue, Duration within) {
        return call(Operation.metadata(queue), within).map(answer -> {
            String count = answer.headers().get("x-ms-approximate-messages-count");
            return count != null && count.matches("\\d{1,18}") ? Long.parseLong(count) : 0;
        });
    }

    private Future<Exchange.Answer> attempt(
            Operation operation, Duration within, Proof proof, boolean isProvenAgain, int moreTries) {
        return sender.send(options(operation, proof), operation.body(), within)
                .recover(failure -> Future.failedFuture(notAnswered(failure, within)))
                .compose(answer -> {
                    boolean isOff = clock.told(answer.headers().get("Date"));
                    int status = answer.status();
                    if (status >= 200 && status < 300) {
                        return Future.succeededFuture(answer);
                    }
                    CallException failure = meaning(answer);
                    if (failure.kind() == Kind.THROTTLED && moreTries > 0) {
                        return pause(MORE_TRIES - moreTries)
                                .compose(over -> attempt(operation, within, proof, isProvenAgain, moreTries - 1));
                    }
                    if (failure.kind() == Kind.REFUSED && !isProvenAgain) {
                        return credentials
                                .proofAfter(proof)
                                .compose(now -> !now.equals(proof) || isOff
                                        ? attempt(operation, within, now, true, moreTries)
                                        : Future.failedFuture(failure));
                    }
                    return Future.failedFuture(failure);
                });
    }

    private Future<Void> pause(int tries) {
        Promise<Void> over = Promise.promise();
        long most = FIRST_PAUSE.toNanos() << tries;
        loop.schedule(Duration.ofNanos((long) (most * (0.5 + random.nextDouble() / 2))), over::complete);
        return over.future();
    }

    private RequestOptions options(Operation operation, Proof proof) {
        String path = account.path() + operation.target();
        String query = operation.encodedQuery();
        String sas = proof.sas();
        if (sas != null) {
            query = query.isEmpty() ? sas : query + "&" + sas;
        }
        SortedMap<String, String> headers = new TreeMap<>(Map.of("x-ms-date", clock.date(), "x-ms-version", VERSION));
        int bodyBytes = operation.body() == null ? 0 : operation.body().length();
        String contentType = bodyBytes == 0 ? "" : CONTENT_TYPE;
        RequestOptions options = new RequestOptions()
                .setMethod(operation.method())
                .setHost(account.host())
                .setPort(account.port())
                .setSsl(account.isSecure())
                .setURI(query.isEmpty() ? path : path + "?" + query);
        headers.forEach(options::putHeader);
        if (bodyBytes > 0) {
            options.putHeader("Content-Type", contentType);
        } else if (operation.method().equals(HttpMethod.PUT)) {
            options.putHeader("Content-Length", "0"); // the client says nothing, and Azure wants it said
        }
        if (proof.key() != null) {
            options.putHeader(
                    "Authorization",
                    proof.key()
                            .sign(operation.method().name(), bodyBytes, contentType, headers, path, operation.query()));
        } else if (proof.token() != null) {
            options.putHeader("Authorization", "Bearer " + proof.token());
        }
        return options;
    }

    private CallException notAnswered(Throwable failure, Duration within) {
        if (!(failure instanceof Exchange.Failure unanswered)) {
            return failure instanceof CallException known
                    ? known
                    : new CallException(Kind.NOT_SENT, String.valueOf(failure.getMessage()));
        }
        String why;
        if (unanswered.isTimeout()) {
            why = "Azure Queue Storage at " + account.host() + " does not answer within " + within.toMillis() + " ms";
        } else if (unanswered.wasSent()) {
            why = "the connection to Azure Queue Storage was lost";
        } else {
            why = "Azure Queue Storage at " + account.host() + " is not reached: "
                    + ConnectProblem.of(unanswered.reason(), "http");
        }
        return new CallException(unanswered.wasSent() ? Kind.UNANSWERED : Kind.NOT_SENT, why);
    }

    /** Says what an answer that is no success means. */
    private static CallException meaning(Exchange.Answer answer) {
        String told = answer.headers().get("x-ms-error-code");
        String code = told == null || !told.matches("\\w{1,100}") ? "" : told;
        String shown = "HTTP " + answer.status() + (code.isEmpty() ? "" : " " + code);
        return switch (answer.status()) {
            case 401, 403 -> new CallException(Kind.REFUSED, refused(code, shown));
            case 404 ->
                code.equals("MessageNotFound")
                        ? new CallException(Kind.NO_MESSAGE, "the message is not there any more")
                        : new CallException(Kind.NO_QUEUE, "a queue is not there (" + shown + ")");
            case 413 ->
                new CallException(Kind.TOO_LARGE, "the message has more bytes than Azure takes (" + shown + ")");
            case 429, 503 ->
                new CallException(Kind.THROTTLED, "Azure Queue Storage is busy and takes less (" + shown + ")");
            case 400 ->
                code.equals("PopReceiptMismatch")
                        ? new CallException(Kind.OTHER_RECEIPT, "the lease was over, and the message was taken since")
                        : new CallException(Kind.WRONG, "Azure Queue Storage refused: " + shown);
            default ->
                answer.status() >= 500
                        ? new CallException(Kind.UNANSWERED, "Azure Queue Storage has a fault (" + shown + ")")
                        : new CallException(Kind.WRONG, "Azure Queue Storage refused: " + cut(shown));
        };
    }

    private static String refused(String code, String shown) {
        return switch (code) {
            case "AuthorizationPermissionMismatch",
                    "AuthorizationFailure",
                    "InsufficientAccountPermissions",
                    "AuthorizationServiceMismatch",
                    "AuthorizationResourceTypeMismatch" ->
                "Azure Queue Storage does not allow what a queue needs (" + shown + ")";
            default -> "Azure Queue Storage refuses the login (" + shown + ")";
        };
    }

    private static String cut(String text) {
        return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN);
    }

    Future<Void> close() {
        return http.close();
    }
}
