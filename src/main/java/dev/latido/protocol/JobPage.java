package dev.latido.protocol;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A page of jobs.
 *
 * @param jobs in the order of their names
 * @param cursor what the command for the next page needs; null when this is the last
 */
public record JobPage(List<JobView> jobs, @Nullable String cursor) implements Reply {}
