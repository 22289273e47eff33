/**
 * What happens, told live: the latest events, how jobs stand, and readers that each follow at their own pace.
 */
@NullMarked
package dev.latido.stream;

import org.jspecify.annotations.NullMarked;
