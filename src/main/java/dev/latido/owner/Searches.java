package dev.latido.owner;

import dev.latido.core.JobEngine;
import dev.latido.core.ReplyTo;
import dev.latido.core.Search;
import dev.latido.job.ExecutionId;
import dev.latido.job.TimeSource;
import dev.latido.loop.EventLoop;
import dev.latido.process.ProcessEnd;
import dev.latido.protocol.Command;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for executions in slices between which the owner does everything else. One look at a time; a few may wait for their turn.
 */
final class Searches {

    /** How long is looked before the owner may do something else. */
    static final Duration SLICE = Duration.ofMillis(2);

    /** How long the owner has for everything else before it is looked on. */
    private static final Duration REST = Duration.ofMillis(2);

    /** How long is looked in all; the answer says how far that went. */
    static final Duration LONGEST = Duration.ofSeconds(1);

    /** How many may wait for their turn. */
    private static final int MAX_WAITING = 16;

    private static final Logger LOG = LoggerFactory.getLogger(JobVerticle.class); // the name that operators know

    private final JobEngine engine;
    private final EventLoop loop;
    private final TimeSource time;
    private final BooleanSupplier mayLook;
    private final Reader texts;
    private final ArrayDeque<Asked> waiting = new ArrayDeque<>();
    private @Nullable Asked current;

    /** Reads payloads that are only in the store. */
    @FunctionalInterface
    interface Reader {
        /** Reads the texts of one execution. */
        void read(ExecutionId id, TextReading.Taker taker);
    }

    /** A look that somebody asked for, and waits for. */
    private static final class Asked {
        private final Command.FindExecutions command;
        private final ReplyTo replyTo;
        private boolean isAnswered;

        Asked(Command.FindExecutions command, ReplyTo replyTo) {
            this.command = command;
            this.replyTo = replyTo;
        }
    }

    /**
     * Makes one.
     *
     * @param mayLook whether the core may be asked
     */
    Searches(JobEngine engine, EventLoop loop, TimeSource time, BooleanSupplier mayLook, Reader texts) {
        this.engine = engine;
        this.loop = loop;
        this.time = time;
        this.mayLook = mayLook;
        this.texts = texts;
    }

    /** Looks for what is asked, or has it wait for its turn. */
    void find(Command.OfSearch command, ReplyTo replyTo) {
        if (waiting.size() >= MAX_WAITING) {
            replyTo.answer(Refusal.noRoom(MAX_WAITING, LONGEST));
            return;
        }
        waiting.add(new Asked((Command.FindExecutions) command, replyTo));
        if (current == null) {
            next();
        }
    }

    private void next() {
        Asked asked = waiting.poll();
        current = asked;
        if (asked == null) {
            return;
        } else if (!time.now().wall().isBefore(asked.command.deadline())) {
            answer(asked, Refusal.deadlinePassed());
            return;
        } else if (!mayLook.getAsBoolean()) {
            answer(asked, Refusal.stopping());
            return;
        }
        guard(asked, () -> {
            Search search = engine.search(asked.command);
            Refusal refusal = search.refusal();
            if (refusal != null) {
                answer(asked, refusal);
            } else {
                look(asked, search, time.nanos() + LONGEST.toNanos());
            }
        });
    }

    private void look(Asked asked, Search search, long end) {
        if (!mayLook.getAsBoolean()) {
            answer(asked, Refusal.stopping());
            return;
        }
        guard(asked, () -> {
            long begun = time.nanos();
            if (begun - end >= 0) {
                answer(asked, search.page());
                return;
            }
            boolean more = true;
            while (more && time.nanos() - begun < SLICE.toNanos()) {
                more = search.step();
            }
            ExecutionId wanted = search.wanted();
            if (wanted != null) {
                texts.read(
                        wanted,
                        (read, refusal) -> guard(asked, () -> {
                            search.take(refusal == null, read == null ? null : read.payload());
                            look(asked, search, end);
                        }));
            } else if (more) {
                loop.schedule(REST, () -> look(asked, search, end));
            } else {
                answer(asked, search.page());
            }
        });
    }

    private void answer(Asked asked, Reply reply) {
        if (asked.isAnswered) { // and the next one has its turn
            return;
        }
        asked.isAnswered = true;
        current = null;
        try {
            asked.replyTo.answer(reply);
        } finally {
            next();
        }
    }

    /** Whatever goes wrong costs the answer and nothing else: nothing is changed by a look. */
    private void guard(Asked asked, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error fault) {
            ProcessEnd.endIfOutOfMemory(fault);
            LOG.error("a fault while looking for executions", fault);
            answer(asked, Refusal.fault());
        }
    }
}
