package dev.latido.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: {@code latido <command>}. */
public final class Cli {

    /** How options begin that no command has. */
    private static final List<String> OF_THE_RUNTIME = List.of("-X", "-D", "-ea", "--add-");

    private static final int HELP_COLUMNS = 100;

    private Cli() {}

    /**
     * Runs one command with the streams and the environment of this process, and returns its exit code.
     *
     * @param check reads configurations
     */
    public static int run(ConfigCheck check, String[] args) {
        // a POST that was sent and not answered would be sent again, and its work be done twice
        System.setProperty("sun.net.http.retryPost", "false");
        return run(Surroundings.ofProcess(), check, args);
    }

    static int run(Surroundings surroundings, ConfigCheck check, String... args) {
        Settings settings = new Settings(surroundings);
        Printer printer = settings.printer();
        StringWriter help = new StringWriter();
        CommandLine line = commands(settings, check)
                .setOut(new PrintWriter(help))
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setUsageHelpWidth(HELP_COLUMNS)
                .setParameterExceptionHandler((wrong, arguments) -> explain(printer, wrong, List.of(arguments)))
                .setExecutionExceptionHandler((failure, command, parsed) -> end(settings, failure));
        try {
            int code = line.execute(args);
            if (!help.getBuffer().isEmpty()) {
                printer.raw(help.toString());
            }
            return code;
        } catch (Printer.ClosedException enough) {
            return ExitCode.DONE;
        }
    }

    /** Returns all commands, which do not do anything yet. */
    static CommandLine commands(Settings settings, ConfigCheck check) {
        return new CommandLine(settings)
                .addSubcommand(new StatusCommand(settings))
                .addSubcommand(new StartCommand(settings))
                .addSubcommand(new StopCommand(settings))
                .addSubcommand(new SubmitCommand(settings))
                .addSubcommand(new GetCommand(settings))
                .addSubcommand(new ListCommand(settings))
                .addSubcommand(new CancelCommand(settings))
                .addSubcommand(new RetryCommand(settings))
                .addSubcommand(new ReplayCommand(settings))
                .addSubcommand(new MoveCommand(settings))
                .addSubcommand(new PurgeCommand(settings))
                .addSubcommand(new CompleteCommand(settings))
                .addSubcommand(new NextCommand(settings))
                .addSubcommand(new PauseCommand(settings))
                .addSubcommand(new ResumeCommand(settings))
                .addSubcommand(new BackupCommand(settings))
                .addSubcommand(new WatchCommand(settings))
                .addSubcommand(new TopCommand(settings))
                .addSubcommand(new ServeCommand())
                .addSubcommand(
                        new CommandLine(new ConfigCommand()).addSubcommand(new ConfigCheckCommand(settings, check)))
                .addSubcommand(new CompletionCommand())
                .addSubcommand(new VersionCommand(settings))
                .addSubcommand(new HelpCommand());
    }

    private static int end(Settings settings, Exception failure) {
        if (failure instanceof Printer.ClosedException) {
            return ExitCode.DONE;
        }
        if (failure instanceof CliException expected) {
            settings.explain(expected);
            if (settings.isJson()) {
                tell(settings.printer(), expected.problem());
            }
            return expected.exitCode();
        }
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        trace.toString().replace("\t", "  ").lines().forEach(settings.printer()::note);
        if (settings.isJson()) {
            tell(settings.printer(), CliException.Kind.FAULT.problem(failure.toString()));
        }
        return ExitCode.FAULT;
    }

    /** Tells programs what is wrong; if nobody reads it, it is wrong all the same. */
    private static void tell(Printer printer, String problem) {
        try {
            printer.json(problem);
        } catch (Printer.ClosedException nobodyReads) {
            // the exit code says it
        }
    }

    private static boolean isForTheRuntime(String option) {
        return OF_THE_RUNTIME.stream().anyMatch(option::startsWith);
    }

    private static int explain(Printer printer, ParameterException wrong, List<String> arguments) {
        printer.note("latido: " + wrong.getMessage());
        if (wrong instanceof UnmatchedArgumentException unmatched) {
            List<String> similar = unmatched.getSuggestions();
            if (unmatched.getUnmatched().stream().anyMatch(Cli::isForTheRuntime)) {
                printer.note("  Options of the Java runtime stand before -jar: java -Xmx256m -jar latido.jar");
            } else if (!similar.isEmpty()) {
                printer.note("  Did you mean " + String.join(" or ", similar) + "?");
            }
        }
        String command = wrong.getCommandLine().getCommandSpec().qualifiedName();
        printer.note("  See '" + command + " --help'.");
        if (arguments.contains(Settings.JSON)) { // which may not have been parsed yet
            tell(printer, CliException.Kind.USAGE.problem(String.valueOf(wrong.getMessage())));
        }
        return ExitCode.USAGE;
    }
}
