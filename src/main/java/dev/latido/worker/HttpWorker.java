package dev.latido.worker;

import dev.latido.job.Attempt;
import dev.latido.job.Excerpt;
import dev.latido.json.JsonString;
import dev.latido.setting.WebAddress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * The worker {@code http}: posts the payload to a URL. 2xx is success, and the body of the response the result: as it is
 * when it is JSON by its {@code Content-Type} and in fact, as a JSON string otherwise. Of a body that is longer than the job
 * keeps the rest is not read, and the call broken off. 4xx is final, other than 408 and 429; a {@code Retry-After} is obeyed.
 *
 * <p>It does not let itself be used against the network that it runs in: at each call the host is resolved anew, all its
 * addresses must be public unless the job allows others, and the connection goes to the very address that was checked,
 * while the {@code Host} header and the check of the certificate keep the name. No redirect is followed and no proxy
 * used.
 */
final class HttpWorker implements Worker {

    /** The job's own timeout is to be the one that is seen. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private static final int MAX_SHOWN = 200;

    private final HttpClients clients;
    private final InstantSource clock;
    private final HostResolver resolver;
    private final URI url;
    private final WebAddress address;
    private final String target;
    private final Predicate<InetAddress> allowed;
    private final long timeoutMillis;
    private final Results results;
    private final HeaderValues headers;

    /**
     * Makes a worker.
     *
     * @param allowed which addresses may be called
     * @param headers what requests say besides
     * @param clock for {@code Retry-After} with a date
     */
    HttpWorker(
            HttpClients clients,
            HostResolver resolver,
            Predicate<InetAddress> allowed,
            URI url,
            HeaderValues headers,
            Duration timeout,
            Results results,
            InstantSource clock) {
        this.clients = clients;
        this.clock = clock;
        this.resolver = resolver;
        this.allowed = allowed;
        this.url = url;
        this.headers = headers;
        this.address = WebAddress.of(url).orElseThrow();
        this.target = pathAndQuery(url);
        this.timeoutMillis = timeout.plus(GRACE).toMillis();
        this.results = results;
    }

