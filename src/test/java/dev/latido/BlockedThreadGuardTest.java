package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without these, the check of all other tests could be blind. */
class BlockedThreadGuardTest {

    private final Vertx vertx = Vertx.vertx(BlockedThreadGuard.strict().setEventLoopPoolSize(1));

    @AfterEach
    void stop() {
        vertx.close().await();
        BlockedThreadGuard.drain(); // which was wanted here
    }

    private interface Work {
        void run() throws Exception;
    }

    /** Has an event loop do {@code work}. */
    private void onEventLoop(Work work) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        vertx.runOnContext(ignored -> {
            try {
                work.run();
            } catch (Exception failure) {
                throw new AssertionError(failure);
            } finally {
                done.countDown();
            }
        });
        assertThat(done.await(5, TimeUnit.MINUTES)).isTrue();
    }

    /** Waits until the guard has noticed, for as long as that takes on a busy machine. */
    private static void untilNoticed(Object monitor) throws InterruptedException {
        while (BlockedThreadGuard.drain().isEmpty()) {
            monitor.wait(50);
        }
    }

    @Test
    void noticesOneThatSleeps() throws InterruptedException {
        List<String> noticed = new ArrayList<>();
        onEventLoop(() -> {
            while (noticed.isEmpty()) {
                noticed.addAll(BlockedThreadGuard.drain());
                Thread.sleep(50);
            }
        });
        assertThat(noticed)
                .allSatisfy(said -> assertThat(said).matches("Thread .*vert.x-eventloop.* has been blocked for .*"));
    }

    @Test
    void noticesOneThatWaits() throws InterruptedException {
        Object monitor = new Object();
        onEventLoop(() -> {
            synchronized (monitor) {
                untilNoticed(monitor);
            }
        });
    }

    @Test
    void noticesOneThatComputes() throws InterruptedException {
        onEventLoop(() -> {
            while (BlockedThreadGuard.drain().isEmpty()) {
                Thread.onSpinWait();
            }
        });
    }

    @Test
    void noticesOneThatWaitsForADisk(@TempDir Path directory) throws InterruptedException {
        byte[] much = new byte[1 << 20];
        onEventLoop(() -> {
            while (BlockedThreadGuard.drain().isEmpty()) {
                Files.write(directory.resolve("file"), much);
            }
        });
    }

    private static StackTraceElement at(String type, String method) {
        return new StackTraceElement(type, method, null, -1);
    }

    @Test
    void forgivesOneThatHadNoProcessorForSoLong() throws InterruptedException {
        onEventLoop(() -> {
            assertThat(BlockedThreadGuard.isBlocked(
                            Thread.currentThread(), at("dev.latido.http.JsonText", "check"), 797))
                    .isFalse();
            assertThat(BlockedThreadGuard.isBlocked(Thread.currentThread(), at("java.lang.Thread", "sleep0"), 797))
                    .isTrue();
        });
    }
}
