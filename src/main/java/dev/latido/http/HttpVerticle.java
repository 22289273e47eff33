package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import dev.latido.process.ProcessEnd;
import dev.latido.stream.EventStream;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP edge: binds the server and mounts the route tables. It knows the protocol and nothing of the owner. */
public final class HttpVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(HttpVerticle.class);

    /**
     * What the system keeps for a client that does not take it, of which Linux makes the double; left alone, it keeps 4 MB, and
     * for each of them.
     */
    private static final int SEND_BUFFER_BYTES = 65_536;

    private static final int MIN_READ_BYTES = 64;
    private static final int FIRST_READ_BYTES = 2_048;
    private static final int MAX_READ_BYTES = 4_096;

    private final HttpConfig config;
    private final Function<Context, Clients> clients;
    private final Scrape.Source scrape;
    private final TimeSource time;
    private final MemoryBudget memory;
    private final MemoryBudget reserve;
    private final MemoryBudget unsent;
    private final LongAdder slowReaders = new LongAdder();
    private final ConnectionBound connections;
    private final @Nullable BiConsumer<HttpMethod, String> routing;
    private final LogLevels log;
    private final DashboardRoutes dashboard;
    private final DocsRoutes docs;

    private @Nullable HttpServer server;
    private @Nullable Router router;
    private @Nullable EventStream events;
    private volatile boolean accepting = true;

    /**
     * What stands between the edge and the owner. Made on the verticle's own context, to which their state then belongs.
     *
     * @param commands for callers
     * @param probe for the readiness check
     * @param events what happens
     * @param levels reads how the jobs stand, for the metrics; fails when nobody knows
     */
    public record Clients(JobClient commands, JobClient probe, EventStream events, Supplier<Future<Void>> levels) {}

    /**
     * Makes the edge.
     *
     * @param clients makes the clients, once, on the verticle's context
     * @param scrape writes all metrics; may take long
     * @param memory what bodies and answers are charged to as long as they are held
     * @param log how much is logged
     * @param routing told which route a request takes, when it does; null for nobody
     */
    public HttpVerticle(
            HttpConfig config,
            Function<Context, Clients> clients,
            Scrape.Source scrape,
            TimeSource time,
            MemoryBudget memory,
            LogLevels log,
            @Nullable BiConsumer<HttpMethod, String> routing) {
        this.routing = routing;
        this.log = log;
        this.memory = memory;
        this.reserve = RequestMemory.reserve(memory);
        this.unsent = AnswerBound.budget(config.maxUnsentBytes());
        this.connections = new ConnectionBound(config.maxConnections(), config.maxConnectionsPerClient());
        this.config = config;
        this.clients = clients;
        this.scrape = scrape;
        this.time = time;
        this.dashboard = new DashboardRoutes(); // these read files, so not when the verticle starts
        this.docs = new DocsRoutes();
    }

    @Override
    public Future<?> start() {
        Clients made = clients.apply(context);
        events = made.events();
        CommonHeaders common = new CommonHeaders(vertx, time, config.idleTimeout());
        BodyBound bound = new BodyBound(
                new Deadlines<>(vertx, time, config.requestTimeout(), Problem.TIMEOUT::sendAndClose),
                RequestMemory.largestBody(memory, config.maxBodyBytes()));
        AnswerBound answers = new AnswerBound(vertx, time, unsent, config.minReadRate(), slowReaders);
        ApiKeys keys = new ApiKeys(config.apiKeys());
        if (config.apiKeysFile() != null) {
            new ApiKeysFile(vertx, config.apiKeysFile(), keys).watch();
        }
        AllowedHosts hosts = new AllowedHosts(config.allowedHosts());
        Paths paths = new Paths();
        router = router(routes(made, keys, hosts), paths, keys, bound);
        Predicate<String> anyHost = path -> HealthRoutes.isAt(paths.find(path));
        HttpServer http = vertx.createHttpServer(options())
                .requestHandler(new RequestGuard(hosts, anyHost, bound, common, router))
                .invalidRequestHandler(request -> invalid(request, common))
                .connectionHandler(connection -> connected(connection, answers))
                .exceptionHandler(HttpVerticle::connectionFailed);
        server = http;
        return http.listen().recover(this::cannotListen);
    }

    private Future<HttpServer> cannotListen(Throwable cause) {
        return Future.failedFuture(new IllegalStateException(
                "cannot listen on " + config.host() + ":" + config.port() + " (http.host, http.port): "
                        + cause.getMessage(),
                cause));
    }

    private HttpServerOptions options() {
        return new HttpServerOptions()
                .setHost(config.host())
                .setPort(config.port())
                .setMaxHeaderSize(config.maxHeaderBytes())
                .setSendBufferSize(SEND_BUFFER_BYTES)
                .setMaxInitialLineLength(config.maxRequestLineBytes())
                .setIdleTimeout((int) config.idleTimeout().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setHttp2ClearTextEnabled(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setCompressionSupported(false)
                .setDecompressionSupported(false);
    }

    private List<Route> routes(Clients made, ApiKeys keys, AllowedHosts hosts) {
        List<Route> routes = new ArrayList<>();
        LongWork work = new LongWork(vertx);
        Answers answers = new Answers(work, memory, reserve);
        // The router tries one after the other: first what is asked for most.
        routes.addAll(new JobRoutes(made.commands()).table());
        routes.addAll(new SubmitRoutes(made.commands(), answers, work, config, time).table());
        routes.addAll(new JobsRoutes(made.commands(), answers, work, config.longestWait()).table());
        routes.addAll(new ExecutionRoutes(made.commands(), answers).table());
        routes.addAll(new SearchRoutes(made.commands(), answers, time).table());
        routes.addAll(new PauseRoutes(made.commands(), answers).table());
        routes.addAll(new SummaryRoutes(made.commands(), answers, time).table());
        routes.addAll(new MoveRoutes(made.commands(), answers).table());
        routes.addAll(new SeriesRoutes(made.commands(), answers).table());
        routes.addAll(new StoreRoutes(made.commands(), answers).table());
        routes.addAll(new EventRoutes(made.events()).table());
        routes.addAll(new HealthRoutes(
                        vertx,
                        made.probe(),
                        () -> accepting,
                        request -> hosts.check(request) == null && keys.accept(request))
                .table());
        routes.addAll(new MetricsRoutes(vertx, made.levels(), scrape, config.metricsNeedKey()).table());
        routes.addAll(new LogRoutes(log, work).table());
        routes.addAll(dashboard.table());
        routes.addAll(docs.table());
        return routes;
    }

    private Router router(List<Route> routes, Paths paths, ApiKeys keys, BodyBound bound) {
        Router router = Router.router(vertx);
        BodyReader bodies = new BodyReader(bound, memory, reserve);
        ChangeLog changes = new ChangeLog(vertx);
        Map<String, List<String>> methods = new LinkedHashMap<>();
        router.route().handler(context -> find(paths, context));
        for (Route route : routes) {
            String path = route.path();
            paths.add(path);
            io.vertx.ext.web.Route mounted = router.route(path).method(route.method());
            methods.computeIfAbsent(path, any -> new ArrayList<>())
                    .add(route.method().name());
            if (route.method().equals(HttpMethod.GET)) {
                mounted.method(HttpMethod.HEAD); // RFC 9110, 9.1: who supports GET supports HEAD
                methods.get(path).add("HEAD");
            }
            tellRoute(mounted, path);
            if (route.access() == Route.Access.KEY && keys.required()) {
                mounted.handler(context -> authorize(keys, context));
            }
            if (ChangeLog.isOf(route)) {
                mounted.handler(context -> changes.watch(route, context));
            }
            if (!route.method().equals(HttpMethod.GET)) {
                mounted.handler(
                        switch (route.body()) {
                            case FORGOTTEN -> bodies::forget;
                            case SETTINGS -> bodies::keepSettings;
                            case WORK -> bodies::keepWork;
                        });
            }
            mounted.handler(route.handler());
        }
        methods.forEach((path, allowed) ->
                tellRoute(router.route(path), path).handler(context -> notAllowed(context, allowed)));

        router.errorHandler(400, context -> Problem.BAD_REQUEST.sendAndClose(context.request()));
        router.errorHandler(404, context -> Problem.NOT_FOUND.send(context.request()));
        router.errorHandler(500, context -> Fault.answer(context.request(), context.failure()));
        return router;
    }

    private io.vertx.ext.web.Route tellRoute(io.vertx.ext.web.Route mounted, String path) {
        BiConsumer<HttpMethod, String> told = routing;
        return told == null
                ? mounted
                : mounted.handler(context -> {
                    told.accept(context.request().method(), path);
                    context.next();
                });
    }

    /** Has a request routed by the one form of its path, at once or anew. That form's form is itself, so this is once. */
    private static void find(Paths paths, RoutingContext context) {
        String path = context.request().path();
        String known = paths.find(path);
        if (known == null) {
            Problem.NOT_FOUND.send(context.request());
        } else if (known.equals(path)) {
            context.next();
        } else if (DocsRoutes.leadsAstray(known, path)
                && RequestGuard.isSafe(context.request().method())) {
            DocsRoutes.redirect(context.response());
        } else {
            String query = context.request().query();
            context.reroute(query == null ? known : known + "?" + query);
        }
    }

    private static void authorize(ApiKeys keys, RoutingContext context) {
        if (keys.accept(context.request())) {
            context.next();
        } else {
            context.response().putHeader("WWW-Authenticate", "Bearer realm=\"latido\"");
            Problem.UNAUTHORIZED.send(context.request());
        }
    }

    private static void notAllowed(RoutingContext context, List<String> allowed) {
        String list = String.join(", ", allowed);
        context.response().putHeader(HttpHeaders.ALLOW, list);
        Problem.methodNotAllowed(list).send(context.request());
    }

    private void connected(HttpConnection connection, AnswerBound answers) {
        // Without a handler every reset connection and every malformed byte is an ERROR in the log.
        connection.exceptionHandler(HttpVerticle::connectionFailed);
        ConnectionBase internal = (ConnectionBase) connection; // Vert.x has no settings for most of this
        InetAddress client = client(internal.channel());
        if (!connections.tryOpen(client)) {
            connection.close();
            return;
        }
        connection.closeHandler(ignored -> connections.close(client));
        readLittle(internal.channel());
        internal.channel().pipeline().addBefore("handler", "version", new OtherVersion());
        answers.watch(internal);
    }

    private static @Nullable InetAddress client(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress known ? known.getAddress() : null;
    }

    /**
     * Has the event loop read once from a connection until the others have had their turn. Netty reads up to 16 times, and a
     * megabyte of chunks of one byte each holds the event loop for 80 ms. And little at once: where a request is not complete,
     * what was read stays in direct memory until it is.
     */
    private static void readLittle(Channel channel) {
        channel.config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES)
                                .maxMessagesPerRead(1));
    }

    private static void connectionFailed(Throwable failure) {
        ProcessEnd.endIfOutOfMemory(failure);
        LOG.debug("a connection failed", failure);
    }

    /** Answers what the HTTP decoder could not make sense of. */
    private void invalid(HttpServerRequest request, CommonHeaders common) {
        try {
            answerInvalid(request, common);
        } catch (RuntimeException | Error fault) {
            Fault.answer(request, fault);
        }
    }

    private void answerInvalid(HttpServerRequest request, CommonHeaders common) {
        Throwable cause = request.decoderResult().cause();
        LOG.debug("an invalid request from {}", request.remoteAddress(), cause);
        Problem problem = cause instanceof TooLongHttpLineException
                ? Problem.requestLineTooLong(config.maxRequestLineBytes())
                : cause instanceof TooLongHttpHeaderException
                        ? Problem.headerTooLarge(config.maxHeaderBytes())
                        : Problem.BAD_REQUEST;
        common.stamp(request);
        problem.sendAndClose(request);
    }

    /** Returns the port that is bound. */
    public int port() {
        return server == null ? -1 : server.actualPort();
    }

    /** Returns what answers that clients have not taken take, may, and how often there was no room for one. */
    public MemoryBudget unsent() {
        return unsent;
    }

    /** Returns how many connections were closed because their clients took an answer too slowly. */
    public long slowReaders() {
        return slowReaders.sum();
    }

    /** Returns all that is routed, for tests. */
    List<io.vertx.ext.web.Route> routed() {
        return router == null ? List.of() : router.getRoutes();
    }

    /** Returns the event loop that the edge runs on. */
    public Context eventLoop() {
        return context;
    }

    /** Says "not ready" from now on; everything is still answered. May be called from any thread. */
    public void notReady() {
        accepting = false;
    }

    /**
     * Stops accepting, ends the streams of events, and closes every connection once what is under way on it is answered,
     * or after {@code grace}.
     *
     * @return fails when something was not answered in time
     */
    public Future<Void> shutdown(Duration grace) {
        if (server == null) {
            return Future.succeededFuture();
        }
        long begun = time.nanos();
        EventStream streams = events;
        if (streams != null) {
            context.runOnContext(ignored -> streams.end());
        }
        return server.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS)
                .compose(ignored -> grace.isZero() || time.nanos() - begun < grace.toNanos()
                        ? Future.succeededFuture()
                        : Future.failedFuture("HTTP requests were still under way"));
    }
}
