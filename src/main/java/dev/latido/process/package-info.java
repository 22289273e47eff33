/**
 * The end of the process: with which code, for which reason. It depends on next to nothing, so that whoever meets the reason can
 * end it.
 */
@NullMarked
package dev.latido.process;

import org.jspecify.annotations.NullMarked;
