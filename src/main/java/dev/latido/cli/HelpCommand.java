package dev.latido.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Picocli has such a command, but its options do not go together with a {@code --help} that all commands have. */
@Command(name = "help", description = "Says what there is, or what one command does.")
final class HelpCommand implements Callable<Integer> {

    @Spec
    @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Its name.")
    private @Nullable String command;

    @Override
    public Integer call() {
        if (spec != null) {
            CommandLine all = spec.parent().commandLine();
            CommandLine asked = command == null ? all : all.getSubcommands().get(command);
            if (asked == null) {
                throw CliException.usage("There is no command '" + command + "'.", "See 'latido help'.");
            }
            asked.usage(all.getOut());
        }
        return ExitCode.DONE;
    }
}
