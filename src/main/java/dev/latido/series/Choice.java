package dev.latido.series;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Chooses whose points are kept, of jobs that are offered one after the other: first those that somebody should look at, or does, then
 * the most active. Never holds more than may be chosen, so that it can take a minute over thousands.
 */
final class Choice {

    /** How urgently a job is to be chosen. */
    enum Need {
        NONE,
        /** It has dead letters. */
        FAILURES,
        /** It is degraded, or somebody looked at it lately. */
        ATTENTION
    }

    /** Who is chosen already is chosen again unless a newcomer is so many times as active: lines that come and go show nothing. */
    private static final int LOYALTY = 2;

    private record Candidate(String job, Need need, boolean isKept, long activity) {}

    /** The one to be left out first comes first. */
    private static final Comparator<Candidate> WORST_FIRST = Comparator.comparing(Candidate::need)
            .thenComparingLong(each -> each.isKept ? each.activity * LOYALTY : each.activity)
            .thenComparing(Candidate::isKept)
            .thenComparing(Candidate::job, Comparator.reverseOrder());

    private final int places;
    private final PriorityQueue<Candidate> best = new PriorityQueue<>(WORST_FIRST);

    Choice(int places) {
        this.places = places;
    }

    /**
     * Offers a job, once.
     *
     * @param isKept whether it was chosen before
     * @param activity how much happened to it lately
     */
    void offer(String job, Need need, boolean isKept, long activity) {
        best.add(new Candidate(job, need, isKept, activity));
        if (best.size() > places) {
            best.remove();
        }
    }

    /** Returns the names of those that are chosen, and begins anew. */
    List<String> take() {
        List<String> chosen = new ArrayList<>(best.size());
        best.forEach(each -> chosen.add(each.job()));
        best.clear();
        return chosen;
    }
}
