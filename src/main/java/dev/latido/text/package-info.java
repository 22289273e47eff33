/**
 * Text from elsewhere, as it may be shown. It depends on nothing, so that everybody who shows any can use it.
 */
@NullMarked
package dev.latido.text;

import org.jspecify.annotations.NullMarked;
