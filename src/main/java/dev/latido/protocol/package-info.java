/**
 * What callers and the owner say to each other: commands, replies and refusals, their wire form and their addresses.
 */
@NullMarked
package dev.latido.protocol;

import org.jspecify.annotations.NullMarked;
