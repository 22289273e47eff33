/** What people would use instead of Latido, and Latido itself, each as an application would use it, in one JVM each. */
@NullMarked
package dev.latido.bench.peer;

import org.jspecify.annotations.NullMarked;
