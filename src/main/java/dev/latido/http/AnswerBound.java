package dev.latido.http;

import dev.latido.job.TimeSource;
import dev.latido.memory.MemoryBudget;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.AttributeKey;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * Bounds the memory and the time of answers that clients do not take. What is written to a socket is copied to direct memory
 * first and stays there until the network has taken it; where there is no more of that, allocating more lets the event loop sleep.
 *
 * <ul>
 *   <li>Of one connection, little is copied at once: small answers up to {@link #WATER_MARK}, a larger one piece by piece. That
 *       bounds what the small ones take, because the number of connections is bounded too.
 *   <li>What pieces of larger answers take is bounded over all connections. Beyond that, a further one that only shows something
 *       is refused at once: to let it wait would let those who do not read hold those who do. One that tells what was done is sent
 *       nevertheless: its client could not know that otherwise.
 *   <li>A piece that has not left in time ends its connection.
 * </ul>
 *
 * <p>Belongs to one event loop, but for what it tells.
 */
final class AnswerBound {

    /** How much of a larger answer is copied at once. */
    static final int PIECE_BYTES = 32_768;

    /** Up to here an answer is small: most are, and every problem is. */
    static final int SMALL_BYTES = 2_048;

    /** While so much of a connection is not taken, nothing more is written to it and none of its requests is begun. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(1_024, 2_048);

    /** No more than this part of the direct memory: small answers, requests and readers of events need some too. */
    private static final int PART = 4;

    /**
     * So much more than a piece may pass from one sign of progress to the next, because the systems at both ends take and give in
     * lumps: a third of the send buffer, half of the receive buffer.
     */
    private static final int LUMP_BYTES = 131_072;

    private static final AttributeKey<AnswerBound> KEY = AttributeKey.valueOf(AnswerBound.class, "of");

    private final MemoryBudget unsent;
    private final Deadlines<Sending> deadlines;
    private final LongAdder broken;
    private final Problem full;

    /**
     * Makes the bounds.
     *
     * @param unsent what pieces that are not taken may take
     * @param minReadRate how many bytes a second a client has to take
     * @param broken counts connections that were closed because they did not
     */
    AnswerBound(Vertx vertx, TimeSource time, MemoryBudget unsent, int minReadRate, LongAdder broken) {
        this.unsent = unsent;
        this.broken = broken;
        this.full = Problem.answersFull(unsent.max());
        this.deadlines = new Deadlines<>(vertx, time, pieceTime(minReadRate), this::breakOff);
    }

    /** Returns how long a piece may take at {@code rate} bytes a second. */
    static Duration pieceTime(int rate) {
        return Duration.ofMillis(1_000L * (LUMP_BYTES + PIECE_BYTES) / rate);
    }

    /** Makes the budget of pieces: {@code bytes}, if there is direct memory enough for so much. */
    static MemoryBudget budget(long bytes) {
        return new MemoryBudget(Math.min(bytes, PlatformDependent.maxDirectMemory() / PART));
    }

    /** Has {@code connection} kept within these bounds, which has just been made. */
    void watch(ConnectionBase connection) {
        Channel channel = connection.channel();
        ChannelConfig config = channel.config();
        config.setWriteBufferWaterMark(WATER_MARK);
        channel.attr(KEY).set(this);
    }

    /** Returns the bounds of the connection that {@code request} came over. */
    static AnswerBound of(HttpServerRequest request) {
        return channel(request.connection()).attr(KEY).get();
    }

    private static Channel channel(HttpConnection connection) {
        return ((ConnectionBase) connection).channel();
    }

    /** Closes {@code connection} at once. Vert.x would send what waits before, and so wait for a client that does not read. */
    @SuppressWarnings("FutureReturnValueIgnored") // nothing is left to be done
    static void closeNow(HttpConnection connection) {
        ChannelHandlerContext behindVertx = channel(connection).pipeline().firstContext();
        if (behindVertx != null) { // else it is closed
            behindVertx.close();
        }
    }

    /** Takes {@code bytes} for an answer to {@code request}; false when it was refused instead. */
    boolean admit(HttpServerRequest request, int bytes) {
        if (!RequestGuard.isSafe(request.method())) {
            take(bytes);
        } else if (!unsent.tryTake(bytes)) {
            unsent.refuse();
            full.send(request);
            return false;
        }
        return true;
    }

    /** Takes {@code bytes} for an answer that is given whether or not there is room. */
    void take(int bytes) {
        unsent.add(bytes);
    }

    /** Gives back what was taken. */
    void release(int bytes) {
        unsent.add(-bytes);
    }

    /** A piece of {@code answer} is written, which its client has to take in time. */
    void begin(Sending answer) {
        deadlines.begin(answer);
    }

    /** It was taken, or never will be. */
    void end(Sending answer) {
        deadlines.end(answer);
    }

    private void breakOff(Sending answer) {
        broken.increment();
        closeNow(answer.connection());
    }
}
