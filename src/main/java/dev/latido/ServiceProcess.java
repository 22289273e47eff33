package dev.latido;

import dev.latido.config.Config;
import dev.latido.config.ConfigLoader;
import dev.latido.config.InvalidConfigException;
import dev.latido.owner.Endings;
import dev.latido.owner.OwnerFault;
import dev.latido.process.FileAccess;
import dev.latido.process.ProcessEnd;
import dev.latido.process.SerialFilter;
import dev.latido.store.StoreConfig;
import dev.latido.store.StoreException;
import dev.latido.text.Visible;
import dev.latido.trace.TraceVariables;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service as a process: load the configuration, start the service, stop it on SIGTERM or SIGINT. */
final class ServiceProcess {

    /** How many jobs are named in one line. */
    private static final int MAX_NAMED = 10;

    private static final Logger LOG = LoggerFactory.getLogger("latido");

    private ServiceProcess() {}

    /**
     * Runs until a signal comes, or the process has to end; exits with one of the codes of {@link ProcessEnd}.
     *
     * @param configFile the file of the configuration; null when it was not named
     */
    static void run(@Nullable String configFile) {
        SerialFilter.install();
        ProcessEnd.arm();
        AtomicReference<@Nullable Service> running = new AtomicReference<>();
        try {
            LogSafety.prepare();
            checkWorkingDirectory();
            ProcessLimits.check();
            Config config = ProcessLimits.fit(Configuration.load(configFile));
            if (!new LogControl().apply(config.log())) {
                LOG.warn(
                        "log.format and log.level are left aside: a file of Logback's own, or another library, writes the log");
            }
            config.warnings().forEach(LOG::warn);
            stopOnSignal(running);
            Service service = Service.start(
                    config,
                    new Endings(ServiceProcess::storeBroke, ServiceProcess::ownerFenced, ServiceProcess::ownerFaulted));
            running.set(service);
            LOG.info("{}; {}", ConfigLoader.describe(configFile), whereStored(config.store()));
            LOG.info(
                    "Latido is up at {} after {} ms; jobs: {}",
                    url(config.http().host(), service.port()),
                    ManagementFactory.getRuntimeMXBean().getUptime(),
                    names(config.jobs()));
        } catch (InvalidConfigException invalid) {
            didNotStart(ProcessEnd.BAD_CONFIG, ". " + lines(invalid), invalid);
        } catch (TraceVariables.WrongException wrong) {
            didNotStart(ProcessEnd.BAD_CONFIG, ": " + shown(wrong), wrong);
        } catch (Exception | Error failure) {
            ProcessEnd.endIfOutOfMemory(failure);
            didNotStart(ProcessEnd.FAILED, ": " + shown(failure), failure);
        }
    }

    /** Relative paths would lead to another directory than the one that is meant. */
    private static void checkWorkingDirectory() {
        String directory = System.getProperty("user.dir");
        String nameless = FileAccess.nameless(directory);
        if (!nameless.isEmpty()) {
            throw new IllegalStateException("the working directory " + directory + " cannot be named: " + nameless);
        }
    }

    /** Says where everything is kept. */
    private static String whereStored(StoreConfig store) {
        return switch (store.type()) {
            case MEMORY -> "nothing is stored";
            case SQLITE -> "stored in " + store.directory().toAbsolutePath().normalize();
        };
    }

    /** Returns the names of the first jobs, and how many there are beside. */
    private static String names(List<Config.Job> jobs) {
        String first = jobs.stream()
                .limit(MAX_NAMED)
                .map(job -> job.definition().name())
                .collect(Collectors.joining(", "));
        return jobs.size() <= MAX_NAMED ? first : first + " and " + (jobs.size() - MAX_NAMED) + " more";
    }

    /** Says each problem in a line of its own, whatever names and values are in it. */
    private static String lines(InvalidConfigException invalid) {
        return invalid.problems().stream()
                .map(Visible::escaped)
                .collect(Collectors.joining("\n  ", InvalidConfigException.heading(invalid.problems()) + "\n  ", ""));
    }

    private static String shown(Throwable failure) {
        return Visible.escaped(MissingClass.explain(failure));
    }

    private static void didNotStart(int code, String why, Throwable failure) {
        try {
            LOG.error(VisibleEvent.LINES, "Latido did not start{}", why);
            LOG.debug("The cause", failure);
        } finally { // whatever becomes of the log
            System.exit(code);
        }
    }

