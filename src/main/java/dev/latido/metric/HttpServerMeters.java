package dev.latido.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The meters of an HTTP server, under the names and labels that Vert.x gives them. Two things are different from its
 * own: a meter is looked up by array index instead of being built and registered anew for each request, which takes a
 * quarter of a small request's time; and a method that no standard names counts as {@value #OTHER}, as a client could
 * otherwise fill the memory with meters of invented methods.
 */
final class HttpServerMeters implements HttpServerMetrics<HttpServerMeters.RequestMetric, Void, HttpServerMeters> {

    private static final String OTHER = "other";
    private static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", OTHER);
    private static final int MIN_CODE = 100;
    private static final int MAX_CODE = 599;

    private final MeterRegistry registry;
    private final LongAdder connections = new LongAdder();
    private final Counter bytesRead;
    private final Counter bytesWritten;
    private final Map<String, MethodMeters> methods;
    private final MethodMeters otherMethod;

    HttpServerMeters(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder(name("active.connections"), connections, LongAdder::doubleValue)
                .description("Number of opened connections to the server")
                .register(registry);
        bytesRead = Counter.builder(name("bytes.read"))
                .description("Number of bytes received by the server")
                .register(registry);
        bytesWritten = Counter.builder(name("bytes.written"))
                .description("Number of bytes sent by the server")
                .register(registry);
        otherMethod = new MethodMeters(OTHER);
        methods = METHODS.stream()
                .collect(Collectors.toUnmodifiableMap(
                        Function.identity(), method -> method.equals(OTHER) ? otherMethod : new MethodMeters(method)));
    }

    private static String name(String what) {
        return "vertx.http.server." + what;
    }

    @Override
    public HttpServerMeters connected(SocketAddress remoteAddress, String remoteName) {
        connections.increment();
        return this;
    }

    @Override
    public void disconnected(HttpServerMeters self, SocketAddress remoteAddress) {
        connections.decrement();
    }

    @Override
    public void bytesRead(HttpServerMeters self, SocketAddress remoteAddress, long bytes) {
        bytesRead.increment((double) bytes);
    }

    @Override
    public void bytesWritten(HttpServerMeters self, SocketAddress remoteAddress, long bytes) {
        bytesWritten.increment((double) bytes);
    }

    @Override
    public void exceptionOccurred(HttpServerMeters self, SocketAddress remoteAddress, Throwable failure) {
        Counter.builder(name("errors"))
                .description("Number of errors")
                .register(registry)
                .increment();
    }

    @Override
    public RequestMetric requestBegin(HttpServerMeters self, HttpRequest request) {
        return begin(request.method());
    }

    @Override
    public RequestMetric responsePushed(HttpServerMeters self, HttpMethod method, String uri, HttpResponse response) {
        RequestMetric request = begin(method);
        request.requestEnded = true;
        return request;
    }

    private RequestMetric begin(HttpMethod method) {
        MethodMeters meters = methods.getOrDefault(method.name(), otherMethod);
        meters.active.increment();
        return new RequestMetric(meters, System.nanoTime());
    }

    @Override
    public void requestRouted(RequestMetric metric, @Nullable String route) {
        if (route != null) {
            metric.route = metric.route.isEmpty() ? route : metric.route + ">" + route;
        }
    }

    @Override
    public void requestEnd(RequestMetric metric, HttpRequest request, long bytes) {
        metric.meters.requestBytes().record((double) bytes);
        metric.requestEnded = true;
        metric.endIfBothEnded();
    }

    @Override
    public void responseEnd(RequestMetric metric, HttpResponse response, long bytes) {
        AnswerMeters meters = metric.meters.answers(metric.route, response.statusCode());
        meters.time.record(System.nanoTime() - metric.begunNanos, TimeUnit.NANOSECONDS);
        meters.bytes.record((double) bytes);
        metric.responseEnded = true;
        metric.endIfBothEnded();
    }

    @Override
    public void requestReset(RequestMetric metric) {
        Counter.builder(name("request.resets"))
                .description("Number of request resets")
                .tag("method", metric.meters.method)
                .register(registry)
                .increment();
        metric.end();
    }

    /** One request under way. Touched by its connection's event loop only. */
    static final class RequestMetric {

        private final MethodMeters meters;
        private final long begunNanos;
        private String route = "";
        private boolean requestEnded;
        private boolean responseEnded;
        private boolean ended;

        RequestMetric(MethodMeters meters, long begunNanos) {
            this.meters = meters;
            this.begunNanos = begunNanos;
        }

        void endIfBothEnded() {
            if (requestEnded && responseEnded) {
                end();
            }
        }

        void end() {
            if (!ended) {
                ended = true;
                meters.active.decrement();
            }
        }
    }

    /** The meters of one method. */
    private final class MethodMeters {

        private final String method;
        private final LongAdder active = new LongAdder();
        private final Map<String, RouteMeters> byRoute = new ConcurrentHashMap<>();
        private volatile @Nullable DistributionSummary requestBytes;

        MethodMeters(String method) {
            this.method = method;
        }

        /** Registers what belongs to the method with its first request, so that there are no rows of zeros. */
        DistributionSummary requestBytes() {
            DistributionSummary summary = requestBytes;
            if (summary == null) {
                Gauge.builder(name("active.requests"), active, LongAdder::doubleValue)
                        .description("Number of requests being processed")
                        .tag("method", method)
                        .register(registry);
                summary = DistributionSummary.builder(name("request.bytes"))
                        .description("Size of requests in bytes")
                        .tag("method", method)
                        .register(registry);
                requestBytes = summary;
            }
            return summary;
        }

        AnswerMeters answers(String route, int code) {
            return byRoute.computeIfAbsent(route, RouteMeters::new).answers(this, code);
        }
    }

    /** The meters of one method and route. Routes are those of the router, and so not many. */
    private final class RouteMeters {

        private final String route;
        private final AtomicReferenceArray<@Nullable AnswerMeters> byCode =
                new AtomicReferenceArray<>(MAX_CODE - MIN_CODE + 1);

        RouteMeters(String route) {
            this.route = route;
        }

        AnswerMeters answers(MethodMeters method, int code) {
            int index = Math.max(MIN_CODE, Math.min(MAX_CODE, code)) - MIN_CODE;
            AnswerMeters meters = byCode.get(index);
            if (meters == null) {
                meters = new AnswerMeters(
                        registry, Tags.of("method", method.method, "route", route, "code", Integer.toString(code)));
                byCode.set(index, meters);
            }
            return meters;
        }
    }

    /** The meters of one method, route and status code. */
    private static final class AnswerMeters {

        private final Timer time;
        private final DistributionSummary bytes;

        AnswerMeters(MeterRegistry registry, Tags tags) {
            time = Timer.builder(name("response.time"))
                    .description("Request processing time")
                    .tags(tags)
                    .register(registry);
            FunctionCounter.builder(name("requests"), time, Timer::count)
                    .description("Number of processed requests")
                    .tags(tags)
                    .register(registry);
            bytes = DistributionSummary.builder(name("response.bytes"))
                    .description("Size of responses in bytes")
                    .tags(tags)
                    .register(registry);
        }
    }
}
