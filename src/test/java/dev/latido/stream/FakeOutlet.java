package dev.latido.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/** A reader who takes what it is sent at once, or, when held, not at all. */
final class FakeOutlet implements Outlet {

    private final Context context;
    private final SseText text = new SseText();
    private final List<Buffer> written = new ArrayList<>();
    private final Queue<Runnable> untaken = new ArrayDeque<>();
    private boolean isHeld;
    private boolean isClosed;
    private boolean isEnded;

    FakeOutlet(Context context) {
        this.context = context;
    }

    @Override
    public synchronized Future<Void> write(Buffer buffer) {
        Promise<Void> promise = Promise.promise();
        written.add(buffer);
        Runnable take = () -> {
            synchronized (this) {
                text.add(buffer.toString(StandardCharsets.UTF_8));
            }
            context.runOnContext(ignored -> promise.tryComplete());
        };
        if (isHeld) {
            untaken.add(take);
        } else {
            take.run();
        }
        return promise.future();
    }

    /** From now on nothing is taken. */
    synchronized FakeOutlet hold() {
        isHeld = true;
        return this;
    }

    /** Takes one thing that was sent while held. */
    synchronized void takeOne() {
        untaken.remove().run();
    }

    /** Takes everything, and from now on at once. */
    synchronized void release() {
        isHeld = false;
        while (!untaken.isEmpty()) {
            untaken.remove().run();
        }
    }

    @Override
    public synchronized void end(Buffer last) {
        text.add(last.toString(StandardCharsets.UTF_8));
        isEnded = true;
    }

    @Override
    public synchronized void close() {
        isClosed = true;
    }

    @Override
    public String name() {
        return "a test";
    }

    synchronized boolean isClosed() {
        return isClosed;
    }

    synchronized boolean isEnded() {
        return isEnded;
    }

    /** Returns all that was sent, taken or not. */
    synchronized List<Buffer> written() {
        return List.copyOf(written);
    }

    /** Returns how many bytes were sent and not taken. */
    synchronized int untaken() {
        return untaken.size();
    }

    private synchronized Optional<SseText.Message> poll() {
        return text.poll();
    }

    /** Waits for the next message, whatever it is. */
    SseText.Message nextOfAll() {
        return await().pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(10))
                .until(this::poll, Optional::isPresent)
                .orElseThrow();
    }

    /** Waits for the next message that is no comment. */
    SseText.Message next() {
        SseText.Message message = nextOfAll();
        while (message.event().isEmpty()) {
            message = nextOfAll();
        }
        return message;
    }

    /** Waits for the next message, which has to be of that kind. */
    SseText.Message next(String event) {
        SseText.Message message = next();
        assertThat(message.event()).as(() -> message.fields().toString()).isEqualTo(event);
        return message;
    }

    /** Returns the next message that is there already. */
    Optional<SseText.Message> nextIfThere() {
        return poll();
    }
}
