/** The whole service in one thread, from one seed: world, faults and rules. See {@code docs/simulation.md}. */
@NullMarked
package dev.latido.simulation;

import org.jspecify.annotations.NullMarked;