    private static String pathAndQuery(URI url) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        HttpCall call = new HttpCall(results);
        Promise<@Nullable String> outcome = Promise.promise();
        resolve()
                .compose(addresses -> headers.get()
                        .compose(values ->
                                post(task, call, values, addresses, 0).compose(answer -> result(answer, values))))
                .onComplete((result, failure) -> {
                    if (failure == null) {
                        outcome.tryComplete(result);
                    } else {
                        outcome.tryFail(failure);
                    }
                });
        task.onCancel(() -> {
            outcome.tryFail(new WorkFailedException("cancelled"));
            call.abort();
        });
        return outcome.future();
    }

    /** Opens a connection and closes it again, without a byte on it. Whatever else could be wrong is left to a call. */
    @Override
    public Future<Void> checkReachable() {
        return resolve().compose(addresses -> connect(addresses, 0));
    }

    private Future<Void> connect(List<InetAddress> addresses, int next) {
        return clients.looks()
                .connect(address.port(), addresses.get(next).getHostAddress())
                .compose(NetSocket::close)
                .recover(failure -> next + 1 == addresses.size()
                        ? Future.failedFuture(notConnected(failure))
                        : connect(addresses, next + 1));
    }

    private Future<List<InetAddress>> resolve() {
        return resolver.resolve(address.host()).transform((addresses, failure) -> {
            if (failure != null || addresses.isEmpty()) {
                return Future.failedFuture(new WorkerUnavailableException("no address is known of " + address.host()));
            }
            for (InetAddress found : addresses) {
                if (!allowed.test(found)) {
                    return failed("not called: " + address.host() + " has the address " + found.getHostAddress()
                            + ", which is not public; the setting allowPrivate allows it");
                }
            }
            return Future.succeededFuture(addresses);
        });
    }

    /** Posts to one address after the other until one of them can be connected to. */
    private Future<HttpCall.Answer> post(
            Task task, HttpCall call, List<HeaderValues.Value> values, List<InetAddress> addresses, int next) {
        if (call.isAborted()) {
            return failed("cancelled");
        }
        Buffer body = task.payload() == null ? Buffer.buffer() : Buffer.buffer(task.payload());
        return request(task, call, values, addresses.get(next))
                .sendBuffer(body)
                .map(HttpResponse::body)
                .recover(failure -> {
                    if (call.isTooLong()) {
                        return Future.succeededFuture(call.answer());
                    }
                    boolean isLast = next + 1 == addresses.size();
                    return call.wasSent() || isLast
                            ? Future.failedFuture(meaning(call, failure))
                            : post(task, call, values, addresses, next + 1);
                });
    }

    private HttpRequest<HttpCall.Answer> request(
            Task task, HttpCall call, List<HeaderValues.Value> values, InetAddress pinned) {
        Attempt attempt = task.attempt();
        String message = task.message();
        // a literal: with the name in it, the client would resolve that name again
        SocketAddress server = SocketAddress.inetSocketAddress(address.port(), pinned.getHostAddress());
        HttpRequest<HttpCall.Answer> request = clients.web()
                .request(HttpMethod.POST, server, address.port(), address.host(), target)
                .ssl(address.isSecure())
                .followRedirects(false)
                .timeout(timeoutMillis)
                .as(call)
                .putHeader("Content-Type", "application/json")
                .putHeader(
                        "Idempotency-Key", message == null ? attempt.execution().toString() : PercentText.of(message))
                .putHeader("Latido-Job", attempt.job())
                .putHeader("Latido-Execution", attempt.execution().toString())
                .putHeader("Latido-Attempt", Integer.toString(attempt.number()));
        values.forEach(value -> request.putHeader(value.header().name(), value.text()));
        return request;
    }

    private Throwable meaning(HttpCall call, Throwable failure) {
        if (call.wasSent()) {
            return new WorkFailedException("no whole response from " + why(failure));
        }
        // a certificate does not get right by waiting
        return failure instanceof SSLHandshakeException
                ? new WorkFailedException("no secure connection to " + why(failure) + reason(failure.getCause()))
                : notConnected(failure);
    }

    private WorkerUnavailableException notConnected(Throwable failure) {
        return new WorkerUnavailableException("no connection to " + why(failure));
    }

    private String why(Throwable failure) {
        return url.getAuthority() + ": " + oneLine(String.valueOf(failure.getMessage()));
    }

    private static String reason(@Nullable Throwable cause) {
        return cause == null ? "" : ": " + oneLine(String.valueOf(cause.getMessage()));
    }

    private Future<@Nullable String> result(HttpCall.Answer answer, List<HeaderValues.Value> values) {
        if (answer.isSuccess()) {
            return Future.succeededFuture(resultOf(answer));
        }
        String location = answer.headers().get(HttpHeaders.LOCATION);
        return answer.status() / 100 == 3
                ? failed("HTTP " + answer.status() + " from " + url.getAuthority() + ": redirects are not followed"
                        + (location == null ? "" : ", to " + oneLine(HeaderValues.masked(values, location))))
                : Future.failedFuture(refused(answer, values));
    }

    /** JSON is left to be looked at where it is kept; what is not JSON by its own word is a string, whatever it looks like. */
    private static @Nullable String resultOf(HttpCall.Answer answer) {
        if (answer.text().isEmpty()) {
            return null;
        }
        boolean mayBeJson = BodyText.isJson(answer.headers().get(HttpHeaders.CONTENT_TYPE)) && !answer.isMalformed();
        return mayBeJson ? answer.text() : JsonString.of(answer.text());
    }

    private Throwable refused(HttpCall.Answer answer, List<HeaderValues.Value> values) {
        String shown = oneLine(HeaderValues.masked(values, answer.text()));
        return RetryAdvice.failure(
                "HTTP " + answer.status() + " from " + url.getAuthority() + (shown.isEmpty() ? "" : ": " + shown),
                answer.status(),
                RetryAdvice.pause(answer.headers().get(HttpHeaders.RETRY_AFTER), clock.instant()));
    }

    /** What a server says gets into logs: one line, shortened, without control characters. */
    private static String oneLine(String text) {
        return Excerpt.shown(text.replaceAll("[\\s\\p{Cntrl}]+", " ").trim(), MAX_SHOWN);
    }

    private static <T> Future<T> failed(String why) {
        return Future.failedFuture(new WorkFailedException(why));
    }
}
