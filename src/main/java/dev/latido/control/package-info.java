/**
 * The owner of all job state: a pure core that decides ({@link dev.latido.control.JobControl}) and the verticle that acts.
 */
@NullMarked
package dev.latido.control;

import org.jspecify.annotations.NullMarked;
