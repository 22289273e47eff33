package dev.latido.stream;

/** Why a reader was cut off. */
public enum CutOff {
    /** More waits for it than may, and it does not catch up. */
    BEHIND("behind"),
    /** It takes nothing any more. */
    STUCK("stuck");

    private final String wireName;

    CutOff(String wireName) {
        this.wireName = wireName;
    }

    /** Returns the name in metrics and logs. */
    public String wireName() {
        return wireName;
    }
}
