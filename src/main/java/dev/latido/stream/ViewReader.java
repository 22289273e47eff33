package dev.latido.stream;

import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A reader of how jobs stand, who is told of those that changed together with others who want the same; one who misses
 * something catches up alone.
 */
final class ViewReader extends Reader {

    private boolean isLive;
    private @Nullable ViewGroup group;

    /** Everything up to this event was shown. */
    private long position;

    ViewReader(EventStream stream, Subscription wanted, Outlet outlet) {
        super(stream, wanted, outlet);
    }

    @Override
    boolean canGoOnFrom(long sequence) {
        return sequence <= stream.window().newest();
    }

    @Override
    void snapshotShows(long sequence) {} // what changes meanwhile is shown as it is then

    @Override
    void goOn(long sequence) {
        isLive = true;
        position = sequence;
        ViewGroup alone = stream.groupOfOne(this, sequence);
        group = alone;
        alone.move();
    }

    /** Joins {@code others}, having seen everything up to event {@code sequence}. */
    void join(ViewGroup others, long sequence) {
        position = sequence;
        group = others;
        others.add(this, sequence);
    }

    /** Sends what its group shows, unless there is no room: then this reader leaves the group until there is. */
    void show(ViewGroup shower, Buffer messages, int count, long sequence) {
        if (shower != group) {
            return; // it left meanwhile
        }
        if (isFull()) {
            leave();
        } else {
            position = sequence;
            send(messages, count);
        }
    }

    @Override
    void move() {
        if (isLive && group == null && !isClosed() && !isFull()) {
            goOn(position);
        }
    }

    @Override
    long waitingBytes() {
        return 0; // how jobs stand is read when it can be sent
    }

    @Override
    void forget() {
        super.forget();
        leave();
    }

    private void leave() {
        ViewGroup left = group;
        group = null;
        if (left != null) {
            left.remove(this);
        }
    }
}
