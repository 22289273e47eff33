package dev.latido;

import dev.latido.OutsideJournal.Work;
import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Clients of a service that is killed again and again; what they send and are told goes into an {@link OutsideJournal}. */
final class KillLoad {

    private static final List<String> PRIORITIES = List.of("low", "normal", "high", "critical");
    private static final List<String> DELAYS = List.of("0ms", "0ms", "0ms", "20ms", "400ms");
    private static final int MAX_BATCH = 30;
    private static final int PATIENCE_MILLIS = 30_000;

    /** Names the execution in the refusal of a key. */
    private static final Pattern EXECUTION = Pattern.compile("became execution '([^']+)'");

    /** How many of the newest executions are cancelled, retried and asked for again. */
    private static final int NEWEST = 200;

    private final OutsideJournal journal;
    private final Gate gate = new Gate();
    private final List<Thread> threads = new ArrayList<>();

    KillLoad(OutsideJournal journal, long seed) {
        this.journal = journal;
        List<Client> clients = List.of(
                new Single("k1", new Random(seed + 1), "single", true),
                new Single("k2", new Random(seed + 2), "first", true),
                new Single("u1", new Random(seed + 3), "toggled", false),
                new Single("u2", new Random(seed + 4), "first", false),
                new Batch("b1", new Random(seed + 5), "single", true),
                new Batch("b2", new Random(seed + 6), "toggled", false),
                new Controller(new Random(seed + 7)),
                new Operator(new Random(seed + 8)));
        clients.forEach(client -> {
            Thread thread = new Thread(client, "client");
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        });
    }

    /** Lets the clients go on with a new life of the service. */
    void goOn(int life, int port) {
        gate.open(new Gate.Life(life, port, false));
    }

    /** Waits until all clients have noticed that the service died. */
    void stop() throws InterruptedException {
        gate.close(threads.size());
    }

    /** Waits until all clients have an answer to what they have to know. */
    void finish(int life, int port) throws InterruptedException {
        gate.open(new Gate.Life(life, port, true));
        for (Thread thread : threads) {
            thread.join(PATIENCE_MILLIS);
            if (thread.isAlive()) {
                journal.problem("a client never got what it asks for");
            }
        }
    }

    /** One client, on a thread and a connection of its own. */
    private abstract class Client implements Runnable {
        final Random random;
        int life;

        Client(Random random) {
            this.random = random;
        }

        @Override
        public void run() {
            try {
                Gate.Life now = gate.pass(0);
                while (!live(now)) {
                    now = gate.pass(now.number());
                }
            } catch (InterruptedException | RuntimeException | Error fault) {
                journal.problem("a client ended: " + fault);
            }
        }

        /** Goes on until the service dies; true when there is nothing more to do. */
        private boolean live(Gate.Life now) {
            life = now.number();
            try (ApiClient api = new ApiClient(now.port())) {
                while (!now.isLast() || hasOpen()) {
                    step(api);
                }
                return true;
            } catch (ApiClient.Died killed) {
                if (now.isLast()) {
                    journal.problem("a connection ended while the service lives: " + killed.getMessage());
                }
                return now.isLast();
            }
        }

        abstract void step(ApiClient api) throws ApiClient.Died;

        /** Tells whether something has to be asked until it is answered. */
        boolean hasOpen() {
            return false;
        }

        @Nullable String newest() {
            int known = journal.acceptedIds().size();
            return known == 0 ? null : journal.acceptedIds().get(known - 1 - random.nextInt(Math.min(known, NEWEST)));
        }

        <T> T any(List<T> list) {
            return list.get(random.nextInt(list.size()));
        }
    }

    /** Hands in work. */
    private abstract class Producer extends Client {
        final String name;
        final String job;
        private int count;

        Producer(String name, Random random, String job) {
            super(random);
            this.name = name;
            this.job = job;
        }

        Work newWork(boolean withKey) {
            String work = name + "-" + ++count;
            JsonObject payload = new JsonObject().put("name", work);
            if (random.nextInt(12) == 0) {
                payload.put("fails", true);
            }
            String key = withKey ? "key-" + work : null;
            Work made = new Work(job, payload, key, any(PRIORITIES), any(DELAYS));
            journal.sending(made);
            return made;
        }

        /**
         * Tells whether {@code answer} says that work whose first answer was lost was cancelled since, by a stop; and sees to it
         * that this is true.
         */
        boolean wasCancelled(ApiClient api, Work work, JsonObject answer) throws ApiClient.Died {
            if (!"urn:latido:problem:idempotency-key-cancelled".equals(answer.getString("type"))) {
                return false;
            }
            Matcher id = EXECUTION.matcher(answer.getString("detail"));
            RawResponse made = id.find() ? api.get("/api/executions/" + id.group(1)) : null;
            if (made == null
                    || made.status() != 200
                    || !"cancelled".equals(made.json().getString("state"))
                    || !work.payload.equals(made.json().getJsonObject("payload"))) {
                journal.problem(work.name + " was answered " + answer + ", but is " + made);
            }
            return true;
        }
    }

    /** Hands in one at a time. With a key, until it is accepted. */
    private final class Single extends Producer {
        private final boolean hasKeys;
        private final List<Work> done = new ArrayList<>();
        private @Nullable Work open;

        Single(String name, Random random, String job, boolean hasKeys) {
            super(name, random, job);
            this.hasKeys = hasKeys;
        }

        @Override
        boolean hasOpen() {
            return open != null;
        }

