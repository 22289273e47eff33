package dev.latido.fault;

import dev.latido.core.JobEngine;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.matcher.ElementMatchers;
import net.bytebuddy.pool.TypePool;

/**
 * Loads the classes of this project anew, with {@link Sabotage#entered} at the beginning of every method of the core and of what
 * the core calls: lambdas too, records and constructors not.
 */
public final class SabotagedClasses extends ClassLoader {

    /** The packages whose methods may be made to throw. */
    private static final Set<String> PACKAGES = Set.of(
            "dev.latido.core",
            "dev.latido.schedule",
            "dev.latido.policy",
            "dev.latido.room",
            "dev.latido.room.memory",
            "dev.latido.json");

    private final String place = place(JobEngine.class);
    private final ClassFileLocator locator = ClassFileLocator.ForClassLoader.of(getParent());
    private final TypePool types = TypePool.Default.of(locator);

    public SabotagedClasses() {
        super(SabotagedClasses.class.getClassLoader());
    }

    private static String place(Class<?> type) {
        return String.valueOf(type.getProtectionDomain().getCodeSource().getLocation());
    }

    /** Is put at the beginning of methods. */
    static final class Entry {
        private Entry() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Origin("#t.#m#s") String method) {
            Sabotage.entered(method);
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            return name.startsWith("dev.latido.") && !name.startsWith("dev.latido.fault.")
                    ? define(name)
                    : super.loadClass(name, resolve);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        String file = name.replace('.', '/') + ".class";
        try (InputStream in = getParent().getResourceAsStream(file)) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] code = isOfTheCore(name, file) ? sabotaged(name) : in.readAllBytes();
            return defineClass(name, code, 0, code.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    private boolean isOfTheCore(String name, String file) {
        return PACKAGES.contains(name.substring(0, name.lastIndexOf('.')))
                && String.valueOf(getParent().getResource(file)).startsWith(place);
    }

    private byte[] sabotaged(String name) {
        TypeDescription type = types.describe(name).resolve();
        ElementMatcher.Junction<MethodDescription> methods = ElementMatchers.<MethodDescription>isMethod()
                .and(ElementMatchers.not(ElementMatchers.isAbstract()))
                .and(ElementMatchers.not(ElementMatchers.isNative()));
        if (type.isRecord() || type.isEnum()) { // whose own methods are not ours
            methods = methods.and(ElementMatchers.not(ElementMatchers.takesNoArguments()))
                    .and(ElementMatchers.not(ElementMatchers.isEquals()));
        }
        return new ByteBuddy()
                .redefine(type, locator)
                .visit(Advice.to(Entry.class).on(methods))
                .make()
                .getBytes();
    }
}
