package dev.latido.http;

import dev.latido.event.EventWire;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import dev.latido.setting.DurationText;
import dev.latido.stream.EventCursor;
import dev.latido.stream.EventStream;
import dev.latido.stream.Subscription;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /api/events}: what happens, as server-sent events (HTML Living Standard, 9.2). */
final class EventRoutes {

    static final Duration MIN_INTERVAL = Duration.ofMillis(50);
    static final Duration MAX_INTERVAL = Duration.ofSeconds(60);

    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final CharSequence EVENT_STREAM = HttpHeaders.createOptimized("text/event-stream");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

    private final EventStream stream;

    EventRoutes(EventStream stream) {
        this.stream = stream;
    }

    List<Route> table() {
        return List.of(Route.get("/api/events", Route.Access.KEY, this::events));
    }

    private void events(RoutingContext context) {
        Subscription wanted;
        try {
            wanted = wanted(context);
            stream.check(wanted);
        } catch (CommandException refused) {
            Answers.failed(context, refused);
            return;
        }
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.CONTENT_TYPE, EVENT_STREAM)
                .putHeader(HttpHeaders.CACHE_CONTROL, NO_STORE)
                .putHeader("X-Accel-Buffering", "no") // else nginx, in front, would hold back what is sent
                .setChunked(true);
        if (context.request().method().equals(HttpMethod.HEAD)) {
            response.end();
            return;
        }
        Runnable gone = stream.open(wanted, new ResponseOutlet(context.request()));
        response.closeHandler(ignored -> gone.run());
        response.exceptionHandler(ignored -> gone.run());
        if (response.closed()) {
            gone.run();
        }
    }

    private static Subscription wanted(RoutingContext context) {
        Query query = new Query(context.queryParams(), Set.of("job", "type"), "job", "type", "interval", "lastEventId");
        Set<String> types = new HashSet<>(query.all("type"));
        for (String type : types) {
            if (!EventWire.TYPES.contains(type)) {
                throw Query.bad("Query parameter 'type' must be one of " + String.join(", ", EventWire.TYPES) + ".");
            }
        }
        Duration interval = interval(query.text("interval"));
        if (interval != null && !types.isEmpty()) {
            throw Query.bad("Query parameter 'type' goes with single events, and not with 'interval'.");
        }
        return new Subscription(
                new LinkedHashSet<>(query.all("job")), types, interval, last(context, query.text("lastEventId")));
    }

    private static @Nullable Duration interval(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return DurationText.parse(text)
                .filter(interval -> interval.compareTo(MIN_INTERVAL) >= 0 && interval.compareTo(MAX_INTERVAL) <= 0)
                .orElseThrow(() ->
                        Query.bad("Query parameter 'interval' must be a time from 50ms to 60s, such as 250ms or 1s."));
    }

    /** Reads how far the reader was; the header, which browsers send by themselves, is newer than the parameter. */
    private static @Nullable EventCursor last(RoutingContext context, @Nullable String parameter) {
        List<String> lines = context.request().headers().getAll(LAST_EVENT_ID);
        if (lines.size() > 1) {
            throw new CommandException(
                    new Refusal(400, "bad-parameter", "Header '" + LAST_EVENT_ID + "' is given twice.", null));
        }
        String header = lines.isEmpty() ? "" : lines.get(0);
        String text = header.isEmpty() ? parameter : header;
        if (text == null) {
            return null;
        }
        String where = text.equals(parameter) ? "Query parameter 'lastEventId'" : "Header '" + LAST_EVENT_ID + "'";
        return EventCursor.parse(text)
                .orElseThrow(() -> new CommandException(new Refusal(
                        400, "bad-parameter", where + " must be the id of an event of this stream.", null)));
    }
}
