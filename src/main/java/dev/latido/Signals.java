package dev.latido;

import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * Signals from the operating system. A JVM's shutdown hooks can neither end a process with 0 after SIGTERM nor see a
 * second one; {@code sun.misc.Signal} can. The supported module {@code jdk.unsupported} exports it (JEP 260), but the
 * compiler warns of its name in a way that cannot be switched off for one place, hence the reflection.
 */
final class Signals {

    private Signals() {}

    /**
     * Calls {@code handler} with the name each time one of the signals arrives, instead of ending the process.
     *
     * @param names without the prefix SIG, such as {@code TERM}
     * @throws IllegalStateException where the JVM has no such thing
     */
    static void handle(Consumer<String> handler, String... names) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            for (String name : names) {
                Object proxy = Proxy.newProxyInstance(
                        Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (self, method, args) -> {
                            handler.accept(name);
                            return null;
                        });
                signal.getMethod("handle", signal, handlerType)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            }
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("this JVM cannot handle signals", missing);
        }
    }
}
