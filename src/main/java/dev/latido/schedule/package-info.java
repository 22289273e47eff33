/**
 * When a timer is due: intervals and cron expressions.
 */
@NullMarked
package dev.latido.schedule;

import org.jspecify.annotations.NullMarked;
