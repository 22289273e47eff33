package dev.latido.http;

import dev.latido.client.JobClient;
import dev.latido.job.ExecutionId;
import dev.latido.job.Priority;
import dev.latido.job.TimeSource;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.CommandType;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.MessageView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Submitting work: one execution, or many at once. */
final class SubmitRoutes {

    private static final String KEY_HEADER = "Idempotency-Key";

    /** How many items go to the owner in one message, and about how many characters: each chunk is answered before the next is sent. */
    private static final int CHUNK = 256;

    private static final int CHUNK_CHARS = 1_048_576;

    /** The way to the owner and back takes a moment; who does not want to wait is to get what is to be had at once. */
    private static final Duration MIN_TIMEOUT = Duration.ofMillis(100);

    private final JobClient client;
    private final Answers answers;
    private final LongWork work;
    private final Duration timeout;
    private final Duration maxTimeout;
    private final Duration longestWait;
    private final TimeSource time;

    /** Makes the routes. A producer waits for room less than a request may take to arrive. */
    SubmitRoutes(JobClient client, Answers answers, LongWork work, HttpConfig config, TimeSource time) {
        this.client = client;
        this.answers = answers;
        this.work = work;
        this.time = time;
        this.longestWait = config.longestWait();
        this.maxTimeout =
                shorter(longestWait, config.requestTimeout().multipliedBy(9).dividedBy(10));
        this.timeout = shorter(client.config(CommandType.Channel.SUBMIT).timeout(), maxTimeout);
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }

