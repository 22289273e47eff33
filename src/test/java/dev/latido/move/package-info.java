@NullMarked
package dev.latido.move;

import org.jspecify.annotations.NullMarked;
