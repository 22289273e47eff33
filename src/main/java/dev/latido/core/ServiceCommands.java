package dev.latido.core;

import dev.latido.protocol.Command;
import dev.latido.protocol.Health;
import dev.latido.protocol.Inspection;
import dev.latido.protocol.JobPage;
import dev.latido.protocol.JobView;
import dev.latido.protocol.PauseView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** What is done for commands that concern all jobs: one method each. */
final class ServiceCommands implements Command.ServiceHandler {

    /** How many lines of what is degraded are named. */
    private static final int MAX_DEGRADED = 100;

    private final Jobs jobs;
    private final Parts parts;
    private final UnitOfWork unit;

    ServiceCommands(Jobs jobs, Parts parts) {
        this.jobs = jobs;
        this.parts = parts;
        this.unit = parts.unit;
    }

    @Override
    public Reply listJobs(Command.ListJobs command) {
        int limit = Math.max(1, Math.min(command.limit(), JobQueries.MAX_PAGE));
        if (command.order() != null) {
            return JobRanking.page(jobs.all(), command.filter(), command.order(), limit, parts);
        }
        List<JobView> page = new ArrayList<>();
        for (JobState job : jobs.after(command.after())) {
            if (!JobQueries.matches(job, command.filter(), parts.why)) {
                continue;
            }
            if (page.size() == limit) {
                return new JobPage(page, page.get(limit - 1).name());
            }
            page.add(JobQueries.view(job, parts));
        }
        return new JobPage(page, null);
    }

    @Override
    public Reply inspect(Command.Inspect command) {
        Refusal storeRefusal = unit.storeRefusal();
        return new Inspection(
                new Inspection.ServiceFacts(
                        unit.isShuttingDown(), unit.pausedAt(), storeRefusal == null ? null : storeRefusal.detail()),
                command.jobs().stream()
                        .limit(Command.Inspect.MAX_NAMED)
                        .map(jobs::find)
                        .filter(Objects::nonNull)
                        .map(job -> JobQueries.view(job, parts))
                        .toList(),
                command.executions().stream()
                        .limit(Command.Inspect.MAX_NAMED)
                        .map(parts.executions::find)
                        .filter(Objects::nonNull)
                        .map(ExecutionViews::summary)
                        .toList());
    }

    @Override
    public Reply getSummary(Command.GetSummary command) {
        return JobQueries.summary(jobs.all(), parts.why);
    }

    @Override
    public Reply getHealth(Command.GetHealth command) {
        List<String> degraded = new ArrayList<>();
        int more = 0;
        for (JobState job : jobs.all()) {
            String why = parts.why.isDegraded(job);
            if (why != null && degraded.size() < MAX_DEGRADED) {
                degraded.add(why);
            } else if (why != null) {
                more++;
            }
        }
        if (more > 0) {
            degraded.add("and " + more + " more jobs");
        }
        String letters = parts.why.isFullOfDeadLetters();
        if (letters != null) {
            degraded.add(letters);
        }
        String memory = parts.why.isFullOfMemory();
        if (memory != null) {
            degraded.add(memory);
        }
        if (unit.pausedAt() != null) {
            degraded.add("everything was paused at " + unit.pausedAt());
        }
        OptionalLong due = unit.alarms.nextDue();
        long overdue = due.isEmpty() ? 0 : Math.max(0, unit.now().nanos() - due.getAsLong());
        Refusal storeRefusal = unit.storeRefusal();
        return new Health(degraded, Duration.ofNanos(overdue), storeRefusal == null ? null : storeRefusal.detail());
    }

    @Override
    public Reply pauseAll(Command.PauseAll command) {
        return setPaused(true);
    }

    @Override
    public Reply resumeAll(Command.ResumeAll command) {
        return setPaused(false);
    }

    private Reply setPaused(boolean isPause) {
        if (unit.isShuttingDown()) {
            return Refusal.stopping();
        }
        Refusal storeRefusal = unit.storeRefusal();
        if (storeRefusal != null) {
            return storeRefusal;
        }
        unit.requireDurable();
        if (isPause && unit.pausedAt() == null) {
            parts.lifecycle.pauseAll();
        } else if (!isPause && unit.pausedAt() != null) {
            parts.lifecycle.resumeAll();
            parts.dispatcher.runToFixpoint();
        }
        return new PauseView(unit.pausedAt());
    }
}
