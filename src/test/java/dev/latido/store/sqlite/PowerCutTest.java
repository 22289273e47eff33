package dev.latido.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.ops.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * The real store, killed and with a disk whose syncs fail, again and again on the same files; and the power cut at any moment
 * of that. What had been acknowledged by then is there, and nothing refuses. {@code -Dcuts=n} looks at more moments,
 * {@code -Dseed=n} repeats.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class PowerCutTest {

    private static final int CUTS = Integer.getInteger("cuts", 300);
    private static final int CUTS_A_LIFE = 100;

    /** How many processes one after the other use the same files. */
    private static final int PROCESSES = 5;

    /** How many batches a process writes that nothing happens to, at most. */
    private static final int FEW = 20;

    /** How many batches another one writes unless something happens to it. */
    private static final int MANY = 40;

    /** A file system in memory, where there is one: the disk is the model's business. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private final long seed = Long.getLong("seed", System.nanoTime());
    private Path directory = Path.of("");

    @BeforeEach
    void makeDirectory() throws IOException {
        Tool.require("strace");
        System.out.println("PowerCutTest: repeat with -Dseed=" + seed);
        directory = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "latido")
                : Files.createTempDirectory("latido");
    }

    @AfterEach
    void deleteDirectory() throws IOException {
        if (!directory.toString().isEmpty()) {
            PowerCutLife.delete(directory);
        }
    }

    private List<String> library() throws IOException {
        return Strace.library(Files.createDirectory(directory.resolve("library")));
    }

    @Test
    void losesNothingThatWasAcknowledged() throws Exception {
        List<String> library = library();
        List<String> losses = new ArrayList<>();
        List<String> ends = new ArrayList<>();
        long commits = 0;
        int lives = Math.max(1, CUTS / CUTS_A_LIFE);
        for (int i = 0; i < lives; i++) {
            Random random = new Random(seed + i);
            PowerCutLife life =
                    new PowerCutLife(Files.createDirectory(directory.resolve("life-" + i)), seed + i, library);
            for (int process = 0; process < PROCESSES; process++) {
                String fault = fault(random, process);
                String end = life.run(fault, fault.isEmpty() ? 1 + random.nextInt(FEW) : MANY, random.nextBoolean());
                ends.add(end.startsWith("stored") && !fault.isEmpty() ? "killed" : end);
                System.out.println(
                        "PowerCutTest: life " + i + ", " + (fault.isEmpty() ? "no fault" : fault) + ": " + end);
            }
            for (String loss : life.cut(moments(life.events(), CUTS / lives, random), directory.resolve("cut"))) {
                losses.add("life " + i + ", " + loss);
            }
            commits += life.acknowledged();
        }
        System.out.printf(
                "PowerCutTest: %d cuts in %d lives of %d processes; %d commits, %d processes killed as they wrote, %d ended"
                        + " for a failed call, %d refused for one; %d losses%n",
                CUTS,
                lives,
                PROCESSES,
                commits,
                count(ends, "killed"),
                count(ends, "failed"),
                count(ends, "refused"),
                losses.size());
        assertThat(losses.stream().limit(10))
                .as("%d losses; repeat with -Dseed=%s", losses.size(), seed)
                .isEmpty();
    }

    private static long count(List<String> ends, String kind) {
        return ends.stream().filter(end -> end.startsWith(kind)).count();
    }

    /**
     * Chooses what happens to a process. Each life has one that is killed at a sync while commits are made, one for which such
     * a sync fails, and a last one to which nothing happens.
     */
    private static String fault(Random random, int process) {
        int kind = process == 1 ? 0 : process == 2 ? 1 : process == PROCESSES - 1 ? 7 : random.nextInt(8);
        int early = 1 + random.nextInt(16);
        int late = 16 + random.nextInt(20);
        return switch (kind) {
            case 0 -> "fsync:signal=SIGKILL:when=" + (process == 1 ? late : early);
            case 1 -> "fsync:error=EIO:when=" + (process == 2 ? late : early);
            case 2 -> "fdatasync:signal=SIGKILL:when=" + early;
            case 3 -> "fdatasync:error=EIO:when=" + early;
            case 4 -> "pwrite64:signal=SIGKILL:when=" + (1 + random.nextInt(150));
            case 5 ->
                List.of("ftruncate", "unlink", "mkdir").get(random.nextInt(3)) + ":signal=SIGKILL:when="
                        + (1 + random.nextInt(2));
            case 6 -> "pwrite64:error=EIO:when=" + (1 + random.nextInt(150));
            default -> "";
        };
    }

    /** Half of them are anywhere, the other half where something was just promised. */
    private static int[] moments(List<DiskEvent> events, int count, Random random) {
        int[] promises = IntStream.rangeClosed(1, events.size())
                .filter(moment -> events.get(moment - 1) instanceof DiskEvent.Said)
                .toArray();
        return IntStream.range(0, count)
                .map(i -> i % 2 == 0 ? 1 + random.nextInt(events.size()) : promises[random.nextInt(promises.length)])
                .sorted()
                .toArray();
    }

    @Test
    void keepsADirectoryWhoseMakerWasKilledBeforeItWasSynced() throws Exception {
        Path root = Files.createDirectory(directory.resolve("life"));
        PowerCutLife life = new PowerCutLife(root, seed, library());
        // First every directory above is synced, then the one in which the first that is missing was made.
        life.run("fsync:signal=SIGKILL:when=" + (root.getNameCount() + 1), MANY, false);
        assertThat(life.events()).hasSize(1).first().isInstanceOf(DiskEvent.DirectoryMade.class);

        life.run("", 3, false);

        int[] atTheEnd =
                IntStream.generate(() -> life.events().size()).limit(20).toArray();
        assertThat(life.cut(atTheEnd, directory.resolve("cut"))).isEmpty();
    }
}
