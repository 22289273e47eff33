package dev.latido;

import dev.latido.cli.Cli;

/** The program: without a command or with {@code serve} the service, else a command of the command line. Neither loads what the other needs. */
public final class Main {

    private Main() {}

    /** Runs the service until a signal comes, or one command; exits with what {@link ServiceProcess} or {@link Cli} says. */
    public static void main(String[] args) {
        ServeArguments serve = ServeArguments.parse(args).orElse(null);
        try {
            if (serve != null) {
                ServiceProcess.run(serve.config());
            } else {
                // a lambda, and no reference to the method, which would load its class for every command
                System.exit(Cli.run(file -> Configuration.check(file), args));
            }
        } catch (LinkageError incomplete) { // there may be nothing to log with
            System.err.println("Latido did not start: " + MissingClass.explain(incomplete));
            System.exit(1);
        }
    }
}
