package dev.latido.worker;

import dev.latido.job.WorkPlace;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.ProducerConfig;
import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import dev.latido.setting.WebAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who works for a job, as the configuration says it. */
public sealed interface WorkerConfig {

    /** What stands for nobody, where there may be nobody. */
    String NONE = "none";

    /**
     * Reads who works for a job.
     *
     * @param job the name of the job
     * @param address where on the bus he listens, if nothing else is said
     * @param mayBeNone whether there may be nobody, which is null
     * @param brokers those that there are, by their names
     */
    static @Nullable WorkerConfig read(
            Section section, String job, String address, boolean mayBeNone, Map<String, BrokerConfig> brokers) {
        String type = section.string("type", mayBeNone ? NONE : "log");
        WorkerConfig worker = switch (type) {
            case "log" -> new Log();
            case "event-bus" -> new EventBus(section.string("address", address));
            case "http" -> Http.read(section);
            case "class" -> JavaClass.read(section);
            case "queue" -> Queue.read(section, job, brokers);
            default -> {
                String none = mayBeNone ? ", " + NONE : "";
                if (!mayBeNone || !type.equals(NONE)) {
                    section.problem(
                            "type",
                            "must be one of log, event-bus, http, class, queue" + none + ", was "
                                    + Section.shown(type));
                }
                yield null;
            }
        };
        section.end();
        return worker;
    }

    /** Returns where such a worker does its work. */
    WorkPlace place();

    /** Says who works, in a few words: as the configuration does, but of a URL only where it leads. */
    String describe();

    /** One log line. */
    record Log() implements WorkerConfig {
        @Override
        public WorkPlace place() {
            return WorkPlace.INSIDE;
        }

        @Override
        public String describe() {
            return "log";
        }
    }

    /**
     * A consumer on the event bus, on any node of the cluster; several consumers share the work.
     *
     * @param address where it listens
     */
    record EventBus(String address) implements WorkerConfig {
        @Override
        public WorkPlace place() {
            return WorkPlace.OUTSIDE;
        }

        @Override
        public String describe() {
            return "event-bus " + address;
        }
    }

    /**
     * An HTTP endpoint that gets the payload by POST.
     *
     * @param url where
     * @param allowPrivate whether the host may be this machine or in a private network
     * @param headers what its requests say besides what the service itself says
     */
    record Http(URI url, boolean allowPrivate, List<HttpHeader> headers) implements WorkerConfig {

        /** Makes one whose requests say no more. */
        public Http(URI url, boolean allowPrivate) {
            this(url, allowPrivate, List.of());
        }

        private static WorkerConfig read(Section section) {
            Secret file = section.secretFile("url"); // those of webhooks have a token in them
            String text = section.privateUrl("url");
            if (file != null) {
                text = section.read("url", file);
            }
            boolean allowPrivate = section.bool("allowPrivate", false);
            List<HttpHeader> headers = HttpHeader.read(section.section("headers"));
            if (text == null) {
                return new Log(); // what is wrong was noted
            }
            try {
                URI url = new URI(text);
                if (WebAddress.of(url).isPresent() && url.getFragment() == null) {
                    return new Http(url, allowPrivate, headers);
                }
            } catch (URISyntaxException e) {
                // told below
            }
            String rule = "must be an http or https URL without user and fragment";
            if (file == null) {
                section.problem("url", rule + ", was " + Section.shown(text));
            } else {
                section.problem("urlFile", "what is in it " + rule);
            }
            return new Log();
        }

        @Override
        public WorkPlace place() {
            return WorkPlace.OUTSIDE;
        }

        @Override
        public String describe() {
            return "http " + url.getScheme() + "://" + url.getRawAuthority(); // what follows may be a secret
        }

        /** Shows as little. */
        @Override
        public String toString() {
            return describe();
        }
    }

    /**
     * A queue at a broker, to which the payload is published: the work is done once the broker has it.
     *
     * @param target which queue
     */
    record Queue(ProducerConfig target) implements WorkerConfig {

        private static WorkerConfig read(Section section, String job, Map<String, BrokerConfig> brokers) {
            ProducerConfig target = ProducerConfig.ofWorker(section, job, brokers);
            return target == null ? new Log() : new Queue(target);
        }

        @Override
        public WorkPlace place() {
            return WorkPlace.OUTSIDE;
        }

        @Override
        public String describe() {
            return "queue " + target.id();
        }
    }

    /**
     * A Java class on the class path that implements {@link Worker}.
     *
     * @param name its full name
     * @param blocking whether it blocks its thread, and therefore runs on a worker thread
     */
    record JavaClass(String name, boolean blocking) implements WorkerConfig {

        /** How many of its executions may be in flight at once where it blocks. */
        public static final int MAX_BLOCKING = BlockingWorker.MAX_THREADS;

        private static WorkerConfig read(Section section) {
            String name = section.string("class", "");
            boolean blocking = section.bool("blocking", false);
            if (name.isEmpty()) {
                section.problem("class", "must be the full name of a class that implements dev.latido.worker.Worker");
                return new JavaClass(name, blocking);
            }
            String problem = ClassWorker.problemOf(name);
            if (problem != null) {
                section.problem("class", problem);
            }
            return new JavaClass(name, blocking);
        }

        @Override
        public WorkPlace place() {
            return WorkPlace.INSIDE;
        }

        @Override
        public String describe() {
            return "class " + name;
        }
    }
}
