/**
 * Who performs an execution.
 */
@NullMarked
package dev.latido.worker;

import org.jspecify.annotations.NullMarked;
