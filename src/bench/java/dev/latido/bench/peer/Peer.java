package dev.latido.bench.peer;

/** Something that runs work in the background, in this JVM. */
interface Peer extends AutoCloseable {

    /**
     * Submits the works with the numbers from {@code first} on, {@code count} of them, each of which is to call
     * {@link Work#run} with its {@link Work#payload}; returns when all are accepted.
     */
    void submit(int first, int count) throws Exception;

    /** Tells whether nothing is left to do or to record of what was submitted. Asked when all has run. */
    boolean isIdle() throws Exception;

    /** Ends it, with all its threads. */
    @Override
    void close();
}
