package dev.latido.worker;

import io.vertx.core.Vertx;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import io.vertx.ext.web.client.impl.WebClientInternal;

/**
 * What all HTTP workers call with.
 *
 * @param web sends requests
 * @param looks opens connections only to see whether somebody takes them
 */
record HttpClients(WebClient web, NetClient looks) {

    /** How many connections one server gets; further calls wait. */
    static final int MAX_CONNECTIONS = 128;

    /** How many calls may wait for a connection to one server; further ones find no worker. */
    static final int MAX_WAITING = 1_024;

    private static final int CONNECT_MILLIS = 10_000;

    /**
     * Less than the 5 seconds after which widespread servers close an idle connection. A request that crosses with the
     * closing is lost, and nobody can say whether it was read.
     */
    private static final int KEEP_ALIVE_SECONDS = 3;

    /** Makes the clients that all jobs share. */
    static HttpClients of(Vertx vertx, WebClientOptions options) {
        options.setUserAgent("latido")
                .setFollowRedirects(false)
                .setConnectTimeout(CONNECT_MILLIS)
                .setKeepAliveTimeout(KEEP_ALIVE_SECONDS);
        PoolOptions pool = new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS).setMaxWaitQueueSize(MAX_WAITING);
        WebClient web = WebClient.create(vertx, options, pool);
        ((WebClientInternal) web).addInterceptor(HttpCall::watch);
        return new HttpClients(web, vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_MILLIS)));
    }
}
