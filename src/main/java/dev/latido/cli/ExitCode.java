package dev.latido.cli;

/** How the process ends, for scripts. Ctrl-C ends it with 130, as the JVM does by itself. */
final class ExitCode {

    static final int DONE = 0;

    /** The service refused; nothing was done. */
    static final int REFUSED = 1;

    /**
     * The command line is wrong, or names a file that cannot be read or written; or a configuration has mistakes, with which the
     * service ends in the same way.
     */
    static final int USAGE = 2;

    /** No service answers, or not in time; what was sent may or may not have been done. */
    static final int UNREACHABLE = 3;

    /** What was submitted did not succeed, or not all of it was accepted. */
    static final int NOT_ALL_DONE = 4;

    /** What was waited for has not happened in the time given. */
    static final int NOT_YET = 5;

    /** A fault of the command line itself; the number is EX_SOFTWARE of BSD's sysexits. */
    static final int FAULT = 70;

    private ExitCode() {}
}
