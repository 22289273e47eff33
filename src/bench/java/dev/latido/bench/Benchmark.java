package dev.latido.bench;

/** One question about speed or size, answered by one table. */
interface Benchmark {

    /** The name by which {@code -Dbench} picks it. */
    String name();

    /** Measures. Every load is bounded in number and time, and every process is gone when this returns. */
    Table run() throws Exception;
}
