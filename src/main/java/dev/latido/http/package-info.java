/**
 * The HTTP edge: it parses, calls and answers.
 */
@NullMarked
package dev.latido.http;

import org.jspecify.annotations.NullMarked;
