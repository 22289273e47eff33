package dev.latido;

import dev.latido.config.Config;
import dev.latido.config.ConfigLoader;
import dev.latido.config.InvalidConfigException;
import dev.latido.setting.CheckedSettings;
import dev.latido.setting.EffectiveSetting;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the configuration of this process, on a Vert.x instance of its own: it decides how the service's is made. */
final class Configuration {

    private Configuration() {}

    /**
     * Reads it for the service.
     *
     * @param file where it is; null when it was not named
     */
    static Config load(@Nullable String file) throws InvalidConfigException {
        return load(file, null);
    }

    /** Reads it exactly as {@link #load(String)} does, for the command line, and does nothing else. */
    static CheckedSettings check(@Nullable String file) {
        List<EffectiveSetting> settings = new ArrayList<>();
        try {
            Config config = load(file, settings::add);
            return new CheckedSettings(ConfigLoader.describe(file), List.of(), settings, config.warnings());
        } catch (InvalidConfigException invalid) {
            return new CheckedSettings(
                    InvalidConfigException.heading(invalid.problems()), invalid.problems(), List.of(), List.of());
        }
    }

    private static Config load(@Nullable String file, @Nullable Consumer<EffectiveSetting> effective)
            throws InvalidConfigException {
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setAddressResolverOptions(NameServers.ofMachine())
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
        try {
            return ConfigLoader.load(vertx, file, effective);
        } finally {
            vertx.close();
        }
    }
}
