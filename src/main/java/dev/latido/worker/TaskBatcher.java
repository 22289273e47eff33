package dev.latido.worker;

import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands tasks from one event loop to another, those of one turn together: to wake a thread takes longer than to run a short
 * task.
 */
final class TaskBatcher {

    private static final Logger LOG = LoggerFactory.getLogger(TaskBatcher.class);

    private final ContextInternal from;
    private final ContextInternal to;
    private List<Runnable> pending = new ArrayList<>();

    TaskBatcher(ContextInternal from, ContextInternal to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Has {@code task}, which throws nothing, run on the other loop: of the first loop at the end of its turn, of any other
     * thread at once.
     *
     * @throws RejectedExecutionException when Vert.x is closed
     */
    void add(Runnable task) {
        if (!from.nettyEventLoop().inEventLoop()) {
            to.runOnContext(ignored -> task.run());
            return;
        }
        if (pending.isEmpty()) {
            from.runOnContext(ignored -> flush());
        }
        pending.add(task);
    }

    private void flush() {
        List<Runnable> batch = pending;
        pending = new ArrayList<>();
        try {
            to.runOnContext(ignored -> batch.forEach(Runnable::run));
        } catch (RejectedExecutionException closed) {
            LOG.debug("nothing is run any more: Vert.x is closed", closed);
        }
    }
}
