package dev.latido.store;

/**
 * A fault that ended the process while it worked for a job.
 *
 * @param job the name of the job
 * @param millis when, in milliseconds since 1970-01-01 UTC
 * @param why what went wrong, for people
 */
public record StoredFault(String job, long millis, String why) {}
