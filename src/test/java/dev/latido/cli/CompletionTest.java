package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What real shells complete, with the script that {@code latido completion} prints. */
@Timeout(120)
class CompletionTest {

    /** Has bash complete the last of {@code $@}, as when the tabulator is pressed there. */
    private static final String BASH = """
            source "$1"; shift
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
            "$(complete -p latido | sed 's/.*-F \\([^ ]*\\) .*/\\1/')" latido "${COMP_WORDS[COMP_CWORD]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """;

    /** Presses the tabulator in a real zsh on a terminal of its own, once that reads keys, and has it say what stands in the line. */
    private static final String ZSH = """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell 'autoload -U compinit; compinit -u -D; source '"${(q)1}"
            zpty -w shell 'show() { print -r -- "LI""NE<$BUFFER>" }; zle -N show; bindkey "^X" show; PS1=%{%}RE%{%}ADY'
            zpty -r shell line '*READY*'
            zpty -w -n shell "${2}"$'\\t\\x18'
            zpty -r shell line '*LINE<*>*'
            print -r -- "$line"
            zpty -d shell
            """;

    @TempDir
    Path directory;

    private static boolean isThere(String shell) {
        try {
            return new ProcessBuilder(shell, "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Path script(String shell) throws IOException {
        String script = CliRun.to(1).expect(0, "completion", shell);
        return Files.writeString(directory.resolve("completion." + shell), script);
    }

    private String run(List<String> command) throws Exception {
        Path out = directory.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD) // where bash says that no key was pressed
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
            return Files.readString(out);
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> completed(String... words) throws Exception {
        List<String> command = new ArrayList<>(
                List.of("bash", "--norc", "-c", BASH, "bash", script("bash").toString()));
        command.addAll(List.of(words));
        return run(command).lines().toList();
    }

    @Test
    void bashCompletesCommandsOptionsAndTheirValues() throws Exception {
        assumeTrue(isThere("bash"), "bash is not installed");
        assertThat(completed("latido", "re")).containsExactlyInAnyOrder("retry", "replay", "resume");
        assertThat(completed("latido", ""))
                .contains("status", "submit", "config", "completion", "next", "help")
                .doesNotContain("--payload");
        assertThat(completed("latido", "config", "")).contains("check").doesNotContain("status");
        assertThat(completed("latido", "submit", "mail", "--pa")).containsExactlyInAnyOrder("--payload", "--patience");
        assertThat(completed("latido", "submit", "mail", "--priority", "h")).containsExactly("high");
        assertThat(completed("latido", "list", "mail", "--state", "")).contains("queued", "failed", "succeeded");
        assertThat(completed("latido", "completion", "")).contains("bash", "zsh");
    }

    @Test
    void zshCompletesCommands() throws Exception {
        assumeTrue(isThere("zsh"), "zsh is not installed");
        String line = run(List.of("zsh", "-f", "-c", ZSH, "zsh", script("zsh").toString(), "latido subm"));
        assertThat(line).contains("LINE<latido submit");
    }

    /** Else a command that is added later could not be completed. */
    @Test
    void theScriptKnowsAllCommands() throws Exception {
        CliRun run = CliRun.to(1);
        String script = Files.readString(script("zsh"));
        Cli.commands(new Settings(run.surroundings()), file -> {
                    throw new AssertionError("nothing is read");
                })
                .getSubcommands()
                .keySet()
                .forEach(name -> assertThat(script).contains("_picocli_latido_" + name + "()"));
    }
}
