package dev.latido.stream;

import dev.latido.stream.OwnerReads.Answer;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Somebody who reads: first a snapshot, in pieces, or what was missed; then what happens. What is sent and not yet taken
 * is counted, and bounded: nothing is sent while it is too much. Belongs to the stream's event loop.
 */
abstract class Reader {

    /** How many jobs a message shows at most. */
    static final int MAX_JOBS = 100;

    /** While so many bytes are sent and not taken nothing more is sent. */
    static final int MAX_UNTAKEN = 65_536;

    private static final long TRY_AGAIN_MILLIS = 500;

    /** Who misses events so often in a row, without being told of the newest in between, will not catch up. */
    static final int MAX_GAPS = 3;

    /** Where events come so fast that readers keep missing some, they do not get one snapshot after the other. */
    private static final Duration SNAPSHOT_PAUSE = Duration.ofSeconds(1);

    final EventStream stream;
    final Subscription wanted;
    private final Outlet outlet;
    private long untaken;
    private long sentNanos;
    private long takenNanos;
    private boolean hasSnapshot;
    private long snapshotNanos;
    private boolean isClosed;

    /** How often events were missing since it was told of the newest. */
    private int gaps;

    /** What waited at the last look, if it was too much; else 0. */
    private long waitedBefore;

    private long lookedNanos;

    Reader(EventStream stream, Subscription wanted, Outlet outlet) {
        this.stream = stream;
        this.wanted = wanted;
        this.outlet = outlet;
        this.sentNanos = stream.nanos();
        this.takenNanos = sentNanos;
    }

    /** Begins: where the reader was, or with a snapshot where that is not possible. */
    final void begin() {
        send(Sse.RETRY, 0);
        EventCursor last = wanted.last();
        if (last == null) {
            snapshot();
        } else if (!last.run().equals(stream.run())) {
            gap(last, "restart");
        } else if (!canGoOnFrom(last.sequence())) {
            gap(last, "window");
        } else {
            goOn(last.sequence());
        }
    }

    /** Tells whether everything after event {@code sequence} can be told. */
    abstract boolean canGoOnFrom(long sequence);

    /** A snapshot begins, which shows everything up to event {@code sequence}; when it is sent, {@link #goOn} is called. */
    abstract void snapshotShows(long sequence);

    /** Tells everything after event {@code sequence}, now and from now on. */
    abstract void goOn(long sequence);

    /** Some events came, or the reader took something. */
    abstract void move();

    /** Returns about how many bytes wait for this reader, besides those that are sent. */
    abstract long waitingBytes();

    /** Says that events are missing, and how things stand instead; some time after the latest snapshot at the earliest. */
    final void gap(EventCursor requested, String reason) {
        long wait = hasSnapshot ? snapshotNanos + SNAPSHOT_PAUSE.toNanos() - stream.nanos() : 0;
        if (wait > 0) {
            stream.after(TimeUnit.NANOSECONDS.toMillis(wait) + 1, () -> gap(requested, reason));
            return;
        }
        if (isClosed) {
            return;
        }
        if (++gaps > MAX_GAPS) {
            stream.leaveBehind(this);
            return;
        }
        JsonObject data = new JsonObject()
                .put("requested", requested.toString())
                .put("oldest", new EventCursor(stream.run(), stream.window().oldest()).toString())
                .put("reason", reason);
        send(Sse.message(null, "gap", data.toBuffer()), 1);
        snapshot();
    }

    /** The reader was told of the newest event. */
    final void caughtUp() {
        gaps = 0;
    }

    private void snapshot() {
        hasSnapshot = true;
        snapshotNanos = stream.nanos();
        snapshot(stream.jobs(wanted.jobs()), 0, stream.window().newest());
    }

    /**
     * Sends one piece after the other, each when the one before is taken.
     *
     * @param sequence what the whole snapshot shows at least: that of its first piece
     */
    private void snapshot(List<String> jobs, int part, long sequence) {
        if (isClosed) {
            return;
        }
        int from = part * MAX_JOBS;
        List<String> some = jobs.subList(from, Math.min(jobs.size(), from + MAX_JOBS));
        stream.reads().read(some, List.of()).onComplete(done -> snapshot(jobs, some, part, sequence, done));
    }

