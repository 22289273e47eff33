/**
 * How an attempt ended.
 */
@NullMarked
package dev.latido.outcome;

import org.jspecify.annotations.NullMarked;
