package dev.latido.core;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import org.jspecify.annotations.Nullable;

/** What somebody is told who brings work with an idempotency key that is in use. */
final class RepeatedKey {

    private RepeatedKey() {}

    /**
     * Returns the answer.
     *
     * @param use what the key is used for
     * @param known what was made of that; null when nothing is yet, or it is forgotten
     * @param isEndKeptBack true when nothing may be told of its end, which cannot be stored now
     */
    static Reply answer(
            Submission again,
            IdempotencyKeys.Use use,
            @Nullable Execution known,
            boolean isEndKeptBack,
            JobDefinition job) {
        String key = use.key();
        if (!use.isFor(again)) {
            return Refusal.keyReused(key);
        }
        ExecutionId made = use.execution;
        if (made == null) {
            return Refusal.wrongState(
                    "The first request with the idempotency key '" + key + "' is still waiting for room.");
        }
        if (known != null && isEndKeptBack) {
            return ExecutionViews.beforeItsEnd(known);
        }
        ExecutionState latest = known == null ? use.state() : known.state();
        if (latest == ExecutionState.CANCELLED) {
            return Refusal.keyCancelled(key, made);
        } else if (known == null ? use.isExpired() : known.isExpiredUnrun()) {
            return Refusal.keyExpired(key, made);
        } else if (known != null) {
            return ExecutionViews.of(known);
        }
        return latest.isTerminal()
                ? ExecutionView.forgotten(made, job.name(), latest, use.priority(), job.durability())
                : Refusal.keyForgotten(key, made);
    }
}
