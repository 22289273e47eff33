package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** Answers as a Redis does that is brought to where the real one is not easily: each script with what it is told to. */
final class FakeRedis {

    private final NetServer server;
    private final Map<Script, String> answers = new ConcurrentHashMap<>();
    private final Map<Script, AtomicInteger> calls = new ConcurrentHashMap<>();
    private final AtomicInteger connects = new AtomicInteger();

    FakeRedis(Vertx vertx, int lanes) {
        answers.put(Script.PREPARE, array("$5\r\nready\r\n", "$1\r\n0\r\n".repeat(lanes), 1 + lanes));
        answers.put(Script.OWN, "*0\r\n");
        answers.put(Script.RENEW, "*0\r\n");
        answers.put(
                Script.TAKE,
                "*7\r\n:1\r\n:-1\r\n:0\r\n" + array("", ":0\r\n".repeat(lanes), lanes) + "*0\r\n*0\r\n*0\r\n");
        answers.put(Script.PUBLISH, "*1\r\n$3\r\nnew\r\n");
        server = vertx.createNetServer().connectHandler(this::serve);
        var listening = server.listen(0, "127.0.0.1");
        Awaitility.await().until(listening::isComplete);
    }

    private static String array(String first, String rest, int size) {
        return "*" + size + "\r\n" + first + rest;
    }

    RedisConfig config() {
        return RedisConfig.of(BrokerConfig.ofRedis("redis://127.0.0.1:" + server.actualPort()));
    }

    /** Has a script answered like this from now on, as RESP has it. */
    void answer(Script script, String answer) {
        answers.put(script, answer + "\r\n");
    }

    /** Has it answered as usual again. */
    String usual(Script script) {
        return answers.getOrDefault(script, "").stripTrailing();
    }

    int calls(Script script) {
        return calls.computeIfAbsent(script, ignored -> new AtomicInteger()).get();
    }

    int connects() {
        return connects.get();
    }

    private void serve(NetSocket socket) {
        connects.incrementAndGet();
        StringBuilder unread = new StringBuilder();
        socket.exceptionHandler(ended -> {});
        socket.handler(chunk -> {
            unread.append(chunk.toString(StandardCharsets.ISO_8859_1));
            for (List<String> command = next(unread); !command.isEmpty(); command = next(unread)) {
                socket.write(Buffer.buffer(answer(command)));
            }
        });
    }

    /** Takes a command off, which is an array of strings; an empty one when there is none yet. */
    private static List<String> next(StringBuilder unread) {
        int at = unread.indexOf("\r\n");
        if (at < 0) {
            return List.of();
        }
        int count = Integer.parseInt(unread.substring(1, at));
        List<String> command = new ArrayList<>();
        at += 2;
        for (int n = 0; n < count; n++) {
            int end = unread.indexOf("\r\n", at);
            if (end < 0) {
                return List.of();
            }
            int length = Integer.parseInt(unread.substring(at + 1, end));
            if (unread.length() < end + 2 + length + 2) {
                return List.of();
            }
            command.add(unread.substring(end + 2, end + 2 + length));
            at = end + 2 + length + 2;
        }
        unread.delete(0, at);
        return command;
    }

    private String answer(List<String> command) {
        return switch (command.get(0).toUpperCase(Locale.ROOT)) {
            case "HELLO" -> "*2\r\n$6\r\nserver\r\n$5\r\nredis\r\n";
            case "INFO", "CONFIG" ->
                "-NOPERM this user has no permissions to run the command\r\n"; // as managed ones do
            case "EVALSHA" -> answerOf(command.get(1));
            case "PING" -> "+PONG\r\n";
            default -> "+OK\r\n";
        };
    }

    private String answerOf(String digest) {
        for (Script script : Script.values()) {
            if (script.digest().equals(digest)) {
                calls.computeIfAbsent(script, ignored -> new AtomicInteger()).incrementAndGet();
                return answers.getOrDefault(script, "-ERR not here\r\n");
            }
        }
        return "-NOSCRIPT No matching script\r\n";
    }
}
