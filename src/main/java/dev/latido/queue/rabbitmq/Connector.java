package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.Address;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.impl.DefaultExceptionHandler;
import dev.latido.queue.BrokerConfig.Login;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections to one RabbitMQ, which share a thread that reads and writes. Its calls block. */
final class Connector {

    /** How long a connection, and a handshake, may take. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How long an answer may take. */
    static final Duration ANSWER = Duration.ofSeconds(10);

    /** A connection without a sign of life is given up after two of these: a third of the usual lease. */
    private static final int HEARTBEAT_SECONDS = 5;

    private static final int MAX_CERTIFICATE_BYTES = 1_048_576;

    private final RabbitConfig config;
    private final int maxBodyBytes;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, (ThreadFactory) task -> Threads.thread("latido-rabbitmq-io", task), NioIoHandler.newFactory());

    Connector(RabbitConfig config, int maxBodyBytes) {
        this.config = config;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** Connects, with the login as it is now. */
    Connection connect(String name) throws Exception {
        Login login = config.login().call();
        ConnectionFactory factory = new ConnectionFactory();
        if (login.user() != null) {
            factory.setUsername(login.user());
        }
        if (login.password() != null) {
            factory.setPassword(login.password());
        }
        factory.setVirtualHost(config.vhost());
        factory.setAutomaticRecoveryEnabled(false); // what was delivered is known to be lost, and all is rebuilt here
        factory.setTopologyRecoveryEnabled(false);
        factory.setConnectionTimeout((int) PATIENCE.toMillis());
        factory.setHandshakeTimeout((int) PATIENCE.toMillis());
        factory.setChannelRpcTimeout((int) ANSWER.toMillis());
        factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
        factory.setShutdownTimeout((int) ANSWER.toMillis());
        factory.setMaxInboundMessageBodySize(maxBodyBytes);
        factory.setSharedExecutor(new Threads.Direct());
        factory.setThreadFactory(task -> Threads.thread("latido-rabbitmq", task));
        factory.setExceptionHandler(new Quiet());
        ConnectionFactory.NettyConfiguration netty = factory.netty()
                .eventLoopGroup(group)
                .enqueuingTimeout(ANSWER)
                .bootstrapCustomizer(bootstrap -> bootstrap
                        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) PATIENCE.toMillis())
                        .option(ChannelOption.TCP_NODELAY, true));
        if (config.isSecure()) {
            netty.sslContext(tls(config.caFile()));
        }
        return factory.newConnection(List.of(new Address(bare(config.host()), config.port())), name);
    }

    /** Returns a host as an address is written outside of URLs. */
    private static String bare(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static SslContext tls(@Nullable String caFile) throws IOException {
        SslContextBuilder builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
        if (caFile != null) {
            try (InputStream in = Files.newInputStream(Path.of(caFile))) {
                byte[] pem = in.readNBytes(MAX_CERTIFICATE_BYTES);
                builder.trustManager(new ByteArrayInputStream(pem));
            } catch (IllegalArgumentException none) {
                throw new IOException(caFile + ": there are no certificates in PEM in it");
            }
        }
        return builder.build();
    }

    /** Says why it failed. */
    Failure failure(Throwable cause) {
        return new Failure(
                true,
                false,
                "RabbitMQ at " + config.place() + " cannot be used: "
                        + Failure.of(cause).why());
    }

    /** Ends the thread that reads and writes, once the connections are closed. */
    Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).addListener(done -> closed.complete());
        return closed.future();
    }

    /** How a connection ended is told to whoever uses it, and not to the log as well. */
    private static final class Quiet extends DefaultExceptionHandler {

        private static final Logger LOG = LoggerFactory.getLogger(Quiet.class);

        @Override
        protected void log(String message, Throwable failure) {
            LOG.debug(message, failure);
        }
    }
}
