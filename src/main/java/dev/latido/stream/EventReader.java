package dev.latido.stream;

import java.util.ArrayDeque;

/**
 * A reader of single events, who takes them from the window at its own pace. While it gets a snapshot, which may take longer
 * than events stay in the window, those that it wants are kept for it, up to {@code readerBytes}.
 */
final class EventReader extends Reader {

    private boolean isLive;

    /** Everything up to this event was sent, is kept, or was of no interest. */
    private long position;

    /** What came since the snapshot and is not sent yet. */
    private final ArrayDeque<EventChunk> kept = new ArrayDeque<>();

    private long keptBytes;
    private boolean keeps;

    EventReader(EventStream stream, Subscription wanted, Outlet outlet) {
        super(stream, wanted, outlet);
    }

    @Override
    boolean canGoOnFrom(long sequence) {
        return stream.window().covers(sequence);
    }

    @Override
    void snapshotShows(long sequence) {
        isLive = false;
        keeps = true;
        kept.clear();
        keptBytes = 0;
        position = sequence;
        move();
    }

    @Override
    void goOn(long sequence) {
        if (!keeps) {
            position = sequence;
        }
        isLive = true;
        move();
    }

    @Override
    void move() {
        if (isClosed()) {
            return;
        }
        if (keeps) {
            keep();
            sendKept();
        }
        if (isLive && !keeps) {
            sendNew();
        }
    }

    private void keep() {
        EventWindow window = stream.window();
        while (position < window.newest() && keptBytes < stream.readerBytes() && window.covers(position)) {
            EventChunk chunk = stream.chunkAfter(position, wanted);
            position = chunk.last();
            if (chunk.messages() > 0) {
                kept.add(chunk);
                keptBytes += chunk.text().length();
            }
        }
    }

    private void sendKept() {
        while (isLive && !kept.isEmpty() && !isFull()) {
            EventChunk chunk = kept.remove();
            keptBytes -= chunk.text().length();
            send(chunk.text(), chunk.messages());
        }
        keeps = !isLive || !kept.isEmpty();
    }

    private void sendNew() {
        EventWindow window = stream.window();
        while (isLive && !isClosed() && !isFull() && position < window.newest()) {
            if (!window.covers(position)) {
                isLive = false;
                gap(new EventCursor(stream.run(), position), "window");
                return;
            }
            EventChunk chunk = stream.chunkAfter(position, wanted);
            position = chunk.last();
            if (chunk.messages() > 0) {
                send(chunk.text(), chunk.messages());
            }
        }
        if (position == window.newest()) {
            caughtUp();
        }
    }

    @Override
    long waitingBytes() {
        if (!isLive || !isFull()) {
            return 0;
        }
        long after = stream.window().bytesAfter(position);
        return after > Long.MAX_VALUE - keptBytes ? after : after + keptBytes;
    }
}
