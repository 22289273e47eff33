/** The documentation: its pages, their links, and the words in them. */
@NullMarked
package dev.latido.document;

import org.jspecify.annotations.NullMarked;
