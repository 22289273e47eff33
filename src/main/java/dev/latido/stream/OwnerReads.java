package dev.latido.stream;

import dev.latido.client.JobClient;
import dev.latido.job.ExecutionId;
import dev.latido.protocol.Inspection;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Asks the owner how things stand, one question at a time with a pause in between, so that however many readers there are
 * the owner has little to do for them. Who asks while a question is under way shares the next one, and each answer is
 * encoded once.
 */
final class OwnerReads {

    /** How many jobs, and executions, a question asks for at most; for more there is a further one. No caller wants more. */
    private static final int MAX_ASKED = 200;

    private static final long PAUSE_MILLIS = 10;

    private final Vertx vertx;
    private final Slices slices;
    private final JobClient client;
    private final LongSupplier newest;
    private final ArrayDeque<Question> open = new ArrayDeque<>();
    private boolean busy;

    /**
     * How things stand.
     *
     * @param sequence what happened up to this event shows in it; what happened a little later may show too
     * @param service what concerns all jobs
     * @param jobs by name, encoded
     * @param executions by id, encoded
     */
    record Answer(long sequence, JsonObject service, Map<String, Buffer> jobs, Map<ExecutionId, Buffer> executions) {

        /** Appends {@code "jobs":[…]} for those of {@code names} that exist. */
        void appendJobs(Buffer json, Collection<String> names) {
            append(json, "jobs", names, jobs);
        }

        /** Appends {@code "executions":[…]} for those of {@code ids} that are known. */
        void appendExecutions(Buffer json, Collection<ExecutionId> ids) {
            append(json, "executions", ids, executions);
        }

        private static <K> void append(Buffer json, String field, Collection<K> keys, Map<K, Buffer> values) {
            json.appendString("\"" + field + "\":[");
            boolean isFirst = true;
            for (K key : keys) {
                Buffer value = values.get(key);
                if (value != null) {
                    json.appendString(isFirst ? "" : ",").appendBuffer(value);
                    isFirst = false;
                }
            }
            json.appendString("]");
        }
    }

    private static final class Question {
        final Set<String> jobs = new LinkedHashSet<>();
        final Set<ExecutionId> executions = new LinkedHashSet<>();
        final List<Promise<Answer>> callers = new ArrayList<>();
    }

    /**
     * Makes the only one who asks for the stream.
     *
     * @param newest returns the newest event that the stream knows
     */
    OwnerReads(Vertx vertx, Slices slices, JobClient client, LongSupplier newest) {
        this.vertx = vertx;
        this.slices = slices;
        this.client = client;
        this.newest = newest;
    }

    /** Reads how these stand, together with whatever others want to know. */
    Future<Answer> read(Collection<String> jobs, Collection<ExecutionId> executions) {
        Question question = open.peekLast();
        if (question == null
                || question.jobs.size() + jobs.size() > MAX_ASKED
                || question.executions.size() + executions.size() > MAX_ASKED) {
            question = new Question();
            open.add(question);
        }
        question.jobs.addAll(jobs);
        question.executions.addAll(executions);
        Promise<Answer> caller = Promise.promise();
        question.callers.add(caller);
        ask();
        return caller.future();
    }

    private void ask() {
        Question question = busy ? null : open.poll();
        if (question == null) {
            return;
        }
        busy = true;
        long sequence = newest.getAsLong();
        client.inspect(List.copyOf(question.jobs), List.copyOf(question.executions))
                .map(found -> encoded(sequence, found))
                .onComplete(done -> answered(question, done));
    }

    private void answered(Question question, AsyncResult<Answer> done) {
        slices.each(
                question.callers,
                caller -> caller.handle(done),
                () -> vertx.setTimer(PAUSE_MILLIS, ignored -> {
                    busy = false;
                    ask();
                }));
    }

    private static Answer encoded(long sequence, Inspection found) {
        Map<String, Buffer> jobs = new HashMap<>();
        found.jobs().forEach(job -> jobs.put(job.name(), job.toJson().toBuffer()));
        Map<ExecutionId, Buffer> executions = new HashMap<>();
        found.executions()
                .forEach(execution ->
                        executions.put(execution.id(), execution.toJson().toBuffer()));
        JsonObject service =
                new Inspection(found.service(), List.of(), List.of()).toJson().getJsonObject("service");
        return new Answer(sequence, service, jobs, executions);
    }
}
