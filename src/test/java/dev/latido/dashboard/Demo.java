package dev.latido.dashboard;

import dev.latido.Service;
import dev.latido.Services;
import dev.latido.protocol.Addresses;
import dev.latido.worker.Task;
import dev.latido.worker.Worker;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A service with something going on: what a small shop might run. For the screenshots, and for looking at the page while
 * working on it: {@code main} serves it on port 8099, or the one given, until it is interrupted.
 */
final class Demo {

    private static final long SEED = 4_711;

    private Demo() {}

    static JsonObject config() {
        JsonObject jobs = new JsonObject()
                .put("heartbeat", new JsonObject().put("every", "5s").put("autoStart", true))
                .put("email", job(4, 500))
                .put(
                        "thumbnails",
                        job(3, 60)
                                .put(
                                        "queue",
                                        new JsonObject()
                                                .put("capacity", 60)
                                                .put("whenFull", "drop-oldest")
                                                .put("priorities", new JsonObject().put("low", 30))))
                .put("invoices", job(2, 200).put("next", new JsonArray().add("archive")))
                .put("archive", job(2, 200))
                .put("search-index", job(1, 100).put("every", "7s").put("autoStart", true))
                .put("partner-sync", new JsonObject().put("worker", "event-bus").put("queue", capacity(1_000)))
                .put("nightly-report", job(1, 10).put("cron", "0 3 * * *").put("autoStart", true))
                .put("import-catalogue", job(1, 5_000).put("autoStart", false));
        return new JsonObject().put("jobs", jobs);
    }

    private static JsonObject job(int concurrency, int capacity) {
        JsonObject worker = new JsonObject().put("type", "class").put("class", Shop.class.getName());
        return new JsonObject()
                .put("worker", worker)
                .put("retry", new JsonObject().put("attempts", 2).put("delay", "3s"))
                .put("concurrency", concurrency)
                .put("queue", capacity(capacity));
    }

    private static JsonObject capacity(int capacity) {
        return new JsonObject().put("capacity", capacity);
    }

    /** Does everything that the shop needs done, in about the time that it takes, and fails now and then. */
    public static final class Shop implements Worker {

        private static final List<String> FAILURES = List.of(
                "550 5.1.1 mailbox unavailable: no such user",
                "connection to smtp.example.org timed out after 10 s",
                "421 too many messages, try again later");

        private final Vertx vertx;
        private final Random random = new Random(SEED);

        public Shop(Vertx vertx) {
            this.vertx = vertx;
        }

        @Override
        public Future<@Nullable String> perform(Task task) {
            return switch (task.attempt().job()) {
                case "email" ->
                    after(250 + random.nextInt(500), random.nextInt(25) == 0 ? failure() : null, "{\"accepted\":true}");
                case "thumbnails" -> steps(task, 6 + random.nextInt(10), 0);
                case "invoices" ->
                    after(
                            900 + random.nextInt(900),
                            random.nextInt(9) == 0 ? "the ledger of 2026 is closed: no booking after 30 June" : null,
                            "{\"pages\":" + (1 + random.nextInt(4)) + ",\"total\":\"119.00 EUR\"}");
                case "search-index" -> after(1_200, null, "{\"documents\":" + (200 + random.nextInt(90)) + "}");
                default -> after(300 + random.nextInt(300), null, "{\"stored\":true}");
            };
        }

        private String failure() {
            return FAILURES.get(random.nextInt(FAILURES.size()));
        }

        private Future<@Nullable String> after(int millis, @Nullable String failure, String result) {
            Promise<@Nullable String> done = Promise.promise();
            vertx.setTimer(millis, ignored -> {
                if (failure == null) {
                    done.complete(result);
                } else {
                    done.fail(failure);
                }
            });
            return done.future();
        }

        private Future<@Nullable String> steps(Task task, int count, int step) {
            task.progress((double) step / count, "size " + Math.min(step + 1, count) + " of " + count);
            if (task.isCancelled() || step == count) {
                return Future.succeededFuture("{\"sizes\":" + count + "}");
            }
            return after(300, null, "").compose(ignored -> steps(task, count, step + 1));
        }
    }

    /** Keeps handing in work, until {@code isOver}. */
    static void feed(Vertx vertx, AtomicBoolean isOver) {
        Random random = new Random(SEED);
        List<String> names = List.of("ada", "grace", "edsger", "barbara", "tony", "leslie");
        long start = System.nanoTime();
        vertx.setPeriodic(250, timer -> {
            if (isOver.get()) {
                vertx.cancelTimer(timer);
                return;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            String name = names.get(random.nextInt(names.size()));
            int mails = (int) Math.round(1.7 + 1.5 * Math.sin(seconds / 9) + random.nextDouble());
            for (int i = 0; i < mails; i++) {
                submit(
                        vertx,
                        "email",
                        random.nextInt(6) == 0 ? "high" : "normal",
                        new JsonObject()
                                .put("recipient", name + "@example.org")
                                .put("template", "order-confirmation")
                                .put("order", 10_000 + random.nextInt(90_000)));
            }
            if (random.nextInt(4) == 0) {
                submit(
                        vertx,
                        "thumbnails",
                        List.of("low", "low", "normal", "normal", "high", "critical")
                                .get(random.nextInt(6)),
                        new JsonObject().put("image", "products/" + random.nextInt(5_000) + ".jpg"));
            }
            if (random.nextInt(3) == 0) {
                submit(
                        vertx,
                        "invoices",
                        "normal",
                        new JsonObject()
                                .put("invoice", "2026-" + (40_000 + random.nextInt(9_000)))
                                .put("customer", name)
                                .put(
                                        "lines",
                                        new JsonArray()
                                                .add("1 × Espresso machine")
                                                .add("2 × Cup")));
            }
            if (random.nextInt(20) == 0) {
                submit(vertx, "partner-sync", "normal", new JsonObject().put("partner", "acme"));
            }
        });
    }

    private static void submit(Vertx vertx, String job, String priority, JsonObject payload) {
        vertx.eventBus()
                .send(
                        Addresses.SUBMIT,
                        new JsonObject()
                                .put("job", job)
                                .put("priority", priority)
                                .put("payload", payload));
    }

    public static void main(String[] args) {
        String port = args.length > 0 ? args[0] : "8099";
        Service service = Services.start(config(), "http.port", port);
        feed(service.vertx(), new AtomicBoolean());
        System.out.println("http://127.0.0.1:" + service.port());
    }
}
