package dev.latido.cli;

import dev.latido.setting.CheckedSettings;
import org.jspecify.annotations.Nullable;

/** Reads a configuration as the service would. Given from outside, because the command line loads nothing of the service. */
@FunctionalInterface
public interface ConfigCheck {

    /**
     * Reads the configuration of this process.
     *
     * @param file where it is; null for where the service looks for it
     */
    CheckedSettings check(@Nullable String file);
}
