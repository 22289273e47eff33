package dev.latido.queue.redis;

import dev.latido.job.Priority;
import java.util.ArrayList;
import java.util.List;

/**
 * The names of what a queue has at Redis. All are hashed as the queue's own name is, so that a cluster has them in one place.
 *
 * @param name the queue's
 * @param lanes the streams, in the order of {@code priorities}
 */
record Keys(String name, List<Priority> priorities, List<String> lanes) {

    /** Returns the stream of a lane, whether this queue has it or not. */
    String lane(Priority priority) {
        return lane(name, priority);
    }

    private static String lane(String name, Priority priority) {
        return priority == Priority.NORMAL ? name : "{" + name + "}:" + priority.wireName();
    }

    static Keys of(String name, List<Priority> priorities) {
        if (name.isEmpty() || name.length() > 200 || name.indexOf('{') >= 0 || name.indexOf('}') >= 0) {
            throw new IllegalArgumentException("a queue's name has 1 to 200 characters and no braces, was " + name);
        }
        List<String> lanes = new ArrayList<>();
        for (Priority priority : priorities) {
            lanes.add(lane(name, priority));
        }
        return new Keys(name, List.copyOf(priorities), List.copyOf(lanes));
    }

    private String of(String what) {
        return "{" + name + "}:" + what;
    }

    /** What is not due yet: by the time at which it is. */
    String delayed() {
        return of("delayed");
    }

    /** The stream of dead letters. */
    String dead() {
        return of("dead");
    }

    /** What is of a version that nobody knows who met it: by that version. */
    String newer() {
        return of("newer");
    }

    /** How many entries of a lane were there before and are no work. */
    String skipped() {
        return of("skipped");
    }

    /** Never there: it is deleted to see whether the server may be written to. */
    String probe() {
        return of("probe");
    }

    /** Changed when something was given back, which changes no stream. */
    String bell() {
        return of("bell");
    }

    /** How many results gave way to others. */
    String forgotten() {
        return of("forgotten");
    }

    /** The keys of the latest ticks, the newest first. */
    String ticks() {
        return of("ticks");
    }

    /** That this key was submitted. */
    String known(String key) {
        return of("key:" + key);
    }

    /** What became of this key. */
    String outcome(String key) {
        return of("outcome:" + key);
    }

    /** What changes when there may be something to take. */
    List<String> waking() {
        List<String> keys = new ArrayList<>(lanes);
        keys.add(delayed());
        keys.add(bell());
        return keys;
    }
}