    private void snapshot(List<String> jobs, List<String> some, int part, long sequence, AsyncResult<Answer> done) {
        if (isClosed) {
            return;
        }
        if (done.failed()) { // it is beginning, or overloaded
            stream.after(TRY_AGAIN_MILLIS, () -> snapshot(jobs, part, sequence));
            return;
        }
        Answer answer = done.result();
        long shown = part == 0 ? answer.sequence() : sequence;
        if (part == 0) {
            snapshotShows(shown);
        }
        int parts = Math.max(1, (jobs.size() + MAX_JOBS - 1) / MAX_JOBS);
        boolean isLast = part + 1 == parts;
        JsonObject head = new JsonObject()
                .put("sequence", answer.sequence())
                .put("part", part + 1)
                .put("of", parts)
                .mergeIn(answer.service());
        Buffer data = opened(head);
        answer.appendJobs(data, some);
        data.appendString("}");
        send(Sse.message(isLast ? new EventCursor(stream.run(), shown) : null, "snapshot", data), 1, () -> {
            if (isLast) {
                move();
            } else {
                snapshot(jobs, part + 1, shown);
            }
        });
        if (isLast) {
            goOn(shown);
        }
    }

    /** Returns the text of {@code head}, open for more fields. */
    static Buffer opened(JsonObject head) {
        Buffer json = head.toBuffer();
        return Buffer.buffer().appendBuffer(json, 0, json.length() - 1).appendString(",");
    }

    final void send(Buffer text, int messages) {
        send(text, messages, this::move);
    }

    private void send(Buffer text, int messages, Runnable whenTaken) {
        if (isClosed) {
            return;
        }
        long now = stream.nanos();
        if (untaken == 0) {
            takenNanos = now;
        }
        sentNanos = now;
        untaken += text.length();
        stream.sent(messages);
        outlet.write(text).onComplete(done -> {
            if (done.succeeded()) {
                untaken -= text.length();
                takenNanos = stream.nanos();
                if (!isClosed) {
                    whenTaken.run();
                }
            } else {
                stream.gone(this);
            }
        });
    }

    /** Tells whether so much is sent and not taken that nothing more should be sent. */
    final boolean isFull() {
        return untaken >= MAX_UNTAKEN;
    }

    final boolean isClosed() {
        return isClosed;
    }

    /** Tells whether something was sent that the reader has not taken for {@code nanos}. */
    final boolean isStuck(long now, long nanos) {
        return untaken > 0 && now - takenNanos >= nanos;
    }

    /**
     * Tells whether more than {@code maxBytes} wait for this reader, and not less than at the look before.
     *
     * @param pauseNanos looks closer together than this are one
     */
    final boolean fallsBehind(long now, long pauseNanos, long maxBytes) {
        long waiting = waitingBytes();
        if (waiting <= maxBytes - untaken) {
            waitedBefore = 0;
            return false;
        }
        boolean isFirst = waitedBefore == 0;
        if (!isFirst && now - lookedNanos < pauseNanos) {
            return false;
        }
        boolean isNotLess = !isFirst && waiting >= waitedBefore;
        waitedBefore = waiting;
        lookedNanos = now;
        return isNotLess;
    }

    /** Sends a comment if nothing else was sent for {@code nanos}, so that both ends know that the other is there. */
    final void beat(long now, long nanos) {
        if (untaken == 0 && now - sentNanos >= nanos) {
            send(Sse.HEARTBEAT, 0);
        }
    }

    final long untaken() {
        return untaken;
    }

    final String name() {
        return outlet.name();
    }

    /** Nothing is sent from now on. */
    void forget() {
        isClosed = true;
    }

    final void breakOff() {
        outlet.close();
    }

    final void end(Buffer last) {
        outlet.end(last);
    }
}
