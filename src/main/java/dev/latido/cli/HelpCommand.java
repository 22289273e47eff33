package dev.latido.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Picocli has such a command, but its options do not go together with a {@code --help} that all commands have. */
@Command(
        name = "help",
        description = "Lists all commands, or explains one.",
        footer = {"", "Example:", "  latido help config check"})
final class HelpCommand implements Callable<Integer> {

    @Spec
    @Nullable CommandSpec spec;

    @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "Its name, or names: config check.")
    private List<String> commands = new ArrayList<>();

    @Override
    public Integer call() {
        if (spec != null) {
            CommandLine all = spec.parent().commandLine();
            CommandLine asked = all;
            for (String command : commands) {
                CommandLine next = asked.getSubcommands().get(command);
                if (next == null) {
                    throw CliException.usage(
                            "There is no command '" + String.join(" ", commands) + "'.", "See 'latido help'.");
                }
                asked = next;
            }
            asked.usage(all.getOut());
        }
        return ExitCode.DONE;
    }
}
