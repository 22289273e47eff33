package dev.latido.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What {@code mvn -Prelease package} makes, from the classes that are tested. */
final class Archive {

    private static final List<String> SOURCES =
            List.of("pom.xml", "LICENSE", "README.md", "conf", "docs", "src/main", "src/samples");
    private static final Path PLACE = Path.of("target", "archive-tests").toAbsolutePath();

    private static @Nullable Path made;

    private Archive() {}

    /** Returns the tree in which the archive was made, once for all tests of this JVM. */
    static synchronized Path made() throws IOException, InterruptedException {
        Path tree = made;
        if (tree == null) {
            Tool.require("mvn");
            run(Path.of("."), "rm", "-rf", PLACE.toString());
            tree = build(PLACE);
            made = tree;
        }
        return tree;
    }

    /** Makes it in {@code tree}, which is not there yet. */
    static Path build(Path tree) throws IOException, InterruptedException {
        for (String each : SOURCES) {
            copy(Path.of(each), tree.resolve(each));
        }
        copy(Path.of("target", "classes"), tree.resolve("target/classes"));
        mvn(
                tree,
                System.getProperty("maven.repo.local", ""),
                "-Prelease",
                "-Dmaven.main.skip=true",
                "-Dmaven.test.skip=true",
                "-Dspotless.check.skip=true",
                "package");
        return tree;
    }

    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        Files.createDirectories(to.getParent());
        run(Path.of("."), "cp", "-Rp", from.toString(), to.toString());
    }

    /** Unpacks what was made in {@code tree}, and returns the folder that comes out. */
    static Path unpack(Path tree, Path into) throws IOException, InterruptedException {
        Files.createDirectories(into);
        try (Stream<Path> files = Files.list(tree.resolve("target"))) {
            Path archive = files.filter(file -> file.toString().endsWith(".tar.gz"))
                    .findFirst()
                    .orElseThrow();
            run(into, "tar", "-xzf", archive.toString());
            return into.resolve(archive.getFileName().toString().replace(".tar.gz", ""));
        }
    }

    /** Runs Maven, with another local repository unless {@code repository} is empty. */
    static void mvn(Path tree, String repository, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("mvn", "-B", "-f", tree.resolve("pom.xml").toString()));
        if (!repository.isEmpty()) {
            command.add("-Dmaven.repo.local=" + repository);
        }
        command.addAll(Arrays.asList(arguments));
        run(tree, command.toArray(String[]::new));
    }

    /** Runs a program to its end, and returns what it prints. */
    static String run(Path in, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("release", ".out");
        Process process = new ProcessBuilder(command)
                .directory(in.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(15, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        String printed = Files.readString(output);
        Files.delete(output);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", command), printed)
                .isZero();
        return printed;
    }
}
