package dev.latido.core;

import java.util.List;

/**
 * What {@link JobEngine} made of one input.
 *
 * @param now what is to be done at once, in this order
 * @param onceStored what is to be done after that, in this order, but not before everything is stored that was decided up
 *     to {@code position}, and not before what other decisions wait with for the same or an earlier position
 * @param position how far the store has to be; see {@link JobEngine#stored}
 */
public record Decision(List<Effect> now, List<Effect> onceStored, long position) {}
