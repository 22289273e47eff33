package dev.latido.worker;

import dev.latido.job.WorkPlace;
import java.net.URI;

/** Who works for a job, as the configuration says it. */
public sealed interface WorkerConfig {

    /** Returns where such a worker does its work. */
    WorkPlace place();

    /** One log line. */
    record Log() implements WorkerConfig {
        @Override
        public WorkPlace place() {
            return WorkPlace.INSIDE;
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
    }

    /**
     * An HTTP endpoint that gets the payload by POST.
     *
     * @param url where
     * @param allowPrivate whether the host may be this machine or in a private network
     */
    record Http(URI url, boolean allowPrivate) implements WorkerConfig {
        @Override
        public WorkPlace place() {
            return WorkPlace.OUTSIDE;
        }
    }

    /**
     * A Java class on the class path that implements {@link Worker}.
     *
     * @param name its full name
     * @param blocking whether it blocks its thread, and therefore runs on a worker thread
     */
    record JavaClass(String name, boolean blocking) implements WorkerConfig {
        @Override
        public WorkPlace place() {
            return WorkPlace.INSIDE;
        }
    }
}
