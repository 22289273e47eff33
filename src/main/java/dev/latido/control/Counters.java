package dev.latido.control;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often what happened to one job since the service began. It always holds: accepted = succeeded + failed + cancelled +
 * dropped + what is queued, delayed and in flight. So an execution that is retried counts as failed no more.
 */
final class Counters {

    long accepted;
    long succeeded;
    long failed;
    long cancelled;
    long dropped;
    long refused;
    long ticksCoalesced;
    long ticksMissed;

    /** Returns the counters by the names that clients see. */
    Map<String, Long> view() {
        Map<String, Long> view = new LinkedHashMap<>();
        view.put("accepted", accepted);
        view.put("succeeded", succeeded);
        view.put("failed", failed);
        view.put("cancelled", cancelled);
        view.put("dropped", dropped);
        view.put("refused", refused);
        view.put("ticksCoalesced", ticksCoalesced);
        view.put("ticksMissed", ticksMissed);
        return view;
    }
}
