package dev.latido;

import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does what its payload names to the process that it runs in. */
public final class FaultyWorker implements Worker {

    private static final Logger LOG = LoggerFactory.getLogger(FaultyWorker.class);
    private static final int PIECE = 1_048_576;
    private static final int SMALLEST = 4_096;
    private static final List<ByteBuffer> TAKEN = new ArrayList<>();

    private final Vertx vertx;

    public FaultyWorker(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        switch (String.valueOf(task.payload())) {
            case "\"heap\"" -> fillHeap();
            case "\"direct memory\"" -> fillDirectMemory();
            case "\"leaves none\"" -> takeDirectMemory();
            case "\"wrapped\"" -> {
                return Future.failedFuture(new IllegalStateException("it failed", new OutOfMemoryError("wrapped")));
            }
            case "\"elsewhere\"" -> new Thread(FaultyWorker::fillHeap).start();
            case "\"on a timer\"" -> vertx.setTimer(1, ignored -> fillHeap());
            case "\"only logged\"" ->
                LOG.trace("nobody is to know", new IllegalStateException(new OutOfMemoryError("logged")));
            case "\"stack\"" -> logAtTheEndOfTheStack();
            default -> {}
        }
        return Future.succeededFuture(task.payload());
    }

    private static void fillHeap() {
        List<byte[]> pieces = new ArrayList<>();
        while (pieces.size() < Integer.MAX_VALUE) {
            pieces.add(new byte[PIECE]);
        }
    }

    private static void fillDirectMemory() {
        List<ByteBuffer> pieces = new ArrayList<>();
        while (pieces.size() < Integer.MAX_VALUE) {
            pieces.add(ByteBuffer.allocateDirect(PIECE));
        }
    }

    /** Takes all direct memory and keeps it, so that it is others who find none. */
    private static void takeDirectMemory() {
        for (int size = PIECE; size >= SMALLEST; size /= 2) {
            try {
                while (TAKEN.size() < Integer.MAX_VALUE) {
                    TAKEN.add(ByteBuffer.allocateDirect(size));
                }
            } catch (OutOfMemoryError soFar) {
                // then smaller ones
            }
        }
    }

    /** Logs an exception wherever there is just enough of the stack for some of what that takes. */
    @SuppressWarnings("InfiniteRecursion") // up to the end of the stack
    private static void logAtTheEndOfTheStack() {
        try {
            logAtTheEndOfTheStack();
        } catch (StackOverflowError deep) {
            LOG.error("deep", new IllegalStateException("deep"));
        }
    }
}
