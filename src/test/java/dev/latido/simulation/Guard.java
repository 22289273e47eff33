package dev.latido.simulation;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * A line of the service that keeps a promise. It can be switched off: its class is compiled without it and takes the place of the
 * real one, in a class loader of its own. Histories have to find that.
 *
 * @param name what it keeps
 * @param type the class that has it, below {@code dev.latido}
 * @param code the line, or the part of it, which is there exactly once
 * @param without what is there instead when it is switched off
 */
record Guard(String name, String type, String code, String without) {

    private static final Path SOURCES = Path.of("src/main/java/dev/latido");

    /**
     * Switches it off and runs histories, from the seed 0 on, until a rule is broken.
     *
     * @param directory where classes may be put; empty
     * @param histories the class whose {@code brokenBy} runs the history of a seed
     * @param most how many histories at most
     * @return what was found, null when nothing was
     */
    @Nullable Found find(Path directory, Class<?> histories, int most) throws Exception {
        Method run = new Without(directory, compile(directory))
                .loadClass(histories.getName())
                .getDeclaredMethod("brokenBy", long.class);
        run.setAccessible(true);
        for (int seed = 0; seed < most; seed++) {
            String broken = broken(run, seed);
            if (broken != null) {
                return new Found(seed + 1, broken);
            }
        }
        return null;
    }

    /**
     * What was found.
     *
     * @param seeds how many histories it took
     * @param what the rule that was broken
     */
    record Found(int seeds, String what) {}

    private static @Nullable String broken(Method run, long seed) throws Exception {
        try {
            return (@Nullable String) run.invoke(null, seed);
        } catch (InvocationTargetException thrown) {
            throw new AssertionError("seed " + seed, thrown.getCause());
        }
    }

    /** Compiles the class without this guard. Returns the name of the package that it is in. */
    private String compile(Path directory) throws IOException {
        Path source = SOURCES.resolve(type + ".java");
        String text = Files.readString(source);
        int at = text.indexOf(code);
        if (at < 0 || text.indexOf(code, at + 1) >= 0) {
            throw new AssertionError("guard '" + name + "': its code is not exactly once in " + source);
        }
        Path changed = Files.createDirectories(directory.resolve("src")).resolve(source.getFileName());
        Files.writeString(changed, text.replace(code, without));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
            List<String> options = List.of(
                    "-d", directory.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none", "-nowarn");
            boolean isCompiled = compiler.getTask(null, files, null, options, null, files.getJavaFileObjects(changed))
                    .call();
            if (!isCompiled) {
                throw new AssertionError("guard '" + name + "': " + source + " does not compile without it");
            }
        }
        return type;
    }

    /** Has all classes of ours anew, and those that were compiled without a guard in place of the real ones. */
    private static final class Without extends ClassLoader {
        private final Path changed;

        Without(Path changed, String type) {
            super("without a guard of " + type, Guard.class.getClassLoader());
            this.changed = changed;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                return name.startsWith("dev.latido.") ? define(name) : super.loadClass(name, resolve);
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String file = name.replace('.', '/') + ".class";
            Path other = changed.resolve(file);
            try (InputStream real = getParent().getResourceAsStream(file)) {
                if (real == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = Files.exists(other) ? Files.readAllBytes(other) : real.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
