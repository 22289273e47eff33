/**
 * Where what was acknowledged outlives the process: the contract, and the rows that go in and come out. The owner writes
 * how things stand, not what happened, so that a batch may be written twice.
 */
@NullMarked
package dev.latido.store;

import org.jspecify.annotations.NullMarked;