        @Override
        void step(ApiClient api) throws ApiClient.Died {
            boolean repeats = open == null && !done.isEmpty() && random.nextInt(10) == 0;
            Work work = open != null ? open : repeats ? any(done) : newWork(hasKeys);
            open = hasKeys ? work : null;
            List<String> headers = new ArrayList<>();
            if (work.key != null) {
                headers.add("Idempotency-Key: " + work.key);
            }
            if (random.nextInt(4) == 0) {
                headers.add("Prefer: wait=1");
            }
            RawResponse answer = api.post(
                    "/api/jobs/" + job + "/executions?timeout=300ms&priority=" + work.priority + "&delay=" + work.delay,
                    work.payload.encode(),
                    headers.toArray(String[]::new));
            if (answer.status() == 202 || answer.status() == 200) {
                journal.accepted(work, answer.json(), life);
                open = null;
                if (hasKeys && !repeats) {
                    done.add(work);
                    done.subList(0, Math.max(0, done.size() - NEWEST)).clear();
                }
            } else if (answer.status() == 503) {
                work.isRefused = !hasKeys;
            } else if (wasCancelled(api, work, answer.json())) {
                open = null;
            } else if (answer.status() != 504) {
                journal.problem(work.name + " was answered " + answer);
                open = null;
            }
        }
    }

    /** Hands in many at once, with keys for some of them, which are repeated until they are accepted. */
    private final class Batch extends Producer {
        private final boolean asLines;
        private List<Work> open = new ArrayList<>();

        Batch(String name, Random random, String job, boolean asLines) {
            super(name, random, job);
            this.asLines = asLines;
        }

        @Override
        boolean hasOpen() {
            return !open.isEmpty();
        }

        @Override
        void step(ApiClient api) throws ApiClient.Died {
            List<Work> works = new ArrayList<>(open);
            for (int i = open.isEmpty() ? 1 + random.nextInt(MAX_BATCH) : 0; i > 0; i--) {
                works.add(newWork(random.nextBoolean()));
            }
            open = new ArrayList<>(
                    works.stream().filter(work -> work.key != null).toList());
            JsonArray items = new JsonArray();
            works.forEach(work -> items.add(new JsonObject()
                    .put("payload", work.payload)
                    .put("priority", work.priority)
                    .put("delay", work.delay)
                    .put("key", work.key)));
            StringBuilder lines = new StringBuilder();
            items.forEach(item -> lines.append(item).append('\n'));
            RawResponse answer = api.post(
                    "/api/jobs/" + job + "/executions/batch?timeout=300ms",
                    asLines ? lines.toString() : items.encode(),
                    asLines ? new String[] {"Content-Type: application/x-ndjson"} : new String[0]);
            if (answer.status() == 200) {
                JsonArray answers = asLines
                        ? new JsonArray("[" + answer.body().strip().replace('\n', ',') + "]")
                        : new JsonArray(answer.body());
                for (int i = 0; i < works.size(); i++) {
                    take(api, works.get(i), answers.getJsonObject(i));
                }
            } else if (answer.status() != 503 && answer.status() != 504) {
                journal.problem("a batch was answered " + answer);
            }
        }

        private void take(ApiClient api, Work work, JsonObject answer) throws ApiClient.Died {
            int status = answer.getInteger("status");
            if (status == 202 || status == 200) {
                journal.accepted(work, answer, life);
                open.remove(work);
            } else if (status == 503) {
                work.isRefused = work.key == null;
            } else if (wasCancelled(api, work, answer)) {
                open.remove(work);
            } else if (status != 504) {
                journal.problem(work.name + " was answered " + answer);
            }
        }
    }

    /** Starts and stops jobs. */
    private final class Controller extends Client {
        Controller(Random random) {
            super(random);
        }

        @Override
        void step(ApiClient api) throws ApiClient.Died {
            String job = any(List.of("toggled", "second", "ticking"));
            boolean start = random.nextInt(3) > 0; // mostly running, so that work gets on
            String mode = job.equals("toggled") ? any(List.of("plain", "now", "drain&wait=1")) : "plain";
            journal.asked(job, start);
            RawResponse answer = api.post("/api/jobs/" + job + (start ? "/start" : "/stop?mode=" + mode), "");
            if (answer.status() == 200) {
                journal.settled(job, start);
            } else if (answer.status() != 503) {
                journal.problem("start or stop of " + job + " was answered " + answer);
            }
            api.get("/api/jobs/" + job + "/status");
        }
    }

    /** Cancels, and retries what failed. */
    private final class Operator extends Client {
        Operator(Random random) {
            super(random);
        }

        @Override
        void step(ApiClient api) throws ApiClient.Died {
            if (random.nextInt(12) == 0) {
                cancel(api);
            } else {
                retry(api, any(List.of("single", "first", "toggled")));
            }
        }

        private void cancel(ApiClient api) throws ApiClient.Died {
            String id = newest();
            if (id == null) {
                return;
            }
            RawResponse answer = api.post("/api/executions/" + id + "/cancel", "");
            if (answer.status() == 200) {
                journal.cancelled(answer.json(), life);
            } else if (answer.status() != 409 && answer.status() != 503) {
                journal.problem("cancel of " + id + ", which was acknowledged, was answered " + answer);
            }
        }

        private void retry(ApiClient api, String job) throws ApiClient.Died {
            RawResponse page = api.get("/api/jobs/" + job + "/executions?state=failed&limit=5");
            if (page.status() != 200) {
                return;
            }
            JsonArray failed = page.json().getJsonArray("executions");
            for (int i = 0; i < failed.size(); i++) {
                String id = failed.getJsonObject(i).getString("id");
                RawResponse answer = api.post("/api/executions/" + id + "/retry", "");
                if (answer.status() == 200) {
                    journal.retried(answer.json(), life);
                } else if (!List.of(409, 429, 503).contains(answer.status())) {
                    journal.problem("retry of " + id + ", which had failed, was answered " + answer);
                }
            }
        }
    }
}
