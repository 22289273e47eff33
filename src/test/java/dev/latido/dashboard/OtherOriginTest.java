package dev.latido.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.latido.Service;
import dev.latido.Services;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a page of another origin finds out about a service that asks for no key: nothing, not even that there is one. */
class OtherOriginTest {

    private final Service service = Services.start(
            new JsonObject().put("jobs", new JsonObject().put("mail", new JsonObject())), "shutdown.grace", "50ms");

    private final Browser browser = new Browser();

    @AfterEach
    void stop() {
        browser.close();
        service.stop();
    }

    private String url() {
        return "http://127.0.0.1:" + service.port() + "/";
    }

    /** Loads a URL in each way that a page has without being allowed to, and says of each whether that succeeded. */
    private static final String PROBE = """
            const [urls, done] = arguments;
            const load = (kind, set) => new Promise((resolve) => {
                const element = document.createElement(kind);
                element.onload = () => resolve(kind + ' loaded');
                element.onerror = () => resolve(kind + ' failed');
                set(element);
                document.body.append(element);
            });
            const ask = (url, mode) => fetch(url, {mode}).then(() => mode + ' answered', () => mode + ' failed');
            const probe = (url) => Promise.all([
                load('img', (image) => { image.src = url; }),
                load('script', (script) => { script.src = url; }),
                load('link', (link) => { link.rel = 'stylesheet'; link.href = url; }),
                load('audio', (audio) => { audio.src = url; }),
                ask(url, 'no-cors'),
                ask(url, 'cors'),
            ]);
            Promise.all(urls.map(probe)).then((all) => done(all.map((one) => one.join(', '))));
            """;

    /** What is there, what is not, and what is there in every service. */
    private static final List<String> PATHS = List.of(
            "api/jobs/mail",
            "api/jobs/nope",
            "api/job/status",
            "health/live",
            "metrics",
            "",
            "dashboard/icon.svg",
            "nope");

    private List<Object> probe(String base) {
        return List.copyOf((List<?>) browser.driver()
                .executeAsyncScript(
                        PROBE, PATHS.stream().map(path -> base + path).toList()));
    }

    private static String nothing() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "http://127.0.0.1:" + free.getLocalPort() + "/";
        }
    }

    private void findsOutNothing() throws IOException {
        List<Object> seen = probe(url());
        assertThat(seen).hasSize(PATHS.size()).containsOnly(seen.get(0));
        assertThat(seen).as("beside where nothing is").isEqualTo(probe(nothing()));
    }

    /** Of another port, which to a browser is the same site. */
    @Test
    void aPageOfAnotherPortFindsOutNothing() throws IOException {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>other</title><body>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        other.start();
        try {
            browser.open("http://127.0.0.1:" + other.getAddress().getPort() + "/");
            findsOutNothing();
        } finally {
            other.stop(0);
        }
    }

    @Test
    void aPageOfAnotherSiteFindsOutNothingAndMayLeadHere() throws IOException {
        browser.open("data:text/html,<!doctype html><title>other</title><body>");
        findsOutNothing();
        browser.run(
                "const link = document.createElement('a'); link.href = arguments[0]; document.body.append(link); link.click();",
                url());
        browser.awaitText("#headline-title", "All is well");
    }
}
