/**
 * The protocol between callers and the owner: commands, replies, their wire form and {@link dev.latido.command.JobClient}.
 */
@NullMarked
package dev.latido.command;

import org.jspecify.annotations.NullMarked;
