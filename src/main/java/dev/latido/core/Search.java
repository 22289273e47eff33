package dev.latido.core;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.FailedAttempt;
import dev.latido.job.Priority;
import dev.latido.json.JsonPath;
import dev.latido.protocol.Command;
import dev.latido.protocol.ExecutionFilter;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import dev.latido.protocol.FoundPage;
import dev.latido.protocol.Refusal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A look for executions, a few at a time, between which everything may change. It goes through the jobs by their names, and through
 * the lists of each in the order in which executions live, so that one that goes on meanwhile is not missed: those that wait, queued,
 * running, and those that ended, the latest first. It remembers where it stands by an execution and, in case that has moved on, by its
 * order. Changes nothing.
 */
public final class Search {

    /** Longer payloads are not looked into, in bytes of UTF-8. */
    static final int MAX_PAYLOAD = 64 * 1024;

    /** How much one step looks at, at most: so many executions or empty lists, and so many bytes of payloads. */
    private static final int MAX_LOOKS = 64;

    private static final int MAX_BYTES = MAX_PAYLOAD;

    /** Executions are walked past so much faster than looked at. */
    private static final int LOOKS_PER_SKIP = 8;

    /** A list of executions of each job. */
    private record Place(ExecutionState state, @Nullable Priority priority) {

        private static final List<Place> ALL = all();

        private static List<Place> all() {
            List<Place> all = new ArrayList<>();
            all.add(new Place(ExecutionState.WAITING, null));
            for (Priority priority : Priority.values()) {
                all.add(new Place(ExecutionState.QUEUED, priority));
            }
            all.add(new Place(ExecutionState.RUNNING, null));
            for (ExecutionState state : ExecutionState.values()) {
                if (state.isTerminal()) {
                    all.add(new Place(state, null));
                }
            }
            return List.copyOf(all);
        }

        /** Returns the execution that follows {@code at}, or is the first; null where there is none. */
        @Nullable Execution next(JobState job, @Nullable Execution at, long order) {
            if (priority != null) {
                return job.queue.after(priority, at, order);
            }
            return switch (state) {
                case WAITING -> job.delayed.after(at, order);
                case RUNNING -> job.running.after(at, order);
                default -> job.ended(state).before(at, order);
            };
        }

        int size(JobState job) {
            if (priority != null) {
                return job.queue.size(priority);
            }
            return switch (state) {
                case WAITING -> job.delayed.size();
                case RUNNING -> job.running.size();
                default -> job.ended(state).size();
            };
        }

        /** Returns what is seen of a list of which nothing was looked at. */
        long nothingSeen() {
            return state.isTerminal() ? Long.MAX_VALUE : Long.MIN_VALUE;
        }

        /** Tells whether an execution of this order was looked at, where all up to {@code seen} were. */
        boolean isSeen(long order, long seen) {
            return state.isTerminal() ? order >= seen : order <= seen;
        }
    }

    private final Jobs jobs;
    private final Executions executions;
    private final ExecutionFilter filter;
    private final @Nullable JsonPath path;
    private final boolean countOnly;
    private final int limit;
    private final @Nullable Refusal refusal;

    // Where it stands

    private @Nullable JobState job;
    private int place;
    private long seen;
    private @Nullable Execution at;
    private long atOrder;

    // What it found

    private final List<ExecutionView> found = new ArrayList<>();
    private int matched;
    private int looked;
    private int of;
    private int unread;

    /** What has its payload in the store, and may be one of them; null for none. */
    private @Nullable Execution wanted;

    /** How much of this step is left. */
    private int left;

    Search(Jobs jobs, Executions executions, Command.FindExecutions command) {
        this.jobs = jobs;
        this.executions = executions;
        this.filter = command.filter();
        this.path = filter.at() == null ? null : JsonPath.of(filter.at());
        this.countOnly = command.countOnly();
        this.limit = Math.max(1, Math.min(command.limit(), JobQueries.MAX_PAGE));
        String name = filter.job();
        if (name != null && jobs.find(name) == null) {
            refusal = Refusal.unknownJob(name);
            return;
        }
        Iterator<JobState> first = scope().iterator();
        enter(first.hasNext() ? first.next() : null);
        refusal = command.cursor() == null || resume(command.cursor())
                ? null
                : Refusal.invalid("Invalid cursor: not of a search.");
        of = count();
    }

    private Collection<JobState> scope() {
        String name = filter.job();
        JobState only = name == null ? null : jobs.find(name);
        return only == null ? jobs.all() : List.of(only);
    }

    /** Returns why there is nothing to look for; null when there is. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    private int count() {
        if (filter.key() != null) {
            return scope().size();
        } else if (filter.job() == null && filter.states().isEmpty()) {
            return executions.size();
        }
        int all = 0;
        for (JobState each : scope()) {
            for (Place list : Place.ALL) {
                all += isMeant(list) ? list.size(each) : 0;
            }
        }
        return all;
    }

    private boolean isMeant(Place list) {
        return filter.states().isEmpty() || filter.states().contains(list.state);
    }

    private void enter(@Nullable JobState next) {
        job = next;
        enter(0);
    }

    private void enter(int next) {
        place = next;
        at = null;
        seen = place < Place.ALL.size() ? Place.ALL.get(place).nothingSeen() : 0;
    }

    /** Looks at some; false when all were looked at, there are enough, or a text is {@link #wanted}. */
    public boolean step() {
        left = MAX_LOOKS * LOOKS_PER_SKIP;
        while (left > 0 && mayGoOn()) {
            JobState here = job;
            if (here == null) {
                break;
            } else if (filter.key() != null) {
                lookForKey(here, filter.key());
                leave(here);
            } else if (place >= Place.ALL.size()) {
                leave(here);
            } else {
                walk(here, Place.ALL.get(place));
            }
        }
        return job != null && mayGoOn();
    }

