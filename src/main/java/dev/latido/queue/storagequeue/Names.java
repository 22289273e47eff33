package dev.latido.queue.storagequeue;

import dev.latido.job.Priority;

/**
 * The names of what a queue has at Azure.
 *
 * @param name the queue's
 */
record Names(String name) {

    String lane(Priority priority) {
        return priority == Priority.NORMAL ? name : name + "-" + priority.wireName();
    }

    /** Dead letters. */
    String dead() {
        return name + "-dead";
    }
}
