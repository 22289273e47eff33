package dev.latido;

import dev.latido.OutsideJournal.Told;
import dev.latido.OutsideJournal.Work;
import dev.latido.http.RawResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares what a service knows with what the world outside was told. Everything that does not agree is a problem. */
final class Reconciliation {

    /** In the order of an execution's life, so that few that move on while all are listed are missed. */
    private static final List<String> STATES =
            List.of("waiting", "queued", "running", "succeeded", "failed", "cancelled", "dropped");

    /** How many executions are read in full after a restart; a young JVM is slow. */
    private static final int MAX_READ = 200;

    private final OutsideJournal journal;
    private final Map<String, List<String>> next;

    /**
     * Makes one.
     *
     * @param next for all jobs, the jobs that get their results
     */
    Reconciliation(OutsideJournal journal, Map<String, List<String>> next) {
        this.journal = journal;
        this.next = next;
    }

    // After each restart

    /** Checks what can be checked at once: who runs, and that nothing is lost; payloads of the newest only. */
    void afterRestart(ApiClient api) throws ApiClient.Died {
        JsonArray jobs = api.get("/api/jobs").json().getJsonArray("jobs");
        for (int i = 0; i < jobs.size(); i++) {
            JsonObject job = jobs.getJsonObject(i);
            boolean runs = job.getBoolean("isRunning");
            Set<Boolean> may = journal.mayRun().get(job.getString("name"));
            if (may != null && !may.contains(runs)) {
                journal.problem(job.getString("name") + " was acknowledged to be running: " + may + ", and is " + runs);
            }
            journal.settled(job.getString("name"), runs);
        }
        Map<String, JsonObject> all = list(api);
        List<String> ids = List.copyOf(journal.acceptedIds());
        // one that failed and waits to be tried again moved back while all were listed
        all.putAll(read(api, ids.stream().filter(id -> !all.containsKey(id)).toList()));
        for (String id : ids) {
            JsonObject execution = all.get(id);
            if (execution != null) {
                compare(execution);
            }
        }
        List<String> newest = ids.subList(Math.max(0, ids.size() - MAX_READ), ids.size());
        read(api, newest).forEach((id, execution) -> comparePayload(execution));
    }

    /** Lists all executions, without payloads. */
    private Map<String, JsonObject> list(ApiClient api) throws ApiClient.Died {
        Map<String, JsonObject> all = new HashMap<>();
        for (String job : next.keySet()) {
            for (String state : STATES) {
                String cursor = "";
                while (cursor != null) {
                    JsonObject page = api.get("/api/jobs/" + job + "/executions?limit=1000&state=" + state + cursor)
                            .json();
                    JsonArray executions = page.getJsonArray("executions");
                    for (int i = 0; i < executions.size(); i++) {
                        JsonObject execution = executions.getJsonObject(i);
                        all.put(execution.getString("id"), execution);
                    }
                    cursor = page.getString("cursor") == null ? null : "&cursor=" + page.getString("cursor");
                }
            }
        }
        return all;
    }

    private Map<String, JsonObject> read(ApiClient api, List<String> ids) throws ApiClient.Died {
        Map<String, JsonObject> all = new HashMap<>();
        List<RawResponse> answers =
                api.getAll(ids.stream().map(id -> "/api/executions/" + id).toList());
        for (int i = 0; i < ids.size(); i++) {
            if (answers.get(i).status() == 200) {
                all.put(ids.get(i), answers.get(i).json());
            } else {
                journal.problem(ids.get(i) + " was acknowledged and is lost: " + answers.get(i));
            }
        }
        return all;
    }

    /** Compares how an execution stands with what was told of it. */
    private void compare(JsonObject execution) {
        String id = execution.getString("id");
        String state = execution.getString("state");
        int attempt = execution.getInteger("attempt");
        Told ended = journal.ended().get(id);
        if (ended != null && !ended.state().equals(state)) {
            journal.problem(id + " was told to be " + ended + ", and is " + execution);
        }
        Told cancelled = journal.cancelled().get(id);
        if (cancelled != null && !holds(cancelled, execution)) {
            journal.problem(id + " was cancelled: " + cancelled + ", and is " + execution);
        }
        Told retried = journal.retried().get(id);
        if (retried != null && state.equals("failed") && attempt <= retried.attempt()) {
            journal.problem(id + " was to be tried again: " + retried + ", and is " + execution);
        }
    }

    /** A cancel comes too late for one that is done, and it may have been, where it was with a worker. */
    private static boolean holds(Told cancelled, JsonObject execution) {
        boolean isDone = execution.getString("state").equals("succeeded")
                || execution.getString("note", "").startsWith("done;");
        return execution.getString("state").equals("cancelled")
                || (isDone && cancelled.state().equals("running"));
    }

    private void comparePayload(JsonObject execution) {
        Work work = journal.accepted().get(execution.getString("id"));
        if (work == null
                || !work.payload.equals(execution.getJsonObject("payload"))
                || !work.job.equals(execution.getString("job"))
                || !work.priority.equals(execution.getString("priority"))) {
            journal.problem(execution + " is not what was sent");
        }
    }

    // At the end

