package dev.latido.owner;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What workers throw that they did not mean to: said so that its author finds it, its stack trace once per kind. */
final class WorkerFaults {

    /** Of how many kinds the stack trace is logged. */
    private static final int MAX_KINDS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(WorkerFaults.class);

    /** What a worker's author did not write, and calls or is called by. */
    private static final List<String> OTHERS = List.of("java.", "javax.", "jdk.", "sun.", "io.vertx.", "io.netty.");

    private final Set<String> told = new HashSet<>();

    /** Returns the kind of {@code fault}, what it says, and the first place in code of the worker's own. */
    static String describe(Throwable fault) {
        String message = fault.getMessage();
        if (isMeant(fault) && message != null) {
            return message;
        }
        StackTraceElement own = own(fault);
        return fault.getClass().getSimpleName()
                + (message == null ? "" : ": " + message)
                + (own == null ? "" : " (at " + own + ")");
    }

    private static @Nullable StackTraceElement own(Throwable fault) {
        for (StackTraceElement frame : fault.getStackTrace()) {
            if (OTHERS.stream().noneMatch(frame.getClassName()::startsWith)) {
                return frame;
            }
        }
        return null;
    }

    /** Tells whether it is what Vert.x makes of a text that a future failed with. */
    private static boolean isMeant(Throwable fault) {
        return fault.getStackTrace().length == 0 && fault.getClass().getName().startsWith("io.vertx.");
    }

    /** Has the stack trace of {@code fault} logged, unless that of one like it was. */
    void thrown(String job, Throwable fault) {
        if (isMeant(fault)) {
            return;
        }
        String kind = job + " " + fault.getClass().getName() + " " + own(fault);
        if (told.size() < MAX_KINDS && told.add(kind)) {
            LOG.warn("{}: its worker failed with an exception; the stack trace of such a one is told once", job, fault);
        }
    }
}
