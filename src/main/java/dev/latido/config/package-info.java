/**
 * Reading and checking the configuration: all problems at once, each with its path.
 */
@NullMarked
package dev.latido.config;

import org.jspecify.annotations.NullMarked;
