package dev.latido;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

/** Has all tests wait for what has to come for as long as that takes on a busy machine. Registered for all tests. */
public final class Patience implements Extension {

    static {
        Awaitility.setDefaultTimeout(Duration.ofMinutes(1));
    }
}
