/** Where state lives that needs no lock: on one thread that runs tasks one after the other. */
@NullMarked
package dev.latido.loop;

import org.jspecify.annotations.NullMarked;