    /** Nothing more can be promised, so nothing more may be answered: what is stored is the truth to begin again from. */
    private static void storeBroke(StoreException failure) {
        ProcessEnd.endIfOutOfMemory(failure); // the disk may be well then
        ProcessEnd.end(
                ProcessEnd.STORE_BROKEN,
                "Latido ends (exit code " + ProcessEnd.STORE_BROKEN + "): " + failure.getMessage()
                        + ". The store can no longer be relied on. Check the disk and the files: all that was acknowledged was written to them.",
                () -> lastWords(() -> LOG.error("Latido ends: {}", failure.getMessage(), failure.getCause())));
    }

    /** The other one goes on from what is stored; what this one knows is out of date. */
    private static void ownerFenced(StoreException failure) {
        ProcessEnd.end(
                ProcessEnd.FENCED,
                "Latido ends (exit code " + ProcessEnd.FENCED + "): " + failure.getMessage()
                        + ". The jobs are another process's now, and nothing that was acknowledged is lost. Started again, it"
                        + " takes them over if it may.",
                () -> lastWords(() -> LOG.error("Latido ends: {}", failure.getMessage())));
    }

    /** Nobody knows what the owner would do next: what is stored is the truth to begin again from. */
    static void ownerFaulted(OwnerFault fault) {
        ProcessEnd.endIfOutOfMemory(fault);
        String aside = fault.job() == null ? "" : " Started again, it leaves that job aside and runs all others.";
        ProcessEnd.end(
                ProcessEnd.OWNER_FAULT,
                "Latido ends (exit code " + ProcessEnd.OWNER_FAULT + "): " + fault.getMessage()
                        + ". What was acknowledged is in the store." + aside
                        + " This is an error in Latido: report it with the log.",
                () -> lastWords(() -> LOG.error("Latido ends: {}", fault.getMessage(), fault.getCause())));
    }

    private static void lastWords(Runnable log) {
        log.run();
        LogSafety.flush();
    }

    private static String url(String host, int port) {
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    /**
     * The first signal stops in order; a second one too, but without waiting for what is in flight; a third one ends at
     * once, as does one that nothing can be done about any more. Before the service is up there is nothing to put in order.
     */
    private static void stopOnSignal(AtomicReference<@Nullable Service> running) {
        AtomicInteger signals = new AtomicInteger();
        Consumer<String> stop = signal -> {
            Service service = running.get();
            switch (signals.incrementAndGet()) {
                case 1 -> {
                    Thread thread =
                            new Thread(() -> System.exit(service == null ? ProcessEnd.OK : stop(service)), "stop");
                    // that of the signal is one, and then the JVM could end by itself, with 0, before this exit does
                    thread.setDaemon(false);
                    thread.start();
                }
                case 2 -> {
                    if (service != null) {
                        service.hurry();
                    }
                    LOG.warn("A second signal (SIG{}): not waiting any more", signal);
                }
                default ->
                    ProcessEnd.end(
                            ProcessEnd.FAILED,
                            "Latido ends (exit code " + ProcessEnd.FAILED + "): a third signal (SIG" + signal + ").",
                            () -> lastWords(() -> LOG.warn("A third signal (SIG{}): ending now", signal)));
            }
        };
        Signals.handle(
                signal -> {
                    try {
                        stop.accept(signal);
                    } catch (RuntimeException | Error fault) {
                        ProcessEnd.endIfOutOfMemory(fault);
                        if (signals.get() == 1) { // nothing stops it in order then
                            ProcessEnd.end(
                                    ProcessEnd.FAILED,
                                    "Latido ends (exit code " + ProcessEnd.FAILED + "): it cannot stop in order: "
                                            + fault,
                                    () -> lastWords(() -> LOG.error("Cannot stop in order", fault)));
                        }
                    }
                },
                "TERM",
                "INT",
                "HUP"); // a terminal that is closed; under nohup it stays ignored
    }

    private static int stop(Service service) {
        try {
            boolean inTime = service.stop();
            LOG.info("Stopped");
            return inTime ? ProcessEnd.OK : ProcessEnd.FAILED;
        } catch (Exception | Error failure) {
            ProcessEnd.endIfOutOfMemory(failure);
            try {
                LOG.error("Did not stop in order", failure);
            } catch (RuntimeException | Error unlogged) {
                ProcessEnd.endIfOutOfMemory(unlogged);
            }
            return ProcessEnd.FAILED;
        }
    }
}
