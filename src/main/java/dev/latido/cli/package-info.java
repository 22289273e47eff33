/**
 * The command line: one process for each command, which talks to a service over HTTP. It has to answer at once, so it
 * loads nothing of the service, of Vert.x or of the log.
 */
@NullMarked
package dev.latido.cli;

import org.jspecify.annotations.NullMarked;
