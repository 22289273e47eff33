package dev.latido.cluster;

import dev.latido.worker.WorkFailedException;
import dev.latido.worker.WorkerUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import org.jspecify.annotations.Nullable;

/** A request that waits for its reply. May be used from any thread; what ends it first counts. */
final class SentRequest {

    /**
     * Whom it goes to.
     *
     * @param node the node's id
     * @param place where that member of the cluster is, as {@code host:port}
     */
    record Route(String node, String place) {
        @Override
        public String toString() {
            return place + " (node " + node + ")";
        }
    }

    private final String address;
    private final Promise<Message<Object>> reply = Promise.promise();
    private boolean isSent;
    private boolean isGivenUp;
    private volatile @Nullable Route route;

    SentRequest(String address) {
        this.address = address;
    }

    /** Returns the reply, or why there is none. */
    Future<Message<Object>> reply() {
        return reply.future();
    }

    /** Returns whom it goes to; null while that is not known, and for a consumer that only this process knows. */
    @Nullable Route route() {
        return route;
    }

    void goesTo(Route chosen) {
        route = chosen;
    }

    /** Tells that it is sent now; false when it has ended, and must not be sent any more. */
    synchronized boolean send() {
        isSent = !isGivenUp && !reply.future().isComplete();
        return isSent;
    }

    /** Tells whether it was sent, or has ended. */
    synchronized boolean isDecided() {
        return isSent || reply.future().isComplete();
    }

    /** Ends it when it was not sent yet: nobody gets it any more. */
    void giveUp() {
        synchronized (this) {
            if (isSent) {
                return;
            }
            isGivenUp = true;
        }
        reply.tryFail(new WorkerUnavailableException("the cluster does not say who consumes " + address));
    }

    /** Takes what the event bus answers. */
    void answered(@Nullable Message<Object> message, @Nullable Throwable failure) {
        if (failure == null) {
            reply.tryComplete(message);
        } else {
            reply.tryFail(failure);
        }
    }

    /** Ends it because it could not be written: not all of it has left this process, so that nobody has read it. */
    void notWritten(Throwable cause) {
        Route to = route;
        if (cause instanceof ReplyException) {
            return; // of those the bus tells by itself
        }
        reply.tryFail(new WorkerUnavailableException((to == null
                        ? "nothing can be sent to " + address
                        : "no connection to the consumer at " + address + " on " + to.place())
                + ": " + cause.getMessage()));
    }

    /** Ends it because the node that it went to has left the cluster. */
    void lost(Route to) {
        lost("the cluster member " + to + " was gone before it answered");
    }

    /** Ends it because its answer may not have found this node. */
    void cutOff(Route to) {
        lost("this service was cut off from the cluster member " + to + " that had it");
    }

    private void lost(String how) {
        reply.tryFail(new WorkFailedException("worker-lost: " + how + ", so nobody knows whether the work was done"));
    }
}
