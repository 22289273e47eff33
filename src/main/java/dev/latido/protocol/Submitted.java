package dev.latido.protocol;

import java.util.List;

/**
 * The answer to a submission.
 *
 * @param answers one for each item, in the order of the items: an {@link ExecutionView} for what was taken (its state
 *     says whether it was dropped), a {@link Refusal} for what was not
 */
public record Submitted(List<Reply> answers) implements Reply {}