    /** Checks everything, once all is worked off; returns all executions by their ids. */
    Map<String, JsonObject> atTheEnd(ApiClient api) throws ApiClient.Died {
        Map<String, JsonObject> all = read(api, List.copyOf(list(api).keySet()));
        for (String id : List.copyOf(journal.acceptedIds())) {
            JsonObject execution = all.get(id);
            if (execution == null) {
                journal.problem(id + " was acknowledged and is lost");
            } else {
                compare(execution);
                comparePayload(execution);
            }
        }
        checkOrigins(all);
        for (String job : next.keySet()) {
            checkCounters(api.get("/api/jobs/" + job).json(), all);
        }
        return all;
    }

    /** Every execution was sent once, ticked, or handed over once. */
    private void checkOrigins(Map<String, JsonObject> all) {
        Set<String> origins = new HashSet<>();
        for (JsonObject execution : all.values()) {
            String origin = origin(execution, all);
            if (origin == null) {
                journal.problem(execution + " is unexpected");
            } else if (!origins.add(origin)) {
                journal.problem(execution + " is there twice");
            }
            if (!execution.getString("state").equals("succeeded")
                    && !execution.getString("state").equals("cancelled")) {
                journal.problem(execution + " was not worked off");
            }
        }
        for (JsonObject execution : all.values()) {
            for (String target : next.getOrDefault(execution.getString("job"), List.of())) {
                if (execution.getString("state").equals("succeeded")
                        && !origins.contains(handedOver(execution.getString("id"), target))) {
                    journal.problem(execution + " was not handed over to " + target);
                }
            }
        }
    }

    /** Names where an execution comes from, differently for each that there may be; null when it ought not to be there. */
    private @Nullable String origin(JsonObject execution, Map<String, JsonObject> all) {
        String job = execution.getString("job");
        JsonObject payload = execution.getJsonObject("payload");
        if (payload == null) {
            return job.equals("ticking") ? execution.getString("id") : null;
        }
        String from = payload.getString("from");
        if (from != null) {
            JsonObject parent = all.get(from);
            return parent != null
                            && next.getOrDefault(parent.getString("job"), List.of())
                                    .contains(job)
                            && Objects.equals(parent.getJsonObject("result"), payload)
                    ? handedOver(from, job)
                    : null;
        }
        Work work = journal.sent(payload.getString("name"));
        return work != null && work.job.equals(job) && !work.isRefused && work.payload.equals(payload)
                ? work.name
                : null;
    }

    private static String handedOver(String from, String job) {
        return from + " to " + job;
    }

    private void checkCounters(JsonObject job, Map<String, JsonObject> all) {
        Map<String, Integer> counts = new HashMap<>();
        int attempts = 0;
        for (JsonObject execution : all.values()) {
            if (execution.getString("job").equals(job.getString("name"))) {
                counts.merge("accepted", 1, Integer::sum);
                counts.merge(execution.getString("state"), 1, Integer::sum);
                attempts += execution.getInteger("attempt");
            }
        }
        for (String name : List.of("accepted", "succeeded", "failed", "cancelled", "dropped")) {
            if (!Objects.equals(job.getJsonObject("counters").getInteger(name), counts.getOrDefault(name, 0))) {
                journal.problem(job + " has in truth " + counts);
            }
        }
        if (job.getInteger("executionCount") != attempts) {
            journal.problem(job + " has in truth " + attempts + " attempts");
        }
    }

    // What workers got

    /**
     * Checks the calls of workers.
     *
     * @param stores by the number of each life that was killed, what its store held then
     * @return how often work was done again
     */
    int checkCalls(List<WorkServer.Call> calls, Map<Integer, StoreCopy> stores, Map<String, JsonObject> all) {
        Map<String, WorkServer.Call> before = new HashMap<>();
        List<String> again = new ArrayList<>();
        for (WorkServer.Call call : calls) {
            JsonObject execution = all.get(call.execution());
            if (execution == null || !execution.getString("job").equals(call.job())) {
                journal.problem(call + " is for " + execution);
            }
            StoreCopy store = stores.get(call.life());
            if (store != null && store.attempts.getOrDefault(call.execution(), 0) < call.attempt()) {
                journal.problem(call + " was handed out before it was stored");
            }
            WorkServer.Call last = before.put(call.execution(), call);
            if (last != null && last.attempt() >= call.attempt()) {
                journal.problem(call + " after " + last);
            }
            if (last != null && !last.isFailed()) {
                again.add(call.execution());
                StoreCopy killed = stores.get(last.life());
                Integer inFlight = killed == null ? null : killed.inFlight.get(call.execution());
                if (last.life() == call.life() || !Objects.equals(inFlight, last.attempt())) {
                    journal.problem(call + " after " + last + ", which was not in flight when the process died");
                }
            }
            checkUnwanted(call, journal.ended().get(call.execution()));
            checkUnwanted(call, journal.cancelled().get(call.execution()));
        }
        return again.size();
    }

    private void checkUnwanted(WorkServer.Call call, @Nullable Told told) {
        if (told != null && told.life() < call.life()) {
            journal.problem(call + " although it was told to be " + told);
        }
    }
}
