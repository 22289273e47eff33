package dev.latido.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Requests to the service. By {@link HttpURLConnection}, which is there in 50 ms; {@code java.net.http.HttpClient} takes a JVM
 * that begins ten times as long. Each request has a connection of its own: one that was kept could be closed already by
 * the service, and nobody could tell whether it had read the request.
 *
 * @param timeout how long to wait for a connection, and then for each next piece of an answer
 */
record Connection(URI base, @Nullable String apiKey, Duration timeout) {

    /** How much of an answer is read; more is no answer of this service. */
    private static final int MAX_ANSWER_BYTES = 16 * 1_048_576;

    private static final String OUTCOME_UNKNOWN =
            "It is unknown whether it was done: check with 'latido status'. Submissions with --key may be repeated safely.";

    /** Asks for {@code path}. */
    Answer get(String path) {
        return exchange(open("GET", path, Map.of(), Duration.ZERO), null);
    }

    /**
     * Has something done.
     *
     * @param moreTime how much longer than usual the answer may take
     */
    Answer post(String path, Map<String, String> headers, byte[] body, Duration moreTime) {
        return exchange(open("POST", path, headers, moreTime), body);
    }

    /**
     * Opens what goes on and on; reading from it fails when nothing came for {@code silence}. How long a connection may be
     * silent cannot be changed any more once it is open, so the time for its beginning is kept by a timer.
     *
     * @throws CliException when the service refuses, or does not answer
     */
    InputStream stream(String path, Map<String, String> headers, Duration silence) {
        HttpURLConnection http = open("GET", path, headers, silence);
        AtomicBoolean isLate = new AtomicBoolean();
        Timer timer = new Timer("time for an answer", true);
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        isLate.set(true);
                        http.disconnect();
                    }
                },
                millis(timeout));
        try {
            http.getResponseCode();
            timer.cancel();
            if (http.getResponseCode() == 200 && hasType(http, "text/event-stream")) {
                return new FilterInputStream(http.getInputStream()) {
                    @Override
                    public void close() {
                        http.disconnect(); // closing the stream would read it to its end, which never comes
                    }
                };
            }
            throw refusal(http, read(http));
        } catch (IOException failure) {
            throw silent(isLate.get() ? new SocketTimeoutException() : failure, timeout, "");
        } finally {
            timer.cancel();
        }
    }

    private HttpURLConnection open(String method, String path, Map<String, String> headers, Duration moreTime) {
        try {
            HttpURLConnection http = (HttpURLConnection)
                    base.resolve(base.getRawPath() + path).toURL().openConnection();
            http.setRequestMethod(method);
            http.setInstanceFollowRedirects(false);
            http.setUseCaches(false);
            http.setConnectTimeout(millis(timeout));
            http.setReadTimeout(millis(timeout.plus(moreTime)));
            http.setRequestProperty("Connection", "close");
            http.setRequestProperty(
                    "Accept", "application/json, application/x-ndjson, text/event-stream, application/problem+json");
            http.setRequestProperty("User-Agent", "latido/" + Version.text());
            if (apiKey != null) {
                http.setRequestProperty("Authorization", "Bearer " + apiKey);
            }
            headers.forEach(http::setRequestProperty);
            http.setDoOutput(method.equals("POST"));
            http.connect();
            return http;
        } catch (IOException failure) {
            throw CliException.unreachable(
                    "Nothing answers at " + base + " (" + why(failure) + ").",
                    "Is the service running there? Start it with 'java -jar latido.jar', or name another place with --url or "
                            + Settings.URL + ".");
        }
    }

    private Answer exchange(HttpURLConnection http, byte @Nullable [] body) {
        try {
            if (body != null) {
                try (OutputStream out = http.getOutputStream()) {
                    out.write(body);
                }
            }
            int status = http.getResponseCode();
            String text = read(http);
            if (status / 100 == 2 && (hasType(http, "application/json") || hasType(http, "application/x-ndjson"))) {
                return new Answer(status, text);
            }
            throw refusal(http, text);
        } catch (IOException failure) {
            throw silent(failure, Duration.ofMillis(http.getReadTimeout()), body == null ? "" : OUTCOME_UNKNOWN);
        } finally {
            http.disconnect();
        }
    }

    private CliException silent(IOException failure, Duration waited, String consequence) {
        String what = failure instanceof SocketTimeoutException
                ? "did not answer within " + waited.toMillis() / 1000.0 + " s"
                : "was lost before it had answered (" + why(failure) + ")";
        String next = consequence.isEmpty() ? "Try again; --timeout gives it more time." : consequence;
        return CliException.unanswered("The service at " + base + " " + what + ".", next);
    }

    private static String why(IOException failure) {
        String message = failure.getMessage();
        String type = failure.getClass().getSimpleName();
        return message == null ? type : type.equals("UnknownHostException") ? "unknown host " + message : message;
    }

    private static String read(HttpURLConnection http) throws IOException {
        InputStream in = http.getResponseCode() >= 400 ? http.getErrorStream() : http.getInputStream();
        if (in == null) { // an error without a body
            return "";
        }
        byte[] bytes = in.readNBytes(MAX_ANSWER_BYTES + 1);
        if (bytes.length > MAX_ANSWER_BYTES) {
            throw new IOException("more than " + MAX_ANSWER_BYTES + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private CliException refusal(HttpURLConnection http, String body) throws IOException {
        int status = http.getResponseCode();
        if (!hasType(http, "application/problem+json")) {
            return CliException.unreachable(
                    "What answers at " + base + " is not a Latido service: HTTP " + status + ", "
                            + http.getContentType() + ".",
                    "Name the right place with --url or " + Settings.URL + ".");
        }
        int seconds = http.getHeaderFieldInt("Retry-After", -1);
        return CliException.refused(
                status, body, Answer.fields(body), seconds < 0 ? null : Duration.ofSeconds(seconds));
    }

    private static boolean hasType(HttpURLConnection http, String type) {
        String header = http.getContentType();
        return header != null
                && header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(type);
    }

    private static int millis(Duration duration) {
        return (int) Math.min(Integer.MAX_VALUE, Math.max(1, duration.toMillis()));
    }

    /** Tells nobody the key. */
    @Override
    public String toString() {
        return base.toString();
    }
}
