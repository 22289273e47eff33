package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of a host. */
@FunctionalInterface
interface HostResolver {

    /** Returns all addresses that {@code host}, a name or a literal, has now; fails when it has none. */
    Future<List<InetAddress>> resolve(String host);

    /**
     * Asks the machine's resolver, as the JVM does and caches it. A lookup blocks, for long when a name server is
     * silent: a few threads of its own, so that it hinders nothing else.
     */
    static HostResolver system(Vertx vertx) {
        WorkerExecutor threads = vertx.createSharedWorkerExecutor("latido-resolver", 4);
        return host -> threads.executeBlocking(() -> lookUp(host), false);
    }

    private static List<InetAddress> lookUp(String host) throws UnknownHostException {
        return List.of(InetAddress.getAllByName(host));
    }
}
