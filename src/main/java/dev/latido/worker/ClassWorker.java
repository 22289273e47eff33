package dev.latido.worker;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.File;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The worker {@code class}: a class of the user's, kept to the contract. */
final class ClassWorker implements Worker {

    private final Worker worker;

    private ClassWorker(Worker worker) {
        this.worker = worker;
    }

    /**
     * Makes a worker of the class {@code name}.
     *
     * @throws IllegalArgumentException when that is not possible, with the reason
     */
    static ClassWorker load(Vertx vertx, String name) {
        try {
            Class<?> found = Class.forName(name);
            if (!Worker.class.isAssignableFrom(found)) {
                throw new IllegalArgumentException(name + " does not implement " + Worker.class.getName());
            }
            return new ClassWorker(make(vertx, found.asSubclass(Worker.class)));
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException(missing(name), e);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("the constructor of " + name + " threw " + e.getCause(), e);
        } catch (ReflectiveOperationException | LinkageError e) {
            throw new IllegalArgumentException(name + " cannot be used: " + e, e);
        }
    }

    /**
     * Says why the class {@code name} can be no worker, as far as that is known without making one; null when it can.
     */
    static @Nullable String problemOf(String name) {
        try {
            Class<?> found = Class.forName(name, false, ClassWorker.class.getClassLoader());
            if (!Worker.class.isAssignableFrom(found)) {
                return name + " does not implement " + Worker.class.getName();
            }
            boolean isAbstract = Modifier.isAbstract(found.getModifiers());
            boolean canBeMade = Modifier.isPublic(found.getModifiers())
                    && Arrays.stream(found.getConstructors())
                            .map(Constructor::getParameterTypes)
                            .anyMatch(types -> types.length == 0 || (types.length == 1 && types[0] == Vertx.class));
            return isAbstract
                    ? name + " is abstract"
                    : canBeMade ? null : name + " has no public constructor that takes a Vertx or nothing";
        } catch (ClassNotFoundException e) {
            return missing(name);
        } catch (LinkageError e) {
            return name + " cannot be used: " + e;
        }
    }

    /** Says that there is no such class, and how to start the service with it: -jar takes no further jars. */
    private static String missing(String name) {
        return "there is no class " + name + " on the class path; start with java -cp latido.jar" + File.pathSeparator
                + "my-workers.jar dev.latido.Main, where my-workers.jar has it";
    }

    private static Worker make(Vertx vertx, Class<? extends Worker> type) throws ReflectiveOperationException {
        try {
            return type.getConstructor(Vertx.class).newInstance(vertx);
        } catch (NoSuchMethodException e) {
            Constructor<? extends Worker> plain = plainConstructor(type);
            return plain.newInstance();
        }
    }

    private static Constructor<? extends Worker> plainConstructor(Class<? extends Worker> type) {
        try {
            return type.getConstructor();
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException(
                    type.getName() + " has no public constructor that takes a Vertx or nothing", e);
        }
    }

    @Override
    public Future<@Nullable String> perform(Task task) {
        Future<@Nullable String> outcome;
        try {
            outcome = worker.perform(task);
        } catch (Exception | LinkageError | AssertionError | StackOverflowError thrown) {
            return Future.failedFuture(thrown);
        }
        if (outcome == null) {
            return Future.failedFuture(WorkFailedException.doNotRetry("the worker returned null instead of a future"));
        }
        return outcome;
    }
}
