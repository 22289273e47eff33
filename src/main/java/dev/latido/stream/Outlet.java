package dev.latido.stream;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

/** The way to one reader. Belongs to the stream's event loop. */
public interface Outlet {

    /** Sends {@code text}; the future completes once it has left this process, and fails when the reader is gone. */
    Future<Void> write(Buffer text);

    /** Sends {@code last} and ends properly, without waiting long for a reader that does not take it. */
    void end(Buffer last);

    /** Breaks off. */
    void close();

    /** Says who reads, for the log. */
    String name();
}
