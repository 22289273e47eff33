package dev.latido.queue.redis;

import io.vertx.redis.client.Response;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Redis means by an error, and what is to be done.
 *
 * @param kind what it is of
 * @param why the same for people
 */
record Failure(Kind kind, String why) {

    /** What is to be done. */
    enum Kind {
        /** The script is not known there, any more perhaps: it is handed over. */
        NO_SCRIPT,
        /** It has no memory left. */
        NO_MEMORY,
        /** This server cannot be used: it is looked for again. */
        SERVER,
        /** The queue is not as it was left, or the server cannot do this now: the queue is prepared again, after a pause. */
        QUEUE,
        /** There was no answer. */
        CONNECTION
    }

    /** What each code means. Those of a script stand within the text in older versions. */
    private static final Map<String, Failure> CODES = Map.ofEntries(
            code("NOSCRIPT", Kind.NO_SCRIPT, "Redis does not know the script"),
            code("OOM", Kind.NO_MEMORY, "Redis has no memory left (maxmemory)"),
            code("READONLY", Kind.SERVER, "this Redis is a replica and cannot be written to"),
            code("MASTERDOWN", Kind.SERVER, "this Redis is a replica without a master"),
            code("UNBLOCKED", Kind.SERVER, "Redis changed its role"),
            code("NOAUTH", Kind.SERVER, "Redis wants a password"),
            code("WRONGPASS", Kind.SERVER, "Redis refuses user or password"),
            code("LOADING", Kind.QUEUE, "Redis is loading its data"),
            code(
                    "NOREPLICAS",
                    Kind.QUEUE,
                    "Redis has fewer replicas than it must have to be written to (min-replicas-to-write)"),
            code("MISCONF", Kind.QUEUE, "Redis cannot write to its disk and takes nothing (MISCONF)"),
            code("BUSY", Kind.QUEUE, "Redis is busy with a script of somebody else"),
            code("TRYAGAIN", Kind.QUEUE, "Redis is moving the queue"),
            code("CLUSTERDOWN", Kind.QUEUE, "the cluster of Redis is down"),
            code("MOVED", Kind.QUEUE, "the queue is at another node of the cluster, which is not supported"),
            code("NOGROUP", Kind.QUEUE, "the stream or its group was removed"),
            code("WRONGTYPE", Kind.QUEUE, "a key of the queue has something else"),
            code("NOPERM", Kind.QUEUE, "the user of Redis may not do what a queue needs"));

    private static final Pattern CODE = Pattern.compile("(?:^|-)(" + String.join("|", CODES.keySet()) + ")\\b");

    private static Map.Entry<String, Failure> code(String code, Kind kind, String why) {
        return Map.entry(code, new Failure(kind, why));
    }

    static Failure of(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        if (!(cause instanceof Response) || message.startsWith("CONNECTION_CLOSED")) {
            return new Failure(Kind.CONNECTION, "the connection to Redis was lost");
        }
        Matcher code = CODE.matcher(message);
        Failure known = code.find() ? CODES.get(code.group(1)) : null;
        if (known != null) {
            return known;
        }
        if (message.contains("exhausted the last possible ID") || message.contains("ID specified in XADD")) {
            return new Failure(
                    Kind.QUEUE,
                    "the stream has used up its ids, as somebody gave one the largest there is; remove the stream when it"
                            + " is empty");
        }
        if (message.contains("no such key")) {
            return new Failure(Kind.QUEUE, "the stream or its group was removed");
        }
        return new Failure(Kind.QUEUE, "Redis refused: " + firstLine(message));
    }

    private static String firstLine(String message) {
        String line = message.lines().findFirst().orElse("");
        return line.length() <= 300 ? line : line.substring(0, 300);
    }
}