    private boolean mayGoOn() {
        return wanted == null && found.size() < limit;
    }

    private void leave(JobState here) {
        left--;
        Iterator<JobState> rest = filter.job() != null
                ? List.<JobState>of().iterator()
                : jobs.after(here.name()).iterator();
        enter(rest.hasNext() ? rest.next() : null);
    }

    private void walk(JobState here, Place list) {
        Execution next = isMeant(list) ? list.next(here, at, atOrder) : null;
        left--;
        if (next == null) {
            enter(place + 1);
            return;
        }
        at = next;
        atOrder = next.order();
        if (!list.isSeen(atOrder, seen)) {
            seen = atOrder;
            left -= LOOKS_PER_SKIP - 1;
            look(next);
        }
    }

    private void lookForKey(JobState here, String key) {
        looked++;
        IdempotencyKeys.Use use = here.keys.look(key);
        ExecutionId id = use == null ? null : use.execution;
        Execution execution = id == null ? null : executions.find(id);
        if (execution != null && (filter.states().isEmpty() || filter.states().contains(execution.state()))) {
            looked--;
            look(execution);
        }
    }

    private void look(Execution execution) {
        looked++;
        boolean isMeant = (filter.since() == null
                        || execution.createdMillis >= filter.since().toEpochMilli())
                && (filter.until() == null
                        || execution.createdMillis < filter.until().toEpochMilli())
                && (filter.error() == null || hasError(execution, filter.error()));
        if (!isMeant) {
            return;
        } else if (filter.value() == null) {
            take(execution);
        } else if (execution.payloadBytes > MAX_PAYLOAD) {
            unread++;
        } else if (execution.isPayloadAway()) {
            wanted = execution;
        } else {
            lookInto(execution, execution.payload(), filter.value());
        }
    }

    private static boolean hasError(Execution execution, String part) {
        if (execution.error != null && FailureFilter.contains(execution.error, part)) {
            return true;
        }
        for (FailedAttempt failure : execution.failures()) {
            if (FailureFilter.contains(failure.error(), part)) {
                return true;
            }
        }
        return false;
    }

    private void lookInto(Execution execution, @Nullable String payload, String value) {
        left -= (int) ((long) execution.payloadBytes * MAX_LOOKS * LOOKS_PER_SKIP / MAX_BYTES);
        boolean hasIt = payload != null
                && (path == null ? payload.contains(value) : path.find(payload).equals(value));
        if (hasIt) {
            take(execution);
        }
    }

    private void take(Execution execution) {
        matched++;
        if (!countOnly) {
            found.add(ExecutionViews.summary(execution));
        }
    }

    /** Returns the execution whose payload is to be read from the store before the next step; null for none. */
    public @Nullable ExecutionId wanted() {
        return wanted == null ? null : wanted.id;
    }

    /**
     * Takes the payload that was {@link #wanted}.
     *
     * @param isRead whether it could be read
     * @param payload null for none, as of one that was forgotten meanwhile
     */
    public void take(boolean isRead, @Nullable String payload) {
        Execution execution = wanted;
        String value = filter.value();
        wanted = null;
        if (execution == null || value == null) {
            return;
        }
        if (isRead) {
            lookInto(execution, payload, value);
        } else {
            unread++;
        }
    }

    /** Returns what was found so far. */
    public FoundPage page() {
        return new FoundPage(List.copyOf(found), matched, looked, of, unread, job == null ? null : cursor(job));
    }

    // The cursor: list, order of the last that was looked at, id of that, name of the job

    private String cursor(JobState here) {
        return place + "_" + Long.toString(seen, Character.MAX_RADIX) + "_" + (at == null ? "" : at.id) + "_"
                + here.name();
    }

    private boolean resume(String cursor) {
        String[] parts = cursor.split("_", 4);
        if (parts.length != 4) {
            return false;
        }
        try {
            int list = Integer.parseInt(parts[0]);
            long order = Long.parseLong(parts[1], Character.MAX_RADIX);
            if (list < 0
                    || list > Place.ALL.size()
                    || (filter.job() != null && !filter.job().equals(parts[3]))) {
                return false;
            }
            JobState here = jobs.find(parts[3]);
            if (here == null) { // it is gone: on to the one after it
                Iterator<JobState> rest = jobs.after(parts[3]).iterator();
                enter(rest.hasNext() ? rest.next() : null);
                return true;
            }
            enter(here);
            enter(list);
            seen = order;
            at = ExecutionId.parse(parts[2]).map(executions::find).orElse(null);
            atOrder = order;
            return true;
        } catch (NumberFormatException none) {
            return false;
        }
    }
}
