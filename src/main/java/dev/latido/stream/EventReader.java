package dev.latido.stream;

/** A reader of single events, who takes them from the window at its own pace. */
final class EventReader extends Reader {

    private boolean isLive;

    /** Everything up to this event was sent, or was of no interest. */
    private long position;

    EventReader(EventStream stream, Subscription wanted, Outlet outlet) {
        super(stream, wanted, outlet);
    }

    @Override
    boolean canGoOnFrom(long sequence) {
        return stream.window().covers(sequence);
    }

    @Override
    void goOn(long sequence) {
        isLive = true;
        position = sequence;
        move();
    }

    @Override
    void move() {
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
    }

    @Override
    long waitingBytes() {
        return isLive && isFull() ? stream.window().bytesAfter(position) : 0;
    }
}
