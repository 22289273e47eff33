/**
 * The nouns, free of clocks, I/O and Vert.x: jobs, executions and the moments at which things happen to them.
 */
@NullMarked
package dev.latido.job;

import org.jspecify.annotations.NullMarked;
