package dev.latido.store.sqlite;

import dev.latido.ops.Tool;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.util.OSInfo;

/** Runs a JVM under strace, which records what it does to files below a directory, and may have a system call fail or kill. */
final class Strace {

    private static final String CALLS =
            "openat,write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,fallocate,rename,"
                    + "renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir";

    /** What stands between the arguments and the result. */
    private static final Pattern END = Pattern.compile("\\) += ");

    private static final int PATIENCE_SECONDS = 120;

    private final Path root;
    private final List<DiskEvent> events = new ArrayList<>();
    private final Map<String, String> unfinished = new HashMap<>();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private Strace(Path root) {
        this.root = root;
    }

    /**
     * Runs the main class to its end.
     *
     * @param root only what happens below is recorded
     * @param inject what strace is to inject, such as {@code fsync:error=EIO:when=3}; empty for nothing. It counts the calls
     *     of each thread
     * @param arguments system properties, the main class and its arguments
     */
    static List<DiskEvent> run(Path root, String inject, List<String> arguments)
            throws IOException, InterruptedException {
        Tool.require("strace");
        Path trace = Files.createTempFile("strace", ".txt");
        Path output = Files.createTempFile("strace", ".out");
        try {
            List<String> command = new ArrayList<>(List.of("strace", "-f", "-qq", "-y", "-xx", "-s", "100000000"));
            command.addAll(List.of("-o", trace.toString(), "-e", "trace=" + CALLS));
            if (!inject.contains("signal")) {
                command.add("--seccomp-bpf"); // which is faster, and loses signals
            }
            if (!inject.isEmpty()) {
                command.addAll(List.of("-e", "inject=" + inject));
            }
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx128m", "-cp"));
            command.add(System.getProperty("java.class.path"));
            command.addAll(arguments);
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError("it does not end; it printed:\n" + Files.readString(output));
                }
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            Strace strace = new Strace(root);
            try (BufferedReader lines = Files.newBufferedReader(trace, StandardCharsets.ISO_8859_1)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    strace.take(line);
                }
            }
            strace.settle();
            if (Files.size(trace) == 0) {
                throw new AssertionError("strace recorded nothing; there was printed:\n" + Files.readString(output));
            }
            return strace.events;
        } finally {
            Files.delete(trace);
            Files.delete(output);
        }
    }

    /** Takes a line such as {@code 77 fsync(5</a/b>) = 0}; of two threads at once, a call may be in two pieces. */
    private void take(String line) {
        int space = line.indexOf(' ');
        String thread = line.substring(0, space);
        String text = line.substring(space).strip();
        if (text.startsWith("<... ")) {
            String begun = unfinished.remove(thread);
            if (begun != null) {
                take(begun + text.substring(text.indexOf('>') + 1), !begun.startsWith("write("));
            }
        } else if (text.endsWith("<unfinished ...>")) {
            String begun = text.substring(0, text.length() - "<unfinished ...>".length())
                    .strip();
            unfinished.put(thread, begun);
            if (begun.startsWith("write(")) { // whoever reads what is printed may have it from now on
                take(begun + ") = 0", true);
            }
        } else if (!text.startsWith("+++") && !text.startsWith("---")) {
            take(text, true);
        }
    }

    private void take(String text, boolean isNew) {
        Matcher end = END.matcher(text);
        if (isNew && end.find() && text.charAt(end.end()) != '?') {
            DiskEvent event = event(
                    text.substring(0, text.indexOf('(')), arguments(text, end.start()), text.substring(end.end()));
            if (event != null) {
                events.add(event);
            }
        }
    }

    /** Splits at commas; strings and paths have none in them, being in hexadecimal. */
    private static String[] arguments(String text, int end) {
        return text.substring(text.indexOf('(') + 1, end).split(", ", -1);
    }

    private @Nullable DiskEvent event(String call, String[] arguments, String result) {
        if (call.equals("write") && arguments[0].startsWith("1<")) {
            said.writeBytes(string(arguments[1]));
            return saidLine();
        }
        Path path = ours(call, arguments);
        boolean isSync = call.endsWith("sync");
        if (path == null || (result.startsWith("-1") && !isSync)) {
            return null;
        } else if (isSync) {
            return new DiskEvent.Synced(path, !result.startsWith("-1"));
        }
        return switch (call) {
            case "pwrite64" ->
                new DiskEvent.Written(
                        path,
                        Long.parseLong(arguments[3]),
                        Arrays.copyOf(string(arguments[1]), Integer.parseInt(result)));
            case "ftruncate" -> new DiskEvent.Resized(path, Long.parseLong(arguments[1]));
            case "openat" -> opened(path, arguments[2]);
            case "mkdir" -> new DiskEvent.DirectoryMade(path);
            case "unlink" -> new DiskEvent.Removed(path);
            case "rename" -> new DiskEvent.Renamed(path, Path.of(text(arguments[1])));
            default -> unexpected(call);
        };
    }

    private static @Nullable DiskEvent opened(Path file, String flags) {
        if (flags.contains("O_TRUNC")) {
            return unexpected("O_TRUNC");
        }
        return flags.contains("O_CREAT") ? new DiskEvent.Opened(file) : null;
    }

    private static DiskEvent unexpected(String what) {
        throw new AssertionError("the model of the disk does not know of " + what);
    }

    private @Nullable DiskEvent saidLine() {
        String all = said.toString(StandardCharsets.UTF_8);
        if (!all.endsWith("\n")) {
            return null;
        }
        said.reset();
        return new DiskEvent.Said(all.strip());
    }

    /** Returns what a call is about, if that is below the root and of interest; else null. */
    private @Nullable Path ours(String call, String[] arguments) {
        int names = call.contains("write") ? 1 : 2; // what is written is no name
        return Arrays.stream(arguments)
                .limit(names)
                .map(Strace::pathOf)
                .filter(path -> path != null && path.startsWith(root) && isOfInterest(path))
                .findFirst()
                .orElse(null);
    }

    /** Tells whether it matters what is in a file: it does not in the index of a log, which is made anew. */
    static boolean isOfInterest(Path file) {
        return !file.toString().endsWith("-shm") && !file.endsWith("latido.lock");
    }

    /** Returns what {@code 5</a/b>} or {@code "/a/b"} stands for; null for a file without a name, and for what is no file. */
    private static @Nullable Path pathOf(String argument) {
        if (argument.startsWith("\"")) {
            return Path.of(text(argument));
        }
        int from = argument.indexOf('<');
        return from < 0 || argument.endsWith("(deleted)")
                ? null
                : Path.of(new String(bytes(argument, from + 1, argument.indexOf('>')), StandardCharsets.UTF_8));
    }

    private static String text(String argument) {
        return new String(string(argument), StandardCharsets.UTF_8);
    }

    private static byte[] string(String argument) {
        return bytes(argument, argument.indexOf('"') + 1, argument.lastIndexOf('"'));
    }

    /** Reads {@code \x61\x62}. */
    private static byte[] bytes(String text, int from, int to) {
        byte[] bytes = new byte[(to - from) / 4];
        for (int i = 0; i < bytes.length; i++) {
            int at = from + 4 * i + 2;
            bytes[i] = (byte) (Character.digit(text.charAt(at), 16) << 4 | Character.digit(text.charAt(at + 1), 16));
        }
        return bytes;
    }

    /** Of what was under way when the process was killed, nobody says whether it was done. The file does. */
    private void settle() throws IOException {
        for (String begun : unfinished.values()) {
            String call = begun.substring(0, begun.indexOf('('));
            String[] arguments = arguments(begun, begun.length());
            Path file = call.equals("pwrite64") ? ours(call, arguments) : null;
            if (file != null) {
                byte[] all = Files.readAllBytes(file);
                int at = Integer.parseInt(arguments[3]);
                int to = Math.min(all.length, at + string(arguments[1]).length);
                if (at < to) {
                    events.add(new DiskEvent.Written(file, at, Arrays.copyOfRange(all, at, to)));
                }
            }
        }
    }

    /** Returns where the library of SQLite was put, so that no process has to unpack it. */
    static List<String> library(Path folder) throws IOException {
        String name = System.mapLibraryName("sqlitejdbc");
        String resource = "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/" + name;
        try (InputStream in = JDBC.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new AssertionError("no " + resource);
            }
            Files.copy(in, folder.resolve(name));
        }
        return List.of(
                "-Dorg.sqlite.lib.path=" + folder, "-Dorg.sqlite.lib.name=" + name, "-Dorg.sqlite.tmpdir=" + folder);
    }
}
