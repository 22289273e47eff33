package dev.latido.policy;

/** So many starts a window; the windows follow one another from the first start on. */
final class FixedWindow implements RateLimit {

    private final int permits;
    private final long lengthNanos;
    private boolean isUsed;
    private long beginNanos;
    private int taken;

    FixedWindow(RateConfig config) {
        this.permits = config.permits();
        this.lengthNanos = config.per().toNanos();
    }

    @Override
    public long next(long nanos) {
        move(nanos);
        return taken < permits ? nanos : beginNanos + lengthNanos;
    }

    @Override
    public void take(long nanos) {
        if (!isUsed) {
            isUsed = true;
            beginNanos = nanos;
        }
        move(nanos);
        taken++;
    }

    private void move(long nanos) {
        long windows = isUsed ? (nanos - beginNanos) / lengthNanos : 0;
        if (windows > 0) {
            beginNanos += windows * lengthNanos;
            taken = 0;
        }
    }

    @Override
    public void giveBack(long takenNanos, long nanos) {
        move(nanos);
        if (taken > 0 && takenNanos - beginNanos >= 0) { // else its window is over
            taken--;
        }
    }

    @Override
    public boolean isIdle(long nanos) {
        move(nanos);
        return taken == 0;
    }
}
