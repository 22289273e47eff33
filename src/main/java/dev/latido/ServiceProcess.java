package dev.latido;

import dev.latido.config.Config;
import dev.latido.config.ConfigLoader;
import dev.latido.config.InvalidConfigException;
import dev.latido.store.StoreException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service as a process: load the configuration, start the service, stop it on SIGTERM or SIGINT. */
final class ServiceProcess {

    private static final int EXIT_OK = 0;
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_BAD_CONFIG = 2;
    private static final int EXIT_STORE_BROKEN = 3;

    private static final Logger LOG = LoggerFactory.getLogger("latido");

    private ServiceProcess() {}

    /** Runs until a signal comes. Exits with 0 after an orderly stop, 2 for a bad configuration, 3 for a broken store, 1 for other failures. */
    static void run() {
        AtomicReference<@Nullable Service> running = new AtomicReference<>();
        try {
            Config config = loadConfig();
            stopOnSignal(running);
            Service service = Service.start(config, ServiceProcess::endAtOnce);
            running.set(service);
            LOG.info(
                    "Latido is up at {} after {} ms; jobs: {}",
                    url(config.http().host(), service.port()),
                    ManagementFactory.getRuntimeMXBean().getUptime(),
                    config.jobs().stream().map(job -> job.definition().name()).collect(Collectors.joining(", ")));
        } catch (InvalidConfigException invalid) {
            LOG.error("Latido did not start. {}", invalid.getMessage());
            System.exit(EXIT_BAD_CONFIG);
        } catch (Exception failure) {
            LOG.error("Latido did not start: {}", failure.getMessage());
            LOG.debug("The cause", failure);
            System.exit(EXIT_FAILED);
        }
    }

    /** Nothing more can be promised, so nothing more may be answered: what is stored is the truth to begin again from. */
    private static void endAtOnce(StoreException failure) {
        LOG.error("Latido ends: {}", failure.getMessage(), failure.getCause());
        LOG.error("The store can no longer be relied on. Check the disk; what was acknowledged is in the store.");
        Runtime.getRuntime().halt(EXIT_STORE_BROKEN);
    }

    private static String url(String host, int port) {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /** Reads the configuration on a Vert.x instance of its own: it decides how the real one is made. */
    private static Config loadConfig() throws InvalidConfigException {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            return ConfigLoader.load(vertx);
        } finally {
            vertx.close();
        }
    }

    /**
     * The first signal stops in order; a second one too, but without waiting for what is in flight; a third one ends at
     * once. Before the service is up there is nothing to put in order.
     */
    private static void stopOnSignal(AtomicReference<@Nullable Service> running) {
        AtomicInteger signals = new AtomicInteger();
        Consumer<String> stop = signal -> {
            Service service = running.get();
            switch (signals.incrementAndGet()) {
                case 1 -> {
                    Thread thread = new Thread(() -> System.exit(service == null ? EXIT_OK : stop(service)), "stop");
                    // that of the signal is one, and then the JVM could end by itself, with 0, before this exit does
                    thread.setDaemon(false);
                    thread.start();
                }
                case 2 -> {
                    LOG.warn("A second signal (SIG{}): not waiting any more", signal);
                    if (service != null) {
                        service.hurry();
                    }
                }
                default -> {
                    LOG.warn("A third signal (SIG{}): ending now", signal);
                    Runtime.getRuntime().halt(EXIT_FAILED);
                }
            }
        };
        Signals.handle(stop, "TERM", "INT");
    }

    private static int stop(Service service) {
        try {
            boolean inTime = service.stop();
            LOG.info("Stopped");
            return inTime ? EXIT_OK : EXIT_FAILED;
        } catch (Exception failure) {
            LOG.error("Did not stop in order", failure);
            return EXIT_FAILED;
        }
    }
}
