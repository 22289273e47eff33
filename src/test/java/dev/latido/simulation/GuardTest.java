package dev.latido.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each guard of the service, switched off, is found by a history; see {@code docs/simulation.md} for how many it took. {@code -Dguard=text} tries
 * those alone whose name has that text. */
@Timeout(value = 10, unit = TimeUnit.MINUTES) // it only computes, on a machine that may be slow or busy
@ExtendWith(Quiet.class)
class GuardTest {

    private static final int MOST_HISTORIES = Integer.getInteger("histories", 1_000);

    static List<Guard> guards() {
        String only = System.getProperty("guard", "");
        return all().stream().filter(guard -> guard.name().contains(only)).toList();
    }

    private static List<Guard> all() {
        return List.of(
                new Guard(
                        "answers wait for the store",
                        "core/UnitOfWork",
                        "waits &= changed > stored; // else there is nothing to wait for",
                        "waits = false;"),
                new Guard(
                        "a drain's answer waits for the stop to be stored",
                        "core/UnitOfWork",
                        "if (job.turns.heldUntil > stored) {",
                        "if (false) {"),
                new Guard(
                        "what waits is let go once it is stored",
                        "owner/GroupCommit",
                        "if (first == null || first.position() > stored) {",
                        "if (first == null) {"),
                new Guard(
                        "a batch that was not taken is written again",
                        "owner/GroupCommit",
                        "if (done.failed()) {\n            failed(batch, done.cause());\n            return;\n        }",
                        ""),
                new Guard(
                        "one batch at a time",
                        "owner/GroupCommit",
                        "if (writing == null\n                && phase == Phase.OPEN",
                        "if (phase == Phase.OPEN"),
                new Guard(
                        "none overtakes those that are parked",
                        "owner/Owner",
                        "(commits.isFull() || !parked.isEmpty()) // none overtakes those that came before",
                        "commits.isFull()"),
                new Guard(
                        "what is parked has its turn",
                        "owner/Owner",
                        "if (first != null && (isParkedTurn || inbox.isEmpty())) {",
                        "if (false) {"),
                new Guard(
                        "the alarm is set for what is due first",
                        "owner/Owner",
                        "if (due.isEmpty() || (isAlarmSet && alarmNanos - due.getAsLong() <= 0)) {",
                        "if (due.isEmpty() || isAlarmSet) {"),
                new Guard(
                        "drained means that everything is stored",
                        "owner/GroupCommit",
                        "if (action != null && writing == null && engine.pendingRows() == 0 && !series.isDue() && waiting.isEmpty()) {",
                        "if (action != null) {"),
                new Guard(
                        "the limit of what is in flight",
                        "client/RequestChannel",
                        "this.limit = new InFlightLimit<>(\n                config.maxInFlight(),",
                        "this.limit = new InFlightLimit<>(\n                config.maxInFlight() + 1,"),
                new Guard(
                        "callers are answered at their deadline",
                        "client/RequestChannel",
                        "open.add(call);\n        waiting++;\n        setAlarm(call.deadlineNanos);",
                        "open.add(call);\n        waiting++;"),
                new Guard(
                        "no more at once than the concurrency",
                        "core/JobState",
                        "running.size() < limits.concurrency()",
                        "running.size() <= limits.concurrency()"),
                new Guard(
                        "an outcome counts for the attempt that is under way",
                        "core/Attempts",
                        "if (execution == null || !execution.isAt(attempt)) {\n            JobState job",
                        "if (execution == null) {\n            JobState job"),
                new Guard(
                        "an attempt has a time-out",
                        "core/Attempts",
                        "execution.alarm = unit.after(execution.job.definition.timeout(), () -> timedOut(execution));",
                        ""),
                new Guard(
                        "a key is used once",
                        "core/Admission",
                        "if (use != null) {\n                repeat(arrival, use);",
                        "if (false) {\n                repeat(arrival, use);"),
                new Guard(
                        "a repetition waits for the first to be stored",
                        "core/JobCommands",
                        "promised[0] = Math.max(promised[0], arrival.toldOf);",
                        ""),
                new Guard(
                        "what was in flight is tried again", "core/Recovery", "parts.outcomes.crashed(execution);", ""),
                new Guard(
                        "what waits for its time goes on waiting",
                        "core/Recovery",
                        "waiting.forEach(this::placeWaiting);",
                        ""),
                new Guard(
                        "what is due is due by the wall clock",
                        "core/Alarms",
                        "return time - (isByWall ? now.wall().toEpochMilli() : now.nanos()) <= 0;",
                        "return isByWall || time - now.nanos() <= 0;"),
                new Guard(
                        "a worker is left alone that has too much to do",
                        "core/DispatchGates",
                        "if (!workerHold.mayBegin(job)) {",
                        "if (false) {"),
                new Guard(
                        "what is not tried costs no attempt",
                        "core/Outcomes",
                        "execution.takeBackAttempt(beginOf(execution));\n            slots.putBack",
                        "slots.putBack"),
                new Guard(
                        "who waits in line is let in when there is room",
                        "core/Admission",
                        "!isFirst(arrival) || !admit(arrival)",
                        "!admit(arrival)"),
                new Guard("what an execution holds is counted", "core/UnitOfWork", "holdings.changed(execution);", ""),
                new Guard(
                        "a timer goes on",
                        "core/Ticks",
                        "job.ticks.alarm = unit.set(seen.dueNanos, () -> look(job, timer));",
                        ""),
                new Guard(
                        "ticks that are missed over downtime are noticed",
                        "core/Ticks",
                        "missed(job, missed);\n        makeUp(job, missed);\n        boolean isForNothing",
                        "boolean isForNothing"),
                new Guard(
                        "what is skipped is not made up for",
                        "core/Ticks",
                        "case SKIP -> {}",
                        "case SKIP -> take(job, null, isBusy(job));"),
                new Guard(
                        "no more ticks are made up for than the job wants",
                        "core/Ticks",
                        "Math.min(missed, job.definition.trigger().maxMissed())",
                        "missed"),
                new Guard(
                        "a start takes a permit of the rate",
                        "core/DispatchGates",
                        "rate.take(unit.now().nanos());",
                        ""),
                new Guard(
                        "the rate holds up what is queued",
                        "core/DispatchGates",
                        "if (isRateLimited(job) || isShut(job)) {",
                        "if (isShut(job)) {"),
                new Guard(
                        "an open breaker lets nothing through",
                        "core/DispatchGates",
                        "if (isRateLimited(job) || isShut(job)) {",
                        "if (isRateLimited(job)) {"),
                new Guard(
                        "no more at once of a key than its limit",
                        "core/KeyLimiter",
                        "if (throttle.concurrencyByKey() > 0 && state.inFlight >= throttle.concurrencyByKey()) {",
                        "if (false) {"),
                new Guard(
                        "what stands aside is stored without its reason",
                        "core/ExecutionRows",
                        "execution.isAside ? null : execution.note,",
                        "execution.note,"),
                new Guard(
                        "a job that is defined late is there",
                        "core/JobEngine",
                        "jobs.add(job);\n            parts.lifecycle.defined(job);",
                        ""),
                new Guard(
                        "nothing is written of a term that is over",
                        "store/memory/MemoryStore",
                        "if (term < rows.term) {\n                return fenced();\n            }\n            write(batch);",
                        "write(batch);"),
                new Guard("a fenced owner answers nobody with success", "owner/Owner", "become(Ownership.FENCED);", ""),
                new Guard(
                        "a fenced owner does not take what is not stored for stored",
                        "owner/GroupCommit",
                        "default -> {\n                tell(failure);\n                return;\n            }",
                        "default -> {\n                tell(failure);\n                stored = writingPosition;\n                return;\n            }"),
                new Guard(
                        "a fenced owner has its workers end",
                        "owner/EffectRunner",
                        "all.forEach(task -> task.cancel(false));",
                        ""),
                new Guard(
                        "what may be stored is not denied",
                        "owner/Owner",
                        "return isOneStep && !isInDoubt ?",
                        "return isOneStep ?"),
                new Guard(
                        "what was done in part is not denied",
                        "owner/Owner",
                        "submitted.answers().size() == 1;",
                        "true;"),
                new Guard(
                        "an owner at rest finds out that it is fenced",
                        "owner/GroupCommit",
                        "tell(broken(done.cause()));",
                        ""));
    }

    @ParameterizedTest
    @MethodSource("guards")
    void isFoundWhenSwitchedOff(Guard guard, @TempDir Path directory) throws Exception {
        Guard.Found found = guard.find(directory, Histories.class, MOST_HISTORIES);
        System.out.println("GuardTest: | " + guard.name() + " | `" + guard.type() + "` | "
                + (found == null ? "-" : found.seeds() + " | " + found.what()) + " |");
        assertThat(found)
                .as("%s: found within %d histories", guard.name(), MOST_HISTORIES)
                .isNotNull();
    }
}
