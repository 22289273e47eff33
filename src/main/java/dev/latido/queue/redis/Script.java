package dev.latido.queue.redis;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** One step that Redis takes as a whole. It is called by its digest, and handed over once where that is not known. */
enum Script {
    PREPARE,
    PUBLISH,
    TICK,
    TAKE,
    SETTLE,
    RENEW,
    OWN,
    DEPTH,
    DEAD,
    REPLAY;

    private final String source = read("common") + "\n" + read(name().toLowerCase(java.util.Locale.ROOT));
    private final String digest = sha1(source);

    private static String read(String name) {
        String file = name + ".lua";
        try (InputStream in = Script.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /** Returns what it is called by. */
    String digest() {
        return digest;
    }

    /** Makes a call by digest. */
    Request call(List<String> keys, List<?> arguments) {
        return request(Command.EVALSHA, digest, keys, arguments);
    }

    /** Makes a call that hands the script over, too. */
    Request load(List<String> keys, List<?> arguments) {
        return request(Command.EVAL, source, keys, arguments);
    }

    private static Request request(Command command, String script, List<String> keys, List<?> arguments) {
        Request request = Request.cmd(command).arg(script).arg(keys.size());
        keys.forEach(request::arg);
        for (Object argument : arguments) {
            if (argument instanceof byte[] bytes) {
                request.arg(bytes);
            } else {
                request.arg(argument.toString());
            }
        }
        return request;
    }
}
