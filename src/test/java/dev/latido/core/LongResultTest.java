package dev.latido.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.core.JobDefinition.BreakerUse;
import dev.latido.core.JobDefinition.WhileOpen;
import dev.latido.event.Event;
import dev.latido.job.ExecutionState;
import dev.latido.job.Outcome;
import dev.latido.job.ResultBound;
import dev.latido.job.RetryPolicy;
import dev.latido.job.RetryPolicy.Backoff;
import dev.latido.policy.BreakerConfig;
import dev.latido.protocol.Command;
import dev.latido.protocol.Counted;
import dev.latido.protocol.ExecutionPage;
import dev.latido.protocol.ExecutionView;
import dev.latido.protocol.FailureFilter;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of an execution whose result is longer than its job keeps. */
@Tag("fast")
class LongResultTest {

    private static final int MAX = 8;
    private static final Outcome LONGEST = new Outcome.Success("12345678");
    private static final Outcome TOO_LONG = new Outcome.Success("123456789");
    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Repeats, has a fallback and a breaker that opens at two failures. */
    private static JobDefinition job(String... next) {
        return JobDefinition.named("job")
                .withNext(next)
                .withResults(new ResultBound(MAX))
                .with(job -> {
                    job.hasFallback = true;
                    job.retry = new RetryPolicy(3, Backoff.FIXED, PAUSE, PAUSE, false);
                    job.breaker = new BreakerUse(
                            "job",
                            new BreakerConfig(2, 2, 50, 100, Duration.ofDays(1), Duration.ofSeconds(30), 1),
                            WhileOpen.WAIT);
                });
    }

    private final EngineHarness alone = EngineHarness.of(job());
    private final EngineHarness chain = EngineHarness.of(job("next"), JobDefinition.named("next"));

    private static ExecutionView ended(EngineHarness harness, Outcome outcome) {
        harness.start("job");
        ExecutionView accepted = harness.add("job", "1");
        harness.end(outcome);
        return harness.get(accepted.id());
    }

    @Test
    void theLongestResultIsWhole() {
        ExecutionView ended = ended(chain, LONGEST);
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.result()).isEqualTo("12345678");
        assertThat(ended.isResultCut()).isFalse();
        assertThat(ended.note()).isNull();
    }

    @Test
    void aLongerOneIsCutAndTheExecutionSucceeds() {
        ExecutionView ended = ended(alone, TOO_LONG);
        assertThat(ended.state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(ended.result()).isEqualTo("\"12345678…\"");
        assertThat(ended.isResultCut()).isTrue();
        assertThat(ended.note()).isEqualTo("the result is longer than 8 characters and was cut off");
        assertThat(ended.error()).isNull();
    }

    @Test
    void aPartIsNotHandedOnAndTheWorkIsNotDoneAgain() {
        ExecutionView ended = ended(chain, TOO_LONG);
        chain.pass(Duration.ofHours(1));
        assertThat(ended.state()).isEqualTo(ExecutionState.FAILED);
        assertThat(ended.error())
                .isEqualTo("result-too-long: the work is done, but its result has more than 8 characters (maxResult),"
                        + " and a part of it is not handed to next");
        assertThat(ended.result()).isEqualTo("\"12345678…\"");
        assertThat(ended.isResultCut()).isTrue();
        assertThat(ended.failures()).isEmpty();
        assertThat(chain.performs).hasSize(1);
        assertThat(chain.events(Event.AttemptFailed.class)).isEmpty();
        assertThat(chain.job("job").counters()).containsEntry("failed", 1L).containsEntry("retried", 0L);
        assertThat(chain.job("next").counters()).containsEntry("accepted", 0L);
    }

    /** The worker works. */
    @Test
    void theBreakerCountsASuccess() {
        for (int i = 0; i < 5; i++) {
            ended(chain, TOO_LONG);
        }
        assertThat(chain.events(Event.BreakerChanged.class)).isEmpty();
        assertThat(chain.performs).hasSize(5);
    }

    @Test
    void theFallbacksResultHasTheSameBound() {
        chain.start("job");
        ExecutionView accepted = chain.add("job", "1");
        chain.end(new Outcome.Failure("no", true, null));
        assertThat(chain.performs).extracting(Effect.Perform::byFallback).containsExactly(false, true);
        chain.end(TOO_LONG);
        assertThat(chain.get(accepted.id()).state()).isEqualTo(ExecutionState.FAILED);
        assertThat(chain.get(accepted.id()).error()).startsWith("result-too-long: ");
    }

    @Test
    void aRetryByHandDoesTheWorkAgain() {
        chain.start("next");
        ExecutionView first = ended(chain, TOO_LONG);
        chain.send(new Command.Retry(first.id(), Command.NO_DEADLINE));
        ExecutionView again = chain.get(first.id());
        assertThat(again.state()).isEqualTo(ExecutionState.RUNNING);
        assertThat(again.result()).isNull();
        assertThat(again.isResultCut()).isFalse();
        chain.end(LONGEST);
        assertThat(chain.get(first.id()).state()).isEqualTo(ExecutionState.SUCCEEDED);
        assertThat(chain.get(first.id()).isResultCut()).isFalse();
        assertThat(chain.payloads()).containsExactly("1", "1", "12345678");
    }

    @Test
    void isFoundByItsError() {
        ended(chain, TOO_LONG);
        Counted counted = (Counted) chain.send(new Command.RetryFailed(
                "job", new FailureFilter("result-too-long", null, null), true, Command.NO_DEADLINE));
        assertThat(counted.matched()).isEqualTo(1);
    }

    @Test
    void isStillCutAfterARestart() {
        ExecutionView ended = ended(chain, TOO_LONG);
        EngineHarness next = chain.crash(PAUSE);
        assertThat(next.get(ended.id())).isEqualTo(ended);
    }

    @Test
    void listsDoNotShowIt() {
        ExecutionView ended = ended(alone, TOO_LONG);
        ExecutionPage page = (ExecutionPage)
                alone.send(new Command.ListExecutions("job", ExecutionState.SUCCEEDED, null, 9, Command.NO_DEADLINE));
        assertThat(page.executions()).singleElement().satisfies(listed -> {
            assertThat(listed.id()).isEqualTo(ended.id());
            assertThat(listed.result()).isNull();
            assertThat(listed.isResultCut()).isFalse();
        });
    }
}
