package dev.latido.cluster;

import dev.latido.cluster.SentRequest.Route;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.eventbus.impl.clustered.DefaultNodeSelector;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the node that each message goes to, as Vert.x does, and remembers of the requests that are {@link #send sent}
 * through it which one that was. When a node has left the cluster, its requests end.
 *
 * <p>No request is forgotten, whenever a node leaves: it is first written down who has a request, and then looked whether
 * that node is a member still; while of a node that left, it is first known that it is no member, and then looked what
 * it has. One of the two sees the other.
 *
 * <p>Vert.x tells a selector the address only and not the message. It asks it in the thread that sends, before
 * {@code request} returns, so that a field of the thread says which request is meant.
 */
final class RequestRoutes extends DefaultNodeSelector {

    /**
     * How many nodes are looked at in search of one that is there. News of consumers come later than that of their
     * node's end, by tens of milliseconds, in which the nodes that stay take turns with those that are gone.
     */
    static final int MAX_CHOICES = 8;

    private static final ThreadLocal<@Nullable SentRequest> SENDING = new ThreadLocal<>();

    private final Function<String, @Nullable String> placeOf;
    private final Set<SentRequest> unanswered = ConcurrentHashMap.newKeySet();

    /**
     * Makes a selector.
     *
     * @param placeOf where the member with a node id is; null when there is none
     */
    RequestRoutes(Function<String, @Nullable String> placeOf) {
        this.placeOf = placeOf;
    }

    /**
     * Sends a request.
     *
     * @param toBus hands it to the event bus, and returns what that answers
     * @param later runs what it is given when a choice has had time enough. The cluster may be slow to say where consumers
     *     are while a member stands still; and a selector of Vert.x that learns of the last one's end while it asks for them
     *     never chooses
     */
    Future<Message<Object>> send(String address, Supplier<Future<Message<Object>>> toBus, Consumer<Runnable> later) {
        SentRequest request = new SentRequest(address);
        unanswered.add(request);
        SENDING.set(request);
        try {
            toBus.get().onComplete(request::answered);
        } catch (RuntimeException unsendable) {
            request.answered(null, unsendable);
        } finally {
            SENDING.remove();
        }
        if (!request.isDecided()) {
            later.accept(request::giveUp);
        }
        return request.reply().onComplete(ended -> unanswered.remove(request));
    }

    /** Returns the request that this thread is sending; null for none. */
    @Nullable SentRequest sending() {
        return SENDING.get();
    }

    @Override
    public void selectForSend(String address, Completable<String> chosen) {
        SentRequest request = SENDING.get();
        if (request == null) {
            super.selectForSend(address, chosen);
        } else {
            choose(address, request, chosen, MAX_CHOICES);
        }
    }

    private void choose(String address, SentRequest request, Completable<String> chosen, int choices) {
        super.selectForSend(address, (node, failure) -> {
            if (failure != null) {
                chosen.fail(failure);
            } else if (node == null || isRouted(request, node)) {
                if (request.send()) {
                    chosen.succeed(node);
                }
            } else if (choices > 1) {
                choose(address, request, chosen, choices - 1);
            } else {
                chosen.fail(new ReplyException(ReplyFailure.NO_HANDLERS, "all consumers known are on nodes that left"));
            }
        });
    }

    private boolean isRouted(SentRequest request, String node) {
        String place = placeOf.apply(node);
        if (place == null) {
            return false;
        }
        request.goesTo(new Route(node, place));
        return placeOf.apply(node) != null;
    }

    /** Ends the requests that are with nodes that are no members any more. To be called after any was removed. */
    void membersRemoved() {
        for (SentRequest request : unanswered) {
            Route route = request.route();
            if (route != null && placeOf.apply(route.node()) == null) {
                request.lost(route);
            }
        }
    }

    /**
     * Ends the requests that are with other nodes. To be called when this node was cut off from the cluster and has joined
     * it again: others forgot where it is, and what they answered meanwhile was lost.
     *
     * @param self this node's id
     */
    void rejoined(String self) {
        for (SentRequest request : unanswered) {
            Route route = request.route();
            if (route != null && !route.node().equals(self)) {
                request.cutOff(route);
            }
        }
    }

    /** Tells whether a message would find a consumer, on a node that is a member. */
    Future<Boolean> hasConsumer(String address) {
        Promise<Boolean> answer = Promise.promise();
        selectForPublish(address, (nodes, failure) -> {
            if (failure == null) {
                answer.complete(isAnyMember(nodes));
            } else {
                answer.fail(failure);
            }
        });
        return answer.future();
    }

    private boolean isAnyMember(Iterable<String> nodes) {
        for (String node : nodes) {
            if (placeOf.apply(node) != null) {
                return true;
            }
        }
        return false;
    }
}
