package dev.latido.http;

import dev.latido.memory.MemoryBudget;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * What one request takes of the memory, from before its body is read, or its long answer written, until it is answered and
 * nobody works on it any more. Belongs to the event loop of its request.
 */
final class RequestMemory {

    private static final String KEY = "latido.memory";

    /** A body is there as it came, as one piece, as text, and as what is made of that; an answer as text and as bytes. */
    private static final int COPIES = 4;

    /** No request may take more than this part of all: others are to be read beside it. */
    private static final int PART = 2;

    /** This part of all is kept beside it for control: for answers to who asks, and for settings. */
    private static final int RESERVE_PART = 8;

    /** What a request takes beside its body. */
    private static final int REQUEST_BYTES = 4_096;

    private final MemoryBudget budget;
    private long taken;
    private int holders = 1;

    private RequestMemory(MemoryBudget budget, long taken) {
        this.budget = budget;
        this.taken = taken;
    }

    /** Makes what is there for control when work has taken all of {@code budget}. */
    static MemoryBudget reserve(MemoryBudget budget) {
        return new MemoryBudget(budget.max() / RESERVE_PART);
    }

    /** Returns how long a body may be, of those up to {@code maxBytes}, so that there can ever be room for it. */
    static int largestBody(MemoryBudget budget, int maxBytes) {
        return (int) Math.min(maxBytes, Math.max(1, budget.max() / PART / COPIES - REQUEST_BYTES));
    }

    /**
     * Takes what {@code bytes} of a body or an answer need, until the request is answered; null when there is no room.
     *
     * @param bytes how many; -1 when nobody knows yet, and {@link #covers} will tell
     * @param budgets where to look for room, in this order
     */
    static @Nullable RequestMemory take(RoutingContext context, long bytes, MemoryBudget... budgets) {
        long needed = REQUEST_BYTES + COPIES * Math.max(0, bytes);
        for (MemoryBudget budget : budgets) {
            if (budget.tryTake(needed)) {
                RequestMemory memory = new RequestMemory(budget, needed);
                context.put(KEY, memory);
                context.addEndHandler(ended -> memory.release());
                return memory;
            }
        }
        return null;
    }

    /** Returns what {@code context} took; null for nothing. */
    static @Nullable RequestMemory of(RoutingContext context) {
        return context.get(KEY);
    }

    /** Tells whether {@code bytes} of a body are taken for, and takes more if there is room. */
    boolean covers(long bytes) {
        long missing = REQUEST_BYTES + COPIES * bytes - taken;
        if (missing <= 0) {
            return true;
        }
        long step = Math.max(missing, taken); // so that a long body asks a few times only
        long more = budget.tryTake(step) ? step : budget.tryTake(missing) ? missing : 0;
        taken += more;
        return more > 0;
    }

    /** Has one more holder {@link #release} it. */
    void hold() {
        holders++;
    }

    /** Gives back what was taken when the last holder is done. */
    void release() {
        holders--;
        if (holders == 0) {
            budget.add(-taken);
            taken = 0;
        }
    }
}
