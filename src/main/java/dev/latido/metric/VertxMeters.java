package dev.latido.metric;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.metrics.MetricsOptions;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.VertxMetricsFactory;
import io.vertx.core.spi.metrics.ClientMetrics;
import io.vertx.core.spi.metrics.DatagramSocketMetrics;
import io.vertx.core.spi.metrics.EventBusMetrics;
import io.vertx.core.spi.metrics.HttpClientMetrics;
import io.vertx.core.spi.metrics.HttpServerMetrics;
import io.vertx.core.spi.metrics.PoolMetrics;
import io.vertx.core.spi.metrics.TCPMetrics;
import io.vertx.core.spi.metrics.VertxMetrics;
import io.vertx.micrometer.Label;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;

/**
 * Vert.x's own meters in {@code registry}, but for those of HTTP servers, which are {@link HttpServerMeters}. Knows by the
 * way where in this process consumers are registered, because Vert.x tells its meters and nobody else.
 */
public final class VertxMeters implements VertxMetricsFactory {

    private final MeterRegistry registry;
    private final ConsumerCounts consumers = new ConsumerCounts();

    public VertxMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Returns what to set with {@link VertxOptions#setMetricsOptions}. */
    public static MetricsOptions options() {
        return new MicrometerMetricsOptions()
                .setEnabled(true)
                .setJvmMetricsEnabled(true)
                .addLabels(Label.HTTP_ROUTE);
    }

    /** Tells whether a consumer in this process is registered at {@code address}. */
    public boolean hasConsumer(String address) {
        return consumers.hasConsumer(address);
    }

    @Override
    public VertxMetrics metrics(VertxOptions options) {
        return new Meters(
                new MicrometerMetricsFactory(registry).metrics(options), new HttpServerMeters(registry), consumers);
    }

    private record Meters(VertxMetrics vertx, HttpServerMeters http, ConsumerCounts consumers) implements VertxMetrics {

        @Override
        public HttpServerMetrics<?, ?, ?> createHttpServerMetrics(HttpServerOptions options, SocketAddress address) {
            return http;
        }

        @Override
        public EventBusMetrics<?> createEventBusMetrics() {
            EventBusMetrics<?> meters = vertx.createEventBusMetrics();
            return consumers.counting(meters);
        }

        @Override
        public ClientMetrics<?, ?, ?> createClientMetrics(SocketAddress remote, String type, String namespace) {
            return vertx.createClientMetrics(remote, type, namespace);
        }

        @Override
        public HttpClientMetrics<?, ?, ?> createHttpClientMetrics(HttpClientOptions options) {
            return vertx.createHttpClientMetrics(options);
        }

        @Override
        public TCPMetrics<?> createNetServerMetrics(NetServerOptions options, SocketAddress address) {
            return vertx.createNetServerMetrics(options, address);
        }

        @Override
        public TCPMetrics<?> createNetClientMetrics(NetClientOptions options) {
            return vertx.createNetClientMetrics(options);
        }

        @Override
        public DatagramSocketMetrics createDatagramSocketMetrics(DatagramSocketOptions options) {
            return vertx.createDatagramSocketMetrics(options);
        }

        @Override
        public PoolMetrics<?, ?> createPoolMetrics(String type, String name, int maxSize) {
            return vertx.createPoolMetrics(type, name, maxSize);
        }

        @Override
        public void vertxCreated(Vertx created) {
            vertx.vertxCreated(created);
        }

        @Override
        public boolean isMetricsEnabled() {
            return vertx.isMetricsEnabled();
        }

        @Override
        public void close() {
            vertx.close();
        }
    }
}
