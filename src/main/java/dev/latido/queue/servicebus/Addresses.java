package dev.latido.queue.servicebus;

import dev.latido.job.Priority;

/**
 * What things are called at Service Bus.
 *
 * @param name the queue's
 */
record Addresses(String name) {

    /** Returns the queue of a lane. */
    String lane(Priority lane) {
        return lane == Priority.NORMAL ? name : name + "." + lane.wireName();
    }

    /** Returns where the dead letters of a lane are. */
    String dead(Priority lane) {
        return lane(lane) + "/$deadletterqueue";
    }

    /** Returns the node by which a queue is managed. */
    static String management(String queue) {
        return queue + "/$management";
    }
}
