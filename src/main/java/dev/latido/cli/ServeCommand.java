package dev.latido.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** For the help only: the program looks for {@code serve} itself, before it comes here. What comes here is not as it should be. */
@Command(
        name = "serve",
        description = "Runs the service, as the program does without a command. Takes no other option than --config.",
        footer = {"", "Example:", "  latido serve --config conf/latido.yaml"})
final class ServeCommand implements Callable<Integer> {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "Its configuration (default: what -Dlatido.config or LATIDO_CONFIG names, else conf/latido.yaml).")
    private @Nullable String config;

    @Override
    public Integer call() {
        throw CliException.usage(
                "'serve' stands first and takes --config FILE and nothing else"
                        + (config == null || config.isBlank() ? "; no file was named." : "."),
                "See 'latido help serve'.");
    }
}
