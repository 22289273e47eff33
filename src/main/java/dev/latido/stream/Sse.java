package dev.latido.stream;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** The text of server-sent events (HTML Living Standard, 9.2). Data is JSON, which holds no line break. */
final class Sse {

    /** When to come back after the connection was lost, in milliseconds. */
    static final Buffer RETRY = Buffer.buffer("retry: 1000\n\n");

    /** A comment, which readers ignore. */
    static final Buffer HEARTBEAT = Buffer.buffer(": heartbeat\n\n");

    private Sse() {}

    /**
     * Makes a message.
     *
     * @param id how far a reader is that has it; null to leave that as it was
     */
    static Buffer message(@Nullable EventCursor id, String event, Buffer data) {
        Buffer text = Buffer.buffer(data.length() + 80);
        if (id != null) {
            text.appendString("id: ").appendString(id.toString()).appendString("\n");
        }
        return text.appendString("event: ")
                .appendString(event)
                .appendString("\ndata: ")
                .appendBuffer(data)
                .appendString("\n\n");
    }
}
