package dev.latido.job;

/**
 * One try at one execution: what a worker gets.
 *
 * @param execution the execution that is tried
 * @param job the job that it belongs to
 * @param number the first attempt is 1; numbers only rise, so that a late answer of an old attempt is recognised
 */
public record Attempt(ExecutionId execution, String job, int number) {}
