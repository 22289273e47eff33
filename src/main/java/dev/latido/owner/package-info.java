/**
 * The single owner of all job state: the verticle that feeds the core and does what it decides. It keeps the order of inputs, has
 * batches stored, performs effects and sets the alarm.
 */
@NullMarked
package dev.latido.owner;

import org.jspecify.annotations.NullMarked;
