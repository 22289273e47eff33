package dev.latido.queue.storagequeue;

import dev.latido.loop.EventLoop;
import dev.latido.queue.ConnectProblem;
import dev.latido.queue.StorageAccount;
import dev.latido.queue.storagequeue.CallException.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Gets a token for what says who this service is, by the OAuth 2.0 client credentials flow with a federated credential
 * (<a href="https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow">third case</a>).
 */
final class TokenExchange {

    private static final String SCOPE = "https://storage.azure.com/.default";
    private static final String ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 65_536;
    private static final int MAX_SHOWN = 200;
    private static final int MAX_LIFETIME_SECONDS = 7 * 86_400;

    private final Exchange.Sender sender;
    private final StorageAccount.Identity identity;

    TokenExchange(HttpClientAgent client, EventLoop loop, StorageAccount.Identity identity) {
        sender = new Exchange.Sender(client, loop, MAX_BYTES);
        this.identity = identity;
    }

    /** Returns a token for {@code assertion}; fails with {@link CallException}. */
    Future<Credentials.Timed> token(String assertion) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "client_credentials");
        form.put("client_id", identity.client());
        form.put("scope", SCOPE);
        form.put("client_assertion_type", ASSERTION);
        form.put("client_assertion", assertion.strip());
        URI authority = identity.authority();
        boolean isSecure = "https".equals(authority.getScheme());
        String path = authority.getRawPath() == null ? "" : authority.getRawPath();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(authority.getHost())
                .setPort(authority.getPort() < 0 ? (isSecure ? 443 : 80) : authority.getPort())
                .setSsl(isSecure)
                .setURI((path.endsWith("/") ? path.substring(0, path.length() - 1) : path) + "/" + identity.tenant()
                        + "/oauth2/v2.0/token")
                .putHeader("Content-Type", "application/x-www-form-urlencoded");
        return sender.send(options, Buffer.buffer(encoded(form)), PATIENCE).transform((answer, failure) -> {
            if (failure != null) {
                return failed(
                        failure instanceof Exchange.Failure unanswered
                                ? unanswered.isTimeout()
                                        ? "does not answer"
                                        : "is not reached: " + ConnectProblem.of(unanswered.reason(), "http")
                                : "is not reached: " + failure.getMessage());
            }
            return answer.status() == 200 ? read(answer.body()) : failed("refuses: " + error(answer));
        });
    }

    private static String encoded(Map<String, String> form) {
        return form.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    private Future<Credentials.Timed> read(Buffer body) {
        try {
            JsonObject json = body.toJsonObject();
            String token = json.getString("access_token", "");
            long seconds = Long.parseLong(String.valueOf(json.getValue("expires_in", 0)));
            if (!token.matches("[!-~]+") || seconds < 1) {
                return failed("gives no token");
            }
            return Future.succeededFuture(new Credentials.Timed(
                    new Credentials.Proof(null, null, token),
                    Duration.ofSeconds(Math.min(MAX_LIFETIME_SECONDS, seconds))));
        } catch (DecodeException | ClassCastException | NumberFormatException e) { // may show the token
            return failed("gives no token");
        }
    }

    /** Returns what it says is wrong. It does not repeat what it was sent. */
    private static String error(Exchange.Answer answer) {
        try {
            JsonObject json = answer.body().toJsonObject();
            String text = json.getString("error", "") + ": "
                    + json.getString("error_description", "")
                            .lines()
                            .findFirst()
                            .orElse("");
            return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN);
        } catch (DecodeException | ClassCastException e) {
            return "HTTP " + answer.status();
        }
    }

    private <T> Future<T> failed(String what) {
        return Future.failedFuture(new CallException(
                Kind.REFUSED, "the authority " + identity.authority().getHost() + " " + what));
    }
}
