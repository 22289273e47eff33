/** What jobs did lately, in points of time: bounded rings, and whose points are kept. Pure. */
@NullMarked
package dev.latido.series;

import org.jspecify.annotations.NullMarked;
