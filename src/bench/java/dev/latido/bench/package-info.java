/**
 * Benchmarks: what the service does on this machine, beside what a bare server does in the same run. Not part of the
 * product, and not tests: nothing here fails because a machine is slow.
 */
@NullMarked
package dev.latido.bench;

import org.jspecify.annotations.NullMarked;
