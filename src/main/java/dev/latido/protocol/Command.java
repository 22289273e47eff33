package dev.latido.protocol;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.job.Priority;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message to the owner: always request-reply, always with a deadline after which it is not executed. A job is named,
 * or null for the default job.
 */
public sealed interface Command {

    /** What {@link #deadline()} is when a sender on the bus names none. */
    Instant NO_DEADLINE = Instant.MAX;

    /** From this instant on nobody waits for the answer any more, and the owner leaves the command undone. */
    Instant deadline();

    /** What kind of command this is. */
    CommandType type();

    /** Starts the job and opens it to submissions; starting a started one changes nothing. → {@link JobStatus} */
    record Start(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.START;
        }
    }

    /**
     * Stops the job: no new run begins; stopping a stopped one changes nothing. → {@link JobStatus}
     *
     * @param waitUntil with {@link StopMode#DRAIN}, until when the answer may wait for the work in flight
     */
    record Stop(@Nullable String job, StopMode mode, Instant waitUntil, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.STOP;
        }
    }

    /** Reads the job's status and changes nothing. → {@link JobStatus} */
    record GetStatus(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_STATUS;
        }
    }

    /** Closes the job to submissions; it works off what it has and then stops. → {@link JobStatus} */
    record Complete(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.COMPLETE;
        }
    }

    /** Reads all there is to know of the job. → {@link JobView} */
    record GetJob(@Nullable String job, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_JOB;
        }
    }

    /**
     * Reads the jobs in the order of their names. → {@link JobPage}
     *
     * @param after begin behind this name; null for the beginning
     * @param limit how many at most
     * @param filter which ones
     */
    record ListJobs(@Nullable String after, int limit, JobFilter filter, Instant deadline) implements Command {
        /** Reads all jobs. */
        public ListJobs(@Nullable String after, int limit, Instant deadline) {
            this(after, limit, JobFilter.ALL, deadline);
        }

        @Override
        public CommandType type() {
            return CommandType.LIST_JOBS;
        }
    }

    /**
     * Hands work to the job. → {@link Submitted}, with an answer for each item in its place
     *
     * @param mayWait whether what finds no room in a queue that makes producers wait does so, up to the deadline; if not, it
     *     is refused at once
     * @param trace what it is part of, as a W3C {@code traceparent}; null for nothing that is known. Not part of the JSON
     *     form: there it is a header of the message
     */
    record Submit(
            @Nullable String job,
            List<Submission> items,
            boolean mayWait,
            Instant deadline,
            @Nullable String trace) implements Command {

        /** Makes one that may wait, and is part of nothing that is known. */
        public Submit(@Nullable String job, List<Submission> items, Instant deadline) {
            this(job, items, deadline, null);
        }

        /** Makes one that may wait. */
        public Submit(@Nullable String job, List<Submission> items, Instant deadline, @Nullable String trace) {
            this(job, items, true, deadline, trace);
        }

        /** Returns the same work as part of {@code trace}. */
        public Submit partOf(@Nullable String trace) {
            return new Submit(job, items, mayWait, deadline, trace);
        }

        @Override
        public CommandType type() {
            return CommandType.SUBMIT;
        }
    }

    /** Waits until the job's queue has room for one more. → {@link JobStatus} */
    record AwaitRoom(@Nullable String job, Priority priority, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.AWAIT_ROOM;
        }
    }

    /** Waits until the execution has ended, or until {@code until}. → {@link ExecutionView} */
    record AwaitExecution(ExecutionId id, Instant until, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.AWAIT_EXECUTION;
        }
    }

    /** Reads one execution. → {@link ExecutionView} */
    record GetExecution(ExecutionId id, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_EXECUTION;
        }
    }

    /**
     * Reads the job's executions that are in one state. → {@link ExecutionPage}
     *
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most
     */
    record ListExecutions(
            @Nullable String job,
            ExecutionState state,
            @Nullable String cursor,
            int limit,
            Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.LIST_EXECUTIONS;
        }
    }

    /**
     * Reads the job's executions that have ended, the latest first. → {@link ExecutionPage}
     *
     * @param state only those in this state, which is terminal; null for all
     * @param cursor where the page before ended; null for the first
     * @param limit how many at most
     */
    record ListHistory(
            @Nullable String job,
            @Nullable ExecutionState state,
            @Nullable String cursor,
            int limit,
            Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.LIST_HISTORY;
        }
    }

    /** Ends an execution that has not ended; a running one is told to. → {@link ExecutionView} */
    record Cancel(ExecutionId id, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.CANCEL;
        }
    }

    /** Queues a failed execution again. → {@link ExecutionView} */
    record Retry(ExecutionId id, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.RETRY;
        }
    }

    /** Cancels everything that is queued or delayed, or only counts it. → {@link Counted} */
    record Purge(@Nullable String job, boolean countOnly, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.PURGE;
        }
    }

    /** Queues all failed executions again that are meant and for which there is room, or only counts them. → {@link Counted} */
    record RetryFailed(@Nullable String job, FailureFilter filter, boolean countOnly, Instant deadline)
            implements Command {
        @Override
        public CommandType type() {
            return CommandType.RETRY_FAILED;
        }
    }

    /** Changes what the job may do, while the service runs. → {@link JobView} */
    record ChangeJob(@Nullable String job, JobSettings settings, Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.CHANGE_JOB;
        }
    }

    /** Has nothing begin any more, in no job, over restarts, until {@link ResumeAll}. → {@link PauseView} */
    record PauseAll(Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.PAUSE_ALL;
        }
    }

    /** Ends the pause of everything. → {@link PauseView} */
    record ResumeAll(Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.RESUME_ALL;
        }
    }

    /** Reads how the store is. → {@link StoreView} */
    record GetStore(Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_STORE;
        }
    }

    /** Copies everything that is stored to a file beside the store. → {@link BackupView} */
    record BackUp(Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.BACK_UP;
        }
    }

    /**
     * Reads what is named, all at the same moment; what does not exist is left out. → {@link Inspection}
     *
     * @param jobs names of jobs
     * @param executions ids of executions
     */
    record Inspect(List<String> jobs, List<ExecutionId> executions, Instant deadline) implements Command {

        /** How many jobs, and how many executions, may be named. */
        public static final int MAX_NAMED = 1_000;

        @Override
        public CommandType type() {
            return CommandType.INSPECT;
        }
    }

    /** Reads what all jobs come to together. → {@link SummaryView} */
    record GetSummary(Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_SUMMARY;
        }
    }

    /** Reads how the owner is. → {@link Health} */
    record GetHealth(Instant deadline) implements Command {
        @Override
        public CommandType type() {
            return CommandType.GET_HEALTH;
        }
    }
}
