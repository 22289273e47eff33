/**
 * Composition root: {@link dev.latido.Main} begins, {@link dev.latido.ServiceProcess} reads the configuration, {@link dev.latido.Service} builds the parts, deploys them in order and stops them in reverse.
 */
@NullMarked
package dev.latido;

import org.jspecify.annotations.NullMarked;
