/**
 * How a part reads its settings: sections of the file with what overrides them, bounds, and what is wrong with them. It knows
 * no setting of anybody.
 */
@NullMarked
package dev.latido.setting;

import org.jspecify.annotations.NullMarked;
