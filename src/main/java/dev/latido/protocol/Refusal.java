package dev.latido.protocol;

import dev.latido.job.ExecutionId;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An expected "no": the command was not executed, or (only for {@link #OWNER_SILENT}) nobody knows.
 *
 * @param code the HTTP status code that says it, which is the failure code on the bus too
 * @param type a stable name for programs, in kebab case
 * @param detail one sentence for people, saying what to do next where there is something to do
 * @param retryAfter when to retry; null when waiting does not help
 */
public record Refusal(
        int code, String type, String detail, @Nullable Duration retryAfter) implements Reply {

    public static final String MALFORMED = "malformed-command";
    public static final String UNKNOWN_JOB = "unknown-job";
    public static final String NO_ROOM = "no-room";
    public static final String DEADLINE_PASSED = "deadline-passed";
    public static final String NO_OWNER = "no-owner";
    public static final String STOPPING = "stopping";
    public static final String OWNER_SILENT = "owner-silent";
    public static final String FAULT = "fault";
    public static final String DAMAGED = "damaged";
    public static final String SET_ASIDE = "job-set-aside";
    public static final String INVALID = "invalid";
    public static final String UNKNOWN_EXECUTION = "unknown-execution";
    public static final String WRONG_STATE = "wrong-state";
    public static final String CLOSED = "closed";
    public static final String QUEUE_FULL = "queue-full";
    public static final String KEY_REUSED = "idempotency-key-reused";
    public static final String KEY_CANCELLED = "idempotency-key-cancelled";
    public static final String KEY_EXPIRED = "idempotency-key-expired";
    public static final String KEY_FORGOTTEN = "idempotency-key-forgotten";
    public static final String STARTING = "starting";
    public static final String STORE_FULL = "store-full";
    public static final String STORE_UNAVAILABLE = "store-unavailable";
    public static final String STORE_BUSY = "store-busy";
    public static final String BACKUP_FAILED = "backup-failed";
    public static final String MEMORY_FULL = "memory-full";
    public static final String PAYLOAD_TOO_LARGE = "payload-too-large";
    public static final String QUEUE_UNAVAILABLE = "queue-unavailable";
    public static final String QUEUE_WITHOUT_MEMORY = "queue-without-memory";
    public static final String QUEUE_SILENT = "queue-silent";
    public static final String NOT_POSSIBLE_HERE = "not-possible-here";
    public static final String UNKNOWN_MESSAGE = "unknown-message";
    public static final String UNKNOWN_MOVE = "unknown-move";

    public static final String TOO_MANY_READERS = "too-many-readers";

    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration LATER = Duration.ofSeconds(10);

    /** 400: the message is not a command. */
    public static Refusal malformed(String detail) {
        return new Refusal(400, MALFORMED, detail, null);
    }

    /** 404: there is no such job. */
    public static Refusal unknownJob(String job) {
        return new Refusal(404, UNKNOWN_JOB, "There is no job '" + job + "'.", null);
    }

    /** 404: the configuration does not name the job any more; the store still holds executions of it. */
    public static Refusal undefinedJob(String job) {
        return new Refusal(
                404,
                UNKNOWN_JOB,
                "There is no job '" + job + "' in the configuration any more. Executions of it are stored: they can be"
                        + " looked at and purged, and are run when it is defined again.",
                null);
    }

    /** 503: the in-flight limit is reached and the caller may not, or can no longer, wait. */
    public static Refusal noRoom(int limit, Duration retryAfter) {
        return new Refusal(
                503, NO_ROOM, "All " + limit + " places for commands are taken. Try again later.", retryAfter);
    }

    /** 503: the command reached the owner after its deadline and was not executed. */
    public static Refusal deadlinePassed() {
        return new Refusal(503, DEADLINE_PASSED, "The command reached its owner too late and was not executed.", SOON);
    }

    /** 503: no owner listens on the bus. */
    public static Refusal noOwner() {
        return new Refusal(503, NO_OWNER, "No service that owns jobs is reachable right now.", SOON);
    }

    /** 503: another owner has the jobs now, and the one that was asked did nothing. */
    public static Refusal fenced() {
        return new Refusal(
                503, NO_OWNER, "Another service owns the jobs now; this one did not execute the command.", SOON);
    }

    /** 504: another owner has the jobs now, and the one that was asked does not know whether it stored what it did. */
    public static Refusal inDoubt() {
        return new Refusal(
                504,
                OWNER_SILENT,
                "Another service owns the jobs now. The outcome is unknown; repeating the command is safe.",
                SOON);
    }

    /** 503: the service is shutting down. */
    public static Refusal stopping() {
        return new Refusal(503, STOPPING, "The service is shutting down.", SOON);
    }

    /** 504: the owner did not answer before the deadline. */
    public static Refusal ownerSilent(Duration waited) {
        return new Refusal(
                504,
                OWNER_SILENT,
                "The owner did not answer within " + waited.toMillis()
                        + " ms. The outcome is unknown; repeating the command is safe.",
                SOON);
    }

    /** 500: a fault of the service, which is in its log. */
    public static Refusal fault() {
        return new Refusal(500, FAULT, "The service failed to answer; its log says why.", null);
    }

    /** 500: what is stored of the execution is not what was written. */
    public static Refusal damaged(String detail) {
        return new Refusal(500, DAMAGED, detail, null);
    }

    /** 503: a fault in working for the job ended the process before; until the next orderly stop nothing is done for it. */
    public static Refusal setAside(String job, String why) {
        return new Refusal(503, SET_ASIDE, "Job '" + job + "' is " + why + ".", null);
    }

    /** 422: well-formed, but not acceptable. */
    public static Refusal invalid(String detail) {
        return new Refusal(422, INVALID, detail, null);
    }

    /** 404: there is no such execution, or not any more. */
    public static Refusal unknownExecution(ExecutionId id) {
        return new Refusal(404, UNKNOWN_EXECUTION, "There is no execution '" + id + "', or not any more.", null);
    }

    /** 409: the execution is not in a state in which this can be done. */
    public static Refusal wrongState(String detail) {
        return new Refusal(409, WRONG_STATE, detail, null);
    }

    /** 409: the job was completed and accepts no submissions. */
    public static Refusal closed(String job) {
        return new Refusal(
                409, CLOSED, "Job '" + job + "' was completed and accepts no submissions; a start reopens it.", null);
    }

    /** 429: the queue is full and refuses. */
    public static Refusal queueFull(String job, Duration retryAfter) {
        return new Refusal(429, QUEUE_FULL, "The queue of job '" + job + "' is full.", retryAfter);
    }

    /** 503: the queue stayed full up to the producer's deadline. */
    public static Refusal queueStayedFull(String job, Duration retryAfter) {
        return new Refusal(
                503, QUEUE_FULL, "The queue of job '" + job + "' stayed full until the deadline.", retryAfter);
    }

    /** 503: the service has not read all that is stored yet. */
    public static Refusal starting(long read) {
        return new Refusal(
                503, STARTING, "The service is starting: " + read + " executions read from the store so far.", SOON);
    }

    /** 507: what was asked for has to be stored, and there is no space left. Nothing was changed. */
    public static Refusal storeFull(String what) {
        return new Refusal(507, STORE_FULL, "Nothing can be stored, so nothing was done: " + what + ".", LATER);
    }

    /** 503: what was asked for has to be stored, and the store does not take it. Nothing was changed. */
    public static Refusal storeUnavailable(String what) {
        return new Refusal(503, STORE_UNAVAILABLE, "Nothing can be stored, so nothing was done: " + what + ".", SOON);
    }

    /** 503: so much waits to be stored that no more is taken in. */
    public static Refusal storeBusy(int waiting) {
        return new Refusal(
                503,
                STORE_BUSY,
                "The disk is slower than what comes in: " + waiting + " submissions wait for it.",
                SOON);
    }

    /** 503: bodies, payloads and what is kept of them take all the memory that they may. Nothing was changed. */
    public static Refusal memoryFull(long maxBytes) {
        return new Refusal(503, MEMORY_FULL, "Work and history take all of " + maxBytes + " bytes (maxMemory).", SOON);
    }

    /** 413: the payload alone is larger than all that the job's queue may hold. */
    public static Refusal payloadTooLarge(String job, long maxBytes) {
        return new Refusal(
                413,
                PAYLOAD_TOO_LARGE,
                "The queue of job '" + job + "' holds payloads of " + maxBytes
                        + " bytes in all (queue.maxBytes), and this one is larger.",
                null);
    }

    /** 413: the payload is larger than the job's queue takes. */
    public static Refusal messageTooLarge(String job, int maxBytes) {
        return new Refusal(
                413,
                PAYLOAD_TOO_LARGE,
                "A message of job '" + job + "' has a payload of " + maxBytes
                        + " bytes at most (queue.maxPayloadBytes), and this one is larger.",
                null);
    }

    /** 503: the broker that has the job's queue cannot be used. Nothing was submitted. */
    public static Refusal queueUnavailable(String job, String queue, String why, Duration retryAfter) {
        return new Refusal(
                503,
                QUEUE_UNAVAILABLE,
                "The queue of job '" + job + "' at " + queue + " cannot be used: " + why + ".",
                retryAfter);
    }

    /** 507: the broker that has the job's queue has no memory left. Nothing was submitted. */
    public static Refusal queueWithoutMemory(String job, String queue, String why) {
        return new Refusal(
                507,
                QUEUE_WITHOUT_MEMORY,
                "The queue of job '" + job + "' at " + queue + " takes nothing: " + why + ".",
                LATER);
    }

    /** 504: the broker did not confirm what it was handed. */
    public static Refusal queueSilent(String job, String queue) {
        return new Refusal(
                504,
                QUEUE_SILENT,
                "The queue of job '" + job + "' at " + queue
                        + " did not confirm. The outcome is unknown; repeating with"
                        + " the same Idempotency-Key is safe.",
                SOON);
    }

    /** 422: well-formed, but not what the broker of the job can do. */
    public static Refusal notPossibleHere(String detail) {
        return new Refusal(422, NOT_POSSIBLE_HERE, detail, null);
    }

    /** 404: neither this process nor the broker knows of a message with this key, or not any more. */
    public static Refusal unknownMessage(String job, String key) {
        return new Refusal(
                404, UNKNOWN_MESSAGE, "Job '" + job + "' has no message '" + key + "', or not any more.", null);
    }

    /** 404: nothing was moved to the job's queue since the service began. */
    public static Refusal unknownMove(String job) {
        return new Refusal(
                404,
                UNKNOWN_MOVE,
                "Nothing was moved to the queue of job '" + job + "' since the service began.",
                null);
    }

    /** 503: no copy of what is stored could be made. */
    public static Refusal backupFailed(String why) {
        return new Refusal(503, BACKUP_FAILED, "No backup was made: " + why + ".", null);
    }

    /** 503: so many read the stream of events that no more may. */
    public static Refusal tooManyReaders(int limit) {
        return new Refusal(503, TOO_MANY_READERS, "All " + limit + " places for readers of events are taken.", LATER);
    }

    /** 409: what the idempotency key was used for was cancelled, and repeating the request does not bring it back. */
    public static Refusal keyCancelled(String key, ExecutionId execution) {
        return new Refusal(
                409,
                KEY_CANCELLED,
                "The work of the idempotency key '" + key + "' became execution '" + execution
                        + "', which was cancelled. Use another key to submit it again.",
                null);
    }

    /** 410: what the idempotency key was used for was not started before it expired. */
    public static Refusal keyExpired(String key, ExecutionId execution) {
        return new Refusal(
                410,
                KEY_EXPIRED,
                "The work of the idempotency key '" + key + "' became execution '" + execution
                        + "', which expired before it was started. Use another key to submit it again.",
                null);
    }

    /** 410: of what the idempotency key was used for nothing is known any more. */
    public static Refusal keyForgotten(String key, ExecutionId execution) {
        return new Refusal(
                410,
                KEY_FORGOTTEN,
                "The work of the idempotency key '" + key + "' became execution '" + execution
                        + "', of which nothing is known any more.",
                null);
    }

    /** 422: the idempotency key was used for other work. */
    public static Refusal keyReused(String key) {
        return new Refusal(422, KEY_REUSED, "The idempotency key '" + key + "' was used for other work before.", null);
    }

    @Override
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("status", code).put("type", type).put("detail", detail);
        JsonForm.put(json, "retryAfterSeconds", retryAfter == null ? null : (Long) retryAfter.toSeconds());
        return json;
    }

    static Refusal fromJson(JsonObject json) {
        Long seconds = json.getLong("retryAfterSeconds");
        return new Refusal(
                json.getInteger("status"),
                json.getString("type"),
                json.getString("detail"),
                seconds == null ? null : Duration.ofSeconds(seconds));
    }
}
