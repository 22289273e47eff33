package dev.latido.owner;

import dev.latido.core.ReplyTo;
import dev.latido.loop.EventLoop;
import dev.latido.protocol.BackupView;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.StoreView;
import dev.latido.store.Backup;
import dev.latido.store.Store;
import dev.latido.store.StoreStatus;
import io.vertx.core.Future;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is done for commands that concern the store and not what is in it. */
final class StoreCommands implements Command.StoreHandler<Future<Reply>> {

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class); // the name that operators know

    private final Store store;
    private final EventLoop loop;
    private final IntSupplier pendingRows;
    private final Supplier<@Nullable String> problem;

    /**
     * Makes them.
     *
     * @param pendingRows how many rows wait to be stored
     * @param problem why nothing can be stored; null when it can
     */
    StoreCommands(Store store, EventLoop loop, IntSupplier pendingRows, Supplier<@Nullable String> problem) {
        this.store = store;
        this.loop = loop;
        this.pendingRows = pendingRows;
        this.problem = problem;
    }

    void execute(Command.OfStore command, ReplyTo replyTo) {
        Future<Reply> reply = command.accept(this);
        if (reply.isComplete()) {
            replyTo.answer(reply.result());
        } else {
            reply.onSuccess(answer -> loop.execute(() -> replyTo.answer(answer)));
        }
    }

    @Override
    public Future<Reply> getStore(Command.GetStore command) {
        StoreStatus status = store.status();
        return Future.succeededFuture(new StoreView(
                status.type(),
                status.place(),
                status.sequence(),
                status.bytes(),
                pendingRows.getAsInt(),
                problem.get()));
    }

    @Override
    public Future<Reply> backUp(Command.BackUp command) {
        return store.backUp(command.deadline()).map(StoreCommands::view).otherwise(StoreCommands::failed);
    }

    private static Reply view(Backup backup) {
        return new BackupView(backup.place(), backup.bytes(), backup.sequence());
    }

    private static Reply failed(Throwable failure) {
        String why = String.valueOf(failure.getMessage());
        LOG.warn("No backup was made: {}", why, failure.getCause());
        return Refusal.backupFailed(why);
    }
}
