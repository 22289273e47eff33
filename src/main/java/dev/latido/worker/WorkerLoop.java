package dev.latido.worker;

import io.netty.channel.EventLoopGroup;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.VertxThreadFactory;
import io.vertx.core.spi.transport.Transport;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An event loop for the code of one job's class. Contexts of Vert.x share its threads, with the owner and the HTTP server
 * too, so code that blocks one of them would hold up all that the service does; this thread runs nothing but what the class
 * does, its timers and its clients' answers included. It is made when it is first needed, and ends with its Vert.x.
 */
final class WorkerLoop {

    /** From when on a loop is called blocked: the limit that Vert.x has for its own. */
    static final Duration LIMIT = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(WorkerLoop.class);
    private static final int IO_RATIO = 50;

    private final String job;
    private final String name;
    private final VertxInternal vertx;
    private @Nullable ContextInternal context;
    private final AtomicInteger calls = new AtomicInteger();
    private volatile @Nullable Thread thread;

    /** When the look began that is not answered yet; 0 when there is none. */
    private volatile long lookedAtNanos;

    private volatile boolean isBlocked;

    /**
     * Makes a loop.
     *
     * @param job whose worker runs on it, for messages
     * @param name of its thread
     */
    WorkerLoop(Vertx vertx, String job, String name) {
        this.vertx = (VertxInternal) vertx;
        this.job = job;
        this.name = name;
    }

    /** Returns the loop, which is made now if nobody has needed it before: it has a selector, and most jobs may never run. */
    private synchronized ContextInternal context() {
        ContextInternal made = context;
        if (made == null) {
            EventLoopGroup group =
                    vertx.transport().eventLoopGroup(Transport.IO_EVENT_LOOP_GROUP, 1, this::thread, IO_RATIO);
            vertx.addCloseHook(closed -> {
                close(group);
                closed.succeed(); // without waiting: what runs there may never return
            });
            if (vertx.closeFuture().isClosed()) { // then nobody calls that any more
                close(group);
            }
            made = vertx.contextBuilder().withEventLoop(group.next()).build();
            context = made;
        }
        return made;
    }

    private Thread thread(Runnable task) {
        Thread made =
                VertxThreadFactory.INSTANCE.newVertxThread(task, name, false, LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        made.setDaemon(true); // code that never returns must not keep the process
        thread = made;
        return made;
    }

    private static void close(EventLoopGroup group) {
        var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /**
     * Has {@code task} run on this loop.
     *
     * @throws RejectedExecutionException when Vert.x is closed
     */
    void execute(Runnable task) {
        context().runOnContext(ignored -> task.run());
    }

    /** Returns a way for tasks from the caller's event loop to this one. */
    TaskBatcher fromHere() {
        return new TaskBatcher(vertx.getOrCreateContext(), context());
    }

    /** Returns a way for tasks from this event loop to the caller's. */
    TaskBatcher backHere() {
        return new TaskBatcher(context(), vertx.getOrCreateContext());
    }

    /** Notes that the class is called, and is watched until {@link #callEnded}. */
    void callBegan() {
        calls.incrementAndGet();
    }

    /** Notes that a call has its outcome. */
    void callEnded() {
        calls.decrementAndGet();
    }

    /** Tells whether the loop has run nothing for {@link #LIMIT}, as of the last look. */
    boolean isBlocked() {
        return isBlocked;
    }

    /** Looks whether the loop is blocked. From one thread, regularly. */
    void look(long nowNanos) {
        long since = lookedAtNanos;
        if (since == 0) {
            if (calls.get() > 0) {
                ask(nowNanos == 0 ? 1 : nowNanos);
            }
        } else if (!isBlocked && nowNanos - since >= LIMIT.toNanos()) {
            isBlocked = true;
            LOG.warn(
                    "{}: its worker blocks its event loop, for more than {} s now; until it returns the job gets no further."
                            + " Set 'blocking: true', or have it return a future instead of waiting",
                    job,
                    LIMIT.toSeconds(),
                    whereItIs());
        }
    }

    private void ask(long nowNanos) {
        lookedAtNanos = nowNanos;
        try {
            execute(this::answer);
        } catch (RejectedExecutionException closed) {
            lookedAtNanos = 0; // and nobody wants to know any more
        }
    }

    private VertxException whereItIs() {
        VertxException where = new VertxException("it is here");
        Thread blocked = thread;
        if (blocked != null) {
            where.setStackTrace(blocked.getStackTrace());
        }
        return where;
    }

    private void answer() {
        lookedAtNanos = 0;
        if (isBlocked) {
            isBlocked = false;
            LOG.info("{}: the event loop of its worker runs again", job);
        }
    }
}
