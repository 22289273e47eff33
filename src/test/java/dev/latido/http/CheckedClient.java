package dev.latido.http;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;

/** Speaks to a service as an application does that uses {@link HttpClient}, and has each answer checked by the {@link Contract}. */
public final class CheckedClient {

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String origin;

    public CheckedClient(int port) {
        origin = "http://127.0.0.1:" + port;
    }

    /** Begins a request, a {@code GET} unless it is said to be another. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(origin + path));
    }

    public HttpResponse<String> get(String path) {
        return send(request(path));
    }

    /** Posts {@code body}, as JSON unless it is empty. */
    public HttpResponse<String> post(String path, String body) {
        return send(posting(path, body));
    }

    /** Begins a request that posts {@code body}, as JSON unless it is empty. */
    public HttpRequest.Builder posting(String path, String body) {
        HttpRequest.Builder request = request(path);
        return body.isEmpty()
                ? request.POST(BodyPublishers.noBody())
                : request.header("Content-Type", "application/json").POST(BodyPublishers.ofString(body));
    }

    /** Sends it and waits for the answer. */
    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return Contract.checked(client.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError("no answer", failure);
        }
    }

    /** Sends it; who needs the answer waits for it. */
    public CompletableFuture<HttpResponse<String>> sendLater(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), BodyHandlers.ofString()).thenApply(Contract::checked);
    }
}