    private static Duration longer(Duration a, Duration b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    List<Route> table() {
        return List.of(
                Route.post("/api/jobs/:job/executions", Route.Access.KEY, this::submit)
                        .reading(Route.Body.WORK),
                Route.post("/api/jobs/:job/executions/batch", Route.Access.KEY, this::submitBatch)
                        .reading(Route.Body.WORK));
    }

    /** What a request says beside its body. */
    private record Terms(
            Priority priority,
            Duration delay,
            @Nullable Duration expires,
            Duration timeout,
            Duration outcomeWait,
            @Nullable String key) {}

    private Terms terms(RoutingContext context) {
        Query query = new Query(context.queryParams(), "priority", "delay", "expires", "timeout");
        return new Terms(
                query.oneOf("priority", Priority.NORMAL, Priority.values(), Priority::ofWireName, Priority::wireName),
                query.duration("delay", Duration.ZERO, Submission.MAX_DELAY),
                query.positive("expires", Submission.MAX_DELAY),
                longer(MIN_TIMEOUT, query.duration("timeout", timeout, maxTimeout)),
                shorter(
                        longestWait,
                        Preference.waitOf(context.request().headers().getAll("Prefer"))),
                key(context.request()));
    }

    private static @Nullable String key(HttpServerRequest request) {
        List<String> keys = request.headers().getAll(KEY_HEADER);
        if (keys.isEmpty()) {
            return null;
        }
        String key = keys.get(0);
        if (keys.size() > 1) {
            throw badHeader("is given twice.");
        }
        if (key.isEmpty() || key.length() > Submission.MAX_KEY_LENGTH || !Quoted.isVisible(key)) {
            throw badHeader("must have 1 to " + Submission.MAX_KEY_LENGTH + " visible characters.");
        }
        return key;
    }

    private static CommandException badHeader(String what) {
        return new CommandException(new Refusal(400, "bad-parameter", "Header '" + KEY_HEADER + "' " + what, null));
    }

    // One

    private record Accepted(Reply reply, Buffer text) {}

    private void submit(RoutingContext context) {
        Answers.handle(
                context,
                same -> {
                    Terms terms = terms(context);
                    return payload(context)
                            .compose(payload -> submit(JobsRoutes.jobOf(context), terms, payload))
                            .compose(reply -> answers.encode(reply).map(text -> new Accepted(reply, text)));
                },
                accepted -> answer(context.request(), accepted));
    }

    private Future<Reply> submit(String job, Terms terms, Optional<String> payload) {
        Submission submission =
                new Submission(payload.orElse(null), terms.priority(), terms.delay(), terms.expires(), terms.key());
        return client.submit(job, List.of(submission), terms.timeout()).compose(submitted -> {
            Reply answer = submitted.answers().get(0);
            if (answer instanceof Refusal refusal) {
                return Future.failedFuture(new CommandException(refusal));
            }
            boolean isDecided = terms.outcomeWait().isZero()
                    || !(answer instanceof ExecutionView made)
                    || made.state().isTerminal();
            return isDecided
                    ? Future.succeededFuture(answer)
                    : client.awaitExecution(((ExecutionView) answer).id(), terms.outcomeWait())
                            .<Reply>map(ended -> ended)
                            .otherwise(answer); // it is accepted, whatever became of the waiting
        });
    }

    private Future<Optional<String>> payload(RoutingContext context) {
        if (BodyReader.lengthOf(context) == 0) {
            return Future.succeededFuture(Optional.empty());
        }
        requireType(context.request(), "application/json");
        return BodyReader.read(context, work, text -> {
            JsonText.check(text, "The body");
            return Optional.of(text);
        });
    }

    static String requireType(HttpServerRequest request, String... allowed) {
        List<String> lines = request.headers().getAll(HttpHeaders.CONTENT_TYPE);
        String header = lines.size() == 1 ? lines.get(0) : ""; // of two it would depend on the reader which is meant
        String type = header.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        for (String known : allowed) {
            if (type.equals(known)) {
                return known;
            }
        }
        throw new CommandException(new Refusal(
                415, "unsupported-media-type", "The body must be " + String.join(" or ", allowed) + ".", null));
    }

    private static void answer(HttpServerRequest request, Accepted accepted) {
        if (request.response().closed()) {
            return;
        }
        int status = 202;
        if (accepted.reply() instanceof MessageView message) {
            request.response().putHeader(HttpHeaders.LOCATION, location(message));
        } else if (accepted.reply() instanceof ExecutionView execution) {
            if (!execution.isForgotten()) {
                request.response().putHeader(HttpHeaders.LOCATION, location(execution.id()));
            }
            status = execution.state().isTerminal() ? 200 : 202;
        }
        Answers.json(request, status, accepted.text());
    }

    private static String location(MessageView message) {
        String key = URLEncoder.encode(message.key(), StandardCharsets.UTF_8).replace("+", "%20");
        return "/api/jobs/" + message.job() + "/messages?key=" + key;
    }

    private static String location(ExecutionId id) {
        return "/api/executions/" + id;
    }

    // Many

    private void submitBatch(RoutingContext context) {
        Answers.handle(
                context,
                same -> {
                    Terms terms = terms(context);
                    if (terms.key() != null) {
                        throw badHeader("is for single submissions; here each item may have a field 'key'.");
                    }
                    boolean lines = requireType(context.request(), "application/x-ndjson", "application/json")
                            .equals("application/x-ndjson");
                    ItemReader items = new ItemReader(terms.priority(), terms.delay(), terms.expires());
                    return BodyReader.read(context, work, text -> Batch.read(text, lines, items))
                            .compose(batch -> submitRest(
                                            JobsRoutes.jobOf(context),
                                            batch,
                                            0,
                                            time.nanos() + terms.timeout().toNanos())
                                    .compose(ignored -> work.run(batch.answerSize(), batch::answer)))
                            .map(text -> new BatchAnswer(lines, text));
                },
                answer -> answer(context.request(), answer));
    }

    /**
     * The answer to a batch.
     *
     * @param isLines whether it is a line for each item, as the batch was
     */
    private record BatchAnswer(boolean isLines, Buffer text) {}

    private static void answer(HttpServerRequest request, BatchAnswer answer) {
        if (!answer.isLines()) {
            Answers.json(request, 200, answer.text());
        } else if (!request.response().closed()) {
            request.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson");
            Sending.end(request, answer.text());
        }
    }

    /**
     * Sends chunk after chunk. What is not sent by the deadline does not wait for room; but what was accepted before by its
     * key still gets that answer.
     */
    private Future<Void> submitRest(String job, Batch batch, int from, long deadlineNanos) {
        List<Integer> places = batch.open(from, CHUNK, CHUNK_CHARS);
        if (places.isEmpty()) {
            // Where nothing was sent, nobody has said yet whether there is such a job.
            return from == 0 ? client.status(job).mapEmpty() : Future.succeededFuture();
        }
        List<Submission> items = new ArrayList<>(places.size());
        places.forEach(place -> items.add(batch.submission(place)));
        Duration left = Duration.ofNanos(deadlineNanos - time.nanos());
        boolean isLate = left.isNegative() || left.isZero();
        Future<Submitted> sent = isLate ? client.submitWithoutWaiting(job, items) : client.submit(job, items, left);
        return sent.transform(done -> {
            int next = places.get(places.size() - 1) + 1;
            if (done.succeeded()) {
                batch.answer(places, done.result().answers());
                return submitRest(job, batch, next, deadlineNanos);
            }
            if (!(done.cause() instanceof CommandException refused)
                    || (from == 0 && refused.refusal().code() == 404)) { // this is about all of it
                return Future.failedFuture(done.cause());
            }
            places.forEach(place -> batch.answer(place, refused.refusal()));
            if (isLate) { // each further chunk would wait as long for a place on the way as this one did
                batch.refuseRest(next, refused.refusal());
                return Future.succeededFuture();
            }
            return submitRest(job, batch, next, deadlineNanos);
        });
    }
}
