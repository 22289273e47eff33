package dev.latido.protocol;

/** What each point of a series says. Counts are of the time of the point, levels are those at its end. */
public enum SeriesMeasure {
    /** How many executions succeeded. */
    SUCCEEDED(0, "succeeded", false),
    /** How many failed for good. */
    FAILED(1, "failed", false),
    /** How many ended otherwise: cancelled, dropped, returned. */
    OTHER_ENDS(2, "otherEnds", false),
    /** How many attempts failed that were not the last of their execution. */
    RETRIED(3, "retried", false),
    /** How many executions were accepted. */
    ACCEPTED(4, "accepted", false),
    /** How many were queued. */
    QUEUED(5, "queued", false),
    /** How many were with workers. */
    IN_FLIGHT(6, "inFlight", false),
    /** How long what had waited longest had done so; 0 when nothing waited. */
    OLDEST(7, "oldestMillis", true),
    /** How long attempts took that ended, in percentiles; unknown when none ended. */
    RUN_P50(8, "runP50Millis", true),
    RUN_P95(9, "runP95Millis", true),
    RUN_P99(10, "runP99Millis", true),
    /** How long executions were queued that began, in percentiles; unknown when none began. */
    WAIT_P50(11, "waitP50Millis", true),
    WAIT_P95(12, "waitP95Millis", true),
    WAIT_P99(13, "waitP99Millis", true);

    private final int place;
    private final String wireName;
    private final boolean isTime;

    SeriesMeasure(int place, String wireName, boolean isTime) {
        this.place = place;
        this.wireName = wireName;
        this.isTime = isTime;
    }

    /** Returns its place among all of them, from 0 on: those of numbers come first. Stored points are in this order. */
    public int place() {
        return place;
    }

    /** Returns its name in JSON. */
    public String wireName() {
        return wireName;
    }

    /** Tells whether it is a length of time, in milliseconds, and not a number of executions. */
    public boolean isTime() {
        return isTime;
    }
}
