package dev.latido.fault;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has a call of a method throw, on the thread that asks for it, in classes that {@link SabotagedClasses} loaded. */
public final class Sabotage {

    /** What is thrown. */
    public static final class Thrown extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Thrown(String method) {
            super("sabotaged: " + method);
        }
    }

    private static final class State {
        private final Map<String, Integer> calls = new LinkedHashMap<>();
        private @Nullable String method;
        private int left;
        private boolean isCounting;
    }

    private static final ThreadLocal<State> STATE = ThreadLocal.withInitial(State::new);

    private Sabotage() {}

    /** Has call {@code number}, from 1 on, of {@code method} throw, once. Calls are counted from now on. */
    public static void arm(String method, int number) {
        State state = STATE.get();
        state.calls.clear();
        state.isCounting = true;
        state.method = method;
        state.left = number;
    }

    /** Lets everything be as it is; true when something was thrown since it was armed. */
    public static boolean disarm() {
        State state = STATE.get();
        boolean hasThrown = state.method == null;
        state.method = null;
        state.isCounting = false;
        return hasThrown;
    }

    /** Returns how often each method was called between {@link #arm} and {@link #disarm}. */
    public static Map<String, Integer> counted() {
        return new LinkedHashMap<>(STATE.get().calls);
    }

    /** A method begins. Called by the sabotaged classes. */
    public static void entered(String method) {
        State state = STATE.get();
        if (state.isCounting) {
            state.calls.merge(method, 1, Integer::sum);
        }
        if (method.equals(state.method) && --state.left == 0) {
            state.method = null;
            throw new Thrown(method);
        }
    }
}
