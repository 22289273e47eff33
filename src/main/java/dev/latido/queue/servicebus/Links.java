package dev.latido.queue.servicebus;

import dev.latido.loop.EventLoop;
import dev.latido.queue.servicebus.BusException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.proton.ProtonLink;
import io.vertx.proton.ProtonReceiver;
import io.vertx.proton.ProtonSender;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.engine.Link;

/** How links to the service are opened, and watched. */
final class Links {

    /** The engine's own link in one of the client's, which hands out all of it but the mode in which a receiver settles. */
    private static final VarHandle ENGINE = engine();

    private Links() {}

    private static VarHandle engine() {
        try {
            Class<?> owner = Class.forName("io.vertx.proton.impl.ProtonLinkImpl");
            return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
                    .findVarHandle(owner, "link", Link.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    e); // the client is of another version than the one that this was built with
        }
    }

    /** Has the service wait for what becomes of each message, and confirm that: what it calls peek-lock. */
    static void settleSecond(ProtonReceiver receiver) {
        ((Link) ENGINE.get(receiver)).setReceiverSettleMode(ReceiverSettleMode.SECOND);
    }

    /**
     * Opens a link. One that is refused is first opened by the service, without a source or target, and then closed with the
     * reason.
     *
     * @param what what it leads to, for people
     * @param closed told on the loop, once, when it was open and is no more
     * @return completes on the loop when it is open
     */
    static <T extends ProtonLink<T>> Future<Void> open(
            T link, String what, EventLoop loop, Consumer<BusException> closed) {
        Promise<Void> opened = Promise.promise();
        link.openHandler(done -> loop.execute(() -> {
            if (done.succeeded() && isAccepted(link)) {
                opened.tryComplete();
            }
        }));
        link.closeHandler(done -> loop.execute(() -> ended(link, what, opened, closed)));
        link.detachHandler(done -> loop.execute(() -> ended(link, what, opened, closed)));
        link.open();
        return opened.future();
    }

    private static <T extends ProtonLink<T>> void ended(
            T link, String what, Promise<Void> opened, Consumer<BusException> closed) {
        BusException why = BusException.of(link.getRemoteCondition(), what);
        link.close();
        link.free();
        if (!opened.tryFail(why)) {
            closed.accept(why);
        }
    }

    private static boolean isAccepted(ProtonLink<?> link) {
        return link instanceof ProtonSender ? link.getRemoteTarget() != null : link.getRemoteSource() != null;
    }

    /** Returns why nothing can be done by a link that is not there. */
    static BusException gone() {
        return new BusException(Kind.NOT_SENT, "Service Bus is not connected");
    }
}
