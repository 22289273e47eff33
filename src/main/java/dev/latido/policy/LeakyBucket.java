package dev.latido.policy;

/** Paces: a start, then a pause, whatever came before. */
final class LeakyBucket implements RateLimit {

    private final long pauseNanos;
    private boolean isUsed;
    private long nextNanos;

    LeakyBucket(RateConfig config) {
        long permits = config.permits();
        this.pauseNanos = (config.per().toNanos() + permits - 1) / permits; // rounded up: rather too slow than too fast
    }

    @Override
    public long next(long nanos) {
        return isUsed && nextNanos - nanos > 0 ? nextNanos : nanos;
    }

    @Override
    public void take(long nanos) {
        isUsed = true;
        nextNanos = nanos + pauseNanos;
    }

    @Override
    public void giveBack(long takenNanos, long nanos) {
        if (isUsed && nextNanos == takenNanos + pauseNanos) { // else another start came after it
            nextNanos = takenNanos;
        }
    }

    @Override
    public boolean isIdle(long nanos) {
        return next(nanos) == nanos;
    }
}
