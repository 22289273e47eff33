package dev.latido.http;

import dev.latido.setting.Secret;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the keys of a file valid from soon after they stand there, without a restart. While the file cannot be used, those that it
 * had stay. Used on the verticle's context, and reads on another thread, one look after the other.
 */
final class ApiKeysFile {

    private static final Logger LOG = LoggerFactory.getLogger(ApiKeysFile.class);

    private static final Duration PERIOD = Duration.ofSeconds(5);

    /** How long a change has to stand: who writes in place is not always done at once, and part of a key may look like one. */
    private static final Duration SETTLING = Duration.ofMillis(500);

    private final Vertx vertx;
    private final Secret file;
    private final ApiKeys keys;

    /** Other keys that the look before found; null for none. */
    private @Nullable List<String> changed;

    /** Why the file cannot be used, as it was said; empty when it can. */
    private String told = "";

    ApiKeysFile(Vertx vertx, Secret file, ApiKeys keys) {
        this.vertx = vertx;
        this.file = file;
        this.keys = keys;
    }

    /** Looks again and again, for as long as the verticle is there. */
    void watch() {
        Duration pause = changed == null ? PERIOD : SETTLING;
        vertx.setTimer(pause.toMillis(), fired -> look().onComplete(done -> watch()));
    }

    /** Looks once. Keys are taken over when two looks in a row found them. */
    Future<Void> look() {
        return vertx.executeBlocking(file::read, false).transform((text, failure) -> {
            if (failure == null) {
                found(ApiKeys.split(text));
            } else {
                refuse(String.valueOf(failure.getMessage()));
            }
            return Future.succeededFuture();
        });
    }

    private void found(List<String> found) {
        String problem = ApiKeys.problem(found, false);
        if (problem != null) {
            refuse(file.file() + ": " + problem);
            return;
        }
        told = "";
        if (keys.are(found)) {
            changed = null;
        } else if (found.equals(changed)) {
            keys.replace(found);
            changed = null;
            LOG.info("API keys: {} read from {} (http.apiKeysFile)", found.size(), file.file());
        } else {
            changed = found;
        }
    }

    /** Says it once, for as long as it is the same. */
    private void refuse(String problem) {
        changed = null;
        if (!problem.equals(told)) {
            told = problem;
            LOG.warn("API keys: the last ones stay valid, as http.apiKeysFile cannot be used: {}", problem);
        }
    }
}
