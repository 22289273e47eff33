package dev.latido.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = "Prints a shell script that completes commands, options and their values.",
        footer = {
            "",
            "Load it in ~/.bashrc or ~/.zshrc:",
            "  source <(latido completion bash)",
            "  source <(latido completion zsh)",
            "",
            "Example:",
            "  latido completion bash",
        })
final class CompletionCommand implements Callable<Integer> {

    @Spec
    @Nullable CommandSpec spec;

    /** The shells; picocli writes one script that both understand. */
    enum Shell {
        bash,
        zsh
    }

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.bash;

    @Override
    public Integer call() {
        if (spec != null) {
            PrintWriter out = spec.commandLine().getOut();
            out.print("# Has " + shell + " complete latido's commands: source <(latido completion " + shell + ")\n");
            out.print(AutoComplete.bash("latido", spec.parent().commandLine()));
        }
        return ExitCode.DONE;
    }
}
