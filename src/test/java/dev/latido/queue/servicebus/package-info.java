@NullMarked
package dev.latido.queue.servicebus;

import org.jspecify.annotations.NullMarked;
