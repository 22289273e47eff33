package dev.latido.owner;

import dev.latido.job.ExecutionId;
import dev.latido.loop.EventLoop;
import dev.latido.memory.MemoryBudget;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submitted;
import dev.latido.store.Store;
import dev.latido.store.StoreException;
import dev.latido.store.StoredTexts;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads texts that left the memory, when somebody needs them: one execution at a time, so that what is read and not passed on
 * yet is never more than that. A store that cannot read what it had taken is broken, but for what was damaged of one execution:
 * that one is lost. Belongs to the owner's event loop.
 */
final class TextReading {

    /** How many answers may wait for their texts; more are refused. */
    private static final int MAX_WAITING = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(TextReading.class);

    private final Store store;
    private final EventLoop owner;
    private final MemoryBudget memory;
    private final Consumer<StoreException> broken;
    private final ArrayDeque<Wanted> wanted = new ArrayDeque<>();
    private boolean isReading;

    private record Wanted(ExecutionView view, ExecutionView.InStore missing, Consumer<Reply> answer) {}

    /**
     * Makes a reader.
     *
     * @param broken told when what is stored cannot be read, and never will be
     */
    TextReading(Store store, EventLoop owner, MemoryBudget memory, Consumer<StoreException> broken) {
        this.store = store;
        this.owner = owner;
        this.memory = memory;
        this.broken = broken;
    }

    /** Tells whether {@link #complete} has anything to read for {@code reply}. */
    static boolean isIncomplete(Reply reply) {
        return incomplete(reply) != null;
    }

    /** Returns the execution that {@code reply} tells of without its texts; null when there is none, or are many. */
    private static @Nullable ExecutionView incomplete(Reply reply) {
        if (reply instanceof ExecutionView view) {
            return view.inStore() == null ? null : view;
        }
        return reply instanceof Submitted submitted && submitted.answers().size() == 1
                ? incomplete(submitted.answers().get(0))
                : null; // who submits many learns of no payload
    }

    /** Passes {@code reply} on with the texts that are missing in it, or a refusal when there is no memory for them. */
    void complete(Reply reply, Consumer<Reply> answer) {
        ExecutionView view = incomplete(reply);
        ExecutionView.InStore missing = view == null ? null : view.inStore();
        if (view == null || missing == null) {
            answer.accept(reply);
        } else if (wanted.size() >= MAX_WAITING) {
            answer.accept(noMemory());
        } else {
            boolean isInList = reply instanceof Submitted;
            wanted.add(
                    new Wanted(view, missing, told -> answer.accept(isInList ? new Submitted(List.of(told)) : told)));
            next();
        }
    }

    private Refusal noMemory() {
        memory.refuse();
        return Refusal.memoryFull(memory.max());
    }

    private void next() {
        Wanted first = isReading ? null : wanted.poll();
        if (first == null) {
            return;
        }
        long bytes = MemoryBudget.bytesOf(first.missing.payloadBytes(), true)
                + MemoryBudget.bytesOf(first.missing.resultBytes(), true);
        if (!memory.tryTake(bytes)) {
            first.answer.accept(noMemory());
            next();
            return;
        }
        isReading = true;
        read(first.view.id(), (texts, refusal) -> {
            isReading = false;
            try {
                first.answer.accept(refusal != null ? refusal : with(texts, first));
            } finally {
                memory.add(-bytes);
                next();
            }
        });
    }

    private static Reply with(@Nullable StoredTexts texts, Wanted wanted) {
        ExecutionView view = wanted.view;
        if (texts == null) {
            return Refusal.unknownExecution(view.id()); // it was forgotten meanwhile
        }
        return view.withTexts(
                wanted.missing.payloadBytes() > 0 ? texts.payload() : view.payload(),
                wanted.missing.resultBytes() > 0 ? texts.result() : view.result());
    }

    /** Takes the texts of an execution, or why there are none now; neither when nothing is stored of it. */
    @FunctionalInterface
    interface Taker {
        void take(@Nullable StoredTexts texts, @Nullable Refusal refusal);
    }

    /** Reads the texts of one execution. When they never will be read, the store is broken, and nobody is told but who ends the process. */
    void read(ExecutionId id, Taker taker) {
        store.texts(id)
                .onComplete(done -> owner.execute(() -> {
                    if (done.succeeded()) {
                        taker.take(done.result(), null);
                        return;
                    }
                    String why = String.valueOf(done.cause().getMessage());
                    if (done.cause() instanceof StoreException known && known.kind() == StoreException.Kind.DAMAGED) {
                        LOG.warn("{}", why);
                        taker.take(null, Refusal.damaged(why));
                        return;
                    }
                    boolean isLost = !(done.cause() instanceof StoreException known)
                            || known.kind() != StoreException.Kind.UNAVAILABLE;
                    taker.take(null, Refusal.storeUnavailable(why));
                    if (isLost) {
                        broken.accept(
                                done.cause() instanceof StoreException known
                                        ? known
                                        : new StoreException(StoreException.Kind.BROKEN, why, done.cause()));
                    }
                }));
    }
}
