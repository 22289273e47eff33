package dev.latido.bench;

import java.time.Duration;

/** How much is measured: {@code -Dbench.rounds} sets the rounds, {@code -Dbench.quick=true} is only for trying. */
final class Effort {

    private static final boolean IS_QUICK = Boolean.getBoolean("bench.quick");
    private static final int ROUNDS = Integer.getInteger("bench.rounds", 0);

    private Effort() {}

    /** Returns how often everything is measured, which is {@code usual} unless told otherwise. */
    static int rounds(int usual) {
        return ROUNDS > 0 ? ROUNDS : IS_QUICK ? 1 : usual;
    }

    static Duration time(Duration usual) {
        return IS_QUICK ? Duration.ofSeconds(Math.max(1, usual.toSeconds() / 5)) : usual;
    }

    static int count(int usual) {
        return IS_QUICK ? Math.max(1, usual / 10) : usual;
    }

    static boolean isQuick() {
        return IS_QUICK;
    }

    static String describe() {
        return IS_QUICK ? "QUICK: only to see that it works, these are no figures" : "";
    }
}
