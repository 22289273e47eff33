/**
 * The bounded waiting room of a job: its contract and what it does when it is full.
 */
@NullMarked
package dev.latido.room;

import org.jspecify.annotations.NullMarked;
