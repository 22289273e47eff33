package dev.latido.series;

import static dev.latido.series.Looks.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.latido.job.ExecutionState;
import dev.latido.protocol.FailureGroup;
import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import dev.latido.protocol.SeriesView;
import dev.latido.store.StoredPoints;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class SeriesRecorderTest {

    private static final Duration STEP = SeriesRecorder.STEP;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final float UNKNOWN = Float.NaN;

    private final Looks looks = new Looks();
    private final Instant begun = looks.now;

    private List<Float> fine(@Nullable String job, SeriesMeasure measure) {
        return values(looks.view(job, SeriesRange.HOUR), measure);
    }

    private List<Float> coarse(@Nullable String job, SeriesMeasure measure) {
        return values(looks.view(job, SeriesRange.DAY), measure);
    }

    private void succeed(String job, int times, Duration took) {
        for (int i = 0; i < times; i++) {
            looks.ended(job, ExecutionState.SUCCEEDED, took);
        }
    }

    @Test
    void saysWhatHappenedAndHowThingsStand() {
        Looks.Job mail = looks.job("mail");
        looks.job("idle");
        mail.accepted = 1_000; // of a process before
        looks.look();

        succeed("mail", 3, Duration.ofMillis(20));
        looks.ended("mail", ExecutionState.FAILED, Duration.ofMillis(30));
        looks.ended("mail", ExecutionState.CANCELLED, null);
        looks.ended("mail", ExecutionState.DROPPED, null);
        looks.retried("mail", Duration.ofMillis(10));
        looks.began("mail", Duration.ofSeconds(2));
        mail.accepted += 7;
        mail.queued = 4;
        mail.inFlight = 2;
        mail.oldestMillis = looks.now.minusSeconds(1).toEpochMilli();
        looks.pass(STEP);
        mail.oldestMillis = 0;
        looks.pass(STEP);

        SeriesView view = looks.view("mail", SeriesRange.HOUR);
        assertThat(view.job()).isEqualTo("mail");
        assertThat(view.since()).isEqualTo(begun);
        assertThat(view.from()).isEqualTo(begun);
        assertThat(values(view, SeriesMeasure.SUCCEEDED)).containsExactly(3f, 0f);
        assertThat(values(view, SeriesMeasure.FAILED)).containsExactly(1f, 0f);
        assertThat(values(view, SeriesMeasure.OTHER_ENDS)).containsExactly(2f, 0f);
        assertThat(values(view, SeriesMeasure.RETRIED)).containsExactly(1f, 0f);
        assertThat(values(view, SeriesMeasure.ACCEPTED)).containsExactly(7f, 0f);
        assertThat(values(view, SeriesMeasure.QUEUED)).containsExactly(4f, 4f);
        assertThat(values(view, SeriesMeasure.IN_FLIGHT)).containsExactly(2f, 2f);
        assertThat(values(view, SeriesMeasure.OLDEST).get(0)).isCloseTo(6_000f, Percentage.withPercentage(0.2));
        assertThat(values(view, SeriesMeasure.OLDEST).get(1)).isZero();
        assertThat(values(view, SeriesMeasure.RUN_P50).get(0)).isCloseTo(20f, Percentage.withPercentage(7));
        assertThat(values(view, SeriesMeasure.RUN_P99).get(0)).isCloseTo(30f, Percentage.withPercentage(7));
        assertThat(values(view, SeriesMeasure.WAIT_P95).get(0)).isCloseTo(2_000f, Percentage.withPercentage(7));
        assertThat(values(view, SeriesMeasure.WAIT_P95).get(1)).isNaN();
        assertThat(fine(null, SeriesMeasure.ACCEPTED)).as("of all").containsExactly(7f, 0f);
        assertThat(fine("idle", SeriesMeasure.SUCCEEDED)).containsExactly(0f, 0f);
    }

    @Test
    void addsUpAllJobs() {
        Looks.Job a = looks.job("a");
        Looks.Job b = looks.job("b");
        looks.look();
        a.queued = 3;
        a.oldestMillis = looks.now.toEpochMilli();
        b.queued = 4;
        b.oldestMillis = looks.now.minusSeconds(25).toEpochMilli();
        b.inFlight = 1;
        a.accepted = 2;
        b.accepted = 3;
        succeed("a", 1, Duration.ofMillis(1));
        succeed("b", 2, Duration.ofMillis(100));
        Looks.Job late = looks.job("late"); // defined since
        late.accepted = 9;
        looks.pass(STEP);

        assertThat(fine(null, SeriesMeasure.QUEUED)).containsExactly(7f);
        assertThat(fine(null, SeriesMeasure.IN_FLIGHT)).containsExactly(1f);
        assertThat(fine(null, SeriesMeasure.SUCCEEDED)).containsExactly(3f);
        assertThat(fine(null, SeriesMeasure.ACCEPTED)).containsExactly(14f);
        assertThat(fine(null, SeriesMeasure.OLDEST).get(0)).isCloseTo(30_000f, Percentage.withPercentage(0.2));
        assertThat(fine(null, SeriesMeasure.RUN_P50).get(0)).isCloseTo(100f, Percentage.withPercentage(7));
    }

    @Test
    void makesMinutesOfTheirFinePointsAndTheirPercentilesOfAllThatHappened() {
        looks.job("a");
        looks.look();
        for (int i = 0; i < 12; i++) { // once 99 that are slow, then eleven times one that is fast
            succeed("a", i == 0 ? 99 : 1, i == 0 ? Duration.ofSeconds(1) : Duration.ofMillis(1));
            looks.job("a").queued = i;
            assertThat(coarse("a", SeriesMeasure.SUCCEEDED))
                    .as("before its end")
                    .isEmpty();
            looks.pass(STEP);
        }

        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(110f);
        assertThat(coarse("a", SeriesMeasure.QUEUED)).containsExactly(11f);
        assertThat(coarse("a", SeriesMeasure.RUN_P50).get(0))
                .as("the median of 110, not of twelve medians")
                .isCloseTo(1_000f, Percentage.withPercentage(7));
        looks.pass(MINUTE);
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(110f, 0f);
        assertThat(coarse("a", SeriesMeasure.RUN_P50).get(1)).isNaN();
    }

    @Test
    void keepsAnHourAndADay() {
        looks.job("a");
        looks.look();
        looks.pass(Duration.ofHours(25));

        assertThat(looks.view("a", SeriesRange.HOUR).points()).isEqualTo(720);
        assertThat(looks.view("a", SeriesRange.HOUR).from()).isEqualTo(looks.now.minus(Duration.ofHours(1)));
        assertThat(looks.view("a", SeriesRange.DAY).points()).isEqualTo(1_440);
        assertThat(looks.view("a", SeriesRange.DAY).from()).isEqualTo(looks.now.minus(Duration.ofHours(24)));
        assertThat(looks.stored())
                .as("rows, those of the latest minute included")
                .hasSize(61 + 1_441);
    }

    @Test
    void givesOnlyWhatIsNewToWhomHasTheRest() {
        looks.job("a");
        looks.look();
        looks.pass(MINUTE);
        Instant last = looks.now.minus(STEP);

        SeriesView more = looks.recorder.view("a", SeriesRange.HOUR, last.minus(STEP), looks.now);
        assertThat(more.from()).isEqualTo(last);
        assertThat(more.points()).isEqualTo(1);
        assertThat(looks.recorder.view("a", SeriesRange.HOUR, last, looks.now).points())
                .isZero();
        assertThat(looks.recorder
                        .view("a", SeriesRange.HOUR, Instant.MAX, looks.now)
                        .points())
                .isZero();
    }

    @Test
    void marksATimeWhenNobodyLooked() {
        looks.job("a");
        looks.look();
        succeed("a", 1, Duration.ofMillis(1));
        looks.pass(STEP);
        looks.now = looks.now.plusSeconds(15); // the process stood still
        succeed("a", 2, Duration.ofMillis(1));
        looks.pass(STEP);

        assertThat(fine("a", SeriesMeasure.SUCCEEDED)).containsExactly(1f, UNKNOWN, UNKNOWN, UNKNOWN, 2f);
        assertThat(fine("a", SeriesMeasure.QUEUED)).containsExactly(0f, UNKNOWN, UNKNOWN, UNKNOWN, 0f);
        looks.pass(Duration.ofSeconds(35));
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED))
                .as("what is known of it")
                .containsExactly(3f);
        looks.now = looks.now.plusSeconds(150);
        looks.pass(Duration.ofSeconds(30));
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(3f, UNKNOWN, UNKNOWN, 0f);
    }

    @Test
    void endsAMinuteWhoseEndWasSleptThrough() {
        looks.job("a");
        looks.look();
        succeed("a", 5, Duration.ofMillis(1));
        looks.pass(STEP);
        looks.now = looks.now.plusSeconds(115);
        looks.pass(MINUTE);

        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(5f, UNKNOWN, 0f);
        assertThat(coarse("a", SeriesMeasure.RUN_P50).get(2))
                .as("of another minute")
                .isNaN();
    }

    @Test
    void takesALookThatComesALittleEarlyOrLateForTheNextPoint() {
        looks.job("a");
        looks.look();
        looks.now = begun.plusMillis(4_990);
        looks.look();
        looks.now = begun.plusMillis(5_001);
        succeed("a", 1, Duration.ofMillis(1));
        looks.look();
        looks.now = begun.plusMillis(11_800);
        looks.look();

        assertThat(fine("a", SeriesMeasure.SUCCEEDED)).containsExactly(0f, 1f);
    }

    @Test
    void forgetsWhatHasNotBeenYetOnceTheClockIsSetBack() {
        looks.job("a");
        looks.look();
        for (int i = 1; i <= 24; i++) {
            succeed("a", i, Duration.ofMillis(1));
            looks.pass(STEP);
        }
        looks.now = looks.now.minusSeconds(60);
        succeed("a", 100, Duration.ofMillis(1));
        looks.pass(STEP);

        assertThat(fine("a", SeriesMeasure.SUCCEEDED)).hasSize(13).endsWith(11f, 12f, 100f);
        looks.pass(MINUTE);
        assertThat(looks.stored())
                .extracting(StoredPoints::minuteMillis)
                .allMatch(minute -> minute < looks.now.toEpochMilli());
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(78f, 100f);
    }

    @Test
    void outlivesAKillWithAGap() {
        looks.job("a");
        looks.look();
        succeed("a", 6, Duration.ofMillis(20));
        looks.pass(MINUTE.plusSeconds(30)); // half a minute is not stored yet
        looks.now = looks.now.plusSeconds(60);
        looks.restart();
        succeed("a", 1, Duration.ofMillis(1));
        looks.pass(Duration.ofSeconds(30));

        List<Float> fine = fine("a", SeriesMeasure.SUCCEEDED);
        assertThat(fine).hasSize(12 + 18 + 6);
        assertThat(fine.get(0)).isEqualTo(6);
        assertThat(fine.subList(12, 30)).containsOnly(UNKNOWN);
        assertThat(fine.subList(30, 36)).containsExactly(1f, 0f, 0f, 0f, 0f, 0f);
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(6f, UNKNOWN, 1f);
        assertThat(coarse("a", SeriesMeasure.RUN_P95).get(0)).isCloseTo(20f, Percentage.withPercentage(7));
        assertThat(looks.view("a", SeriesRange.HOUR).since()).isEqualTo(begun);
        assertThat(looks.view(null, SeriesRange.DAY).since()).isEqualTo(begun);
    }

    @Test
    void losesNothingAtAnEndThatWasTold() {
        looks.job("a");
        looks.look();
        succeed("a", 6, Duration.ofMillis(1));
        looks.pass(Duration.ofSeconds(25));
        looks.restartInOrder();
        succeed("a", 1, Duration.ofMillis(1));
        looks.pass(Duration.ofSeconds(35));

        assertThat(fine("a", SeriesMeasure.SUCCEEDED)).hasSize(12).doesNotContain(UNKNOWN);
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(7f);
        looks.now = looks.now.plus(Duration.ofHours(30));
        looks.restart();
        assertThat(fine("a", SeriesMeasure.SUCCEEDED)).as("too old").isEmpty();
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).isEmpty();
    }

    @Test
    void groupsWhatFailedAndRemembersIt() {
        looks.job("a");
        looks.look();
        looks.failed("a", "order 1 is unknown");
        looks.retried("a", Duration.ofMillis(1));
        looks.pass(MINUTE);
        looks.failed("a", "order 2 is unknown");
        looks.pass(Duration.ofSeconds(5));
        looks.restartInOrder();

        assertThat(looks.view("a", SeriesRange.DAY).failures())
                .extracting(FailureGroup::kind, FailureGroup::count, FailureGroup::firstSeen)
                .containsExactly(tuple("order # is unknown", 2L, begun), tuple("it failed", 1L, begun));
        assertThat(looks.view(null, SeriesRange.DAY).failures()).isEmpty();
        looks.failed("a", null);
        assertThat(looks.view("a", SeriesRange.HOUR).failures().get(0).error()).isEqualTo("no reason given");
        assertThat(looks.stored())
                .filteredOn(row -> row.stepSeconds() == PointRows.FAILURES)
                .hasSize(1);
    }

    @Test
    void forgetsJobsThatAreNotThereAnyMore() {
        looks.job("a");
        looks.job("b");
        looks.look();
        looks.pass(MINUTE);
        looks.jobs.remove("a");
        looks.restart();

        assertThat(looks.recorder.kept()).containsExactly("b");
        assertThat(fine("b", SeriesMeasure.SUCCEEDED)).hasSize(12);
    }

    @Test
    void goesOnWithoutRowsThatMakeNoSense() {
        looks.job("a");
        looks.look();
        looks.pass(MINUTE.multipliedBy(2));
        SeriesRecorder next = new SeriesRecorder();
        for (StoredPoints row : looks.stored()) {
            StoredPoints none = new StoredPoints(row.stepSeconds(), row.minuteMillis(), ByteBuffer.allocate(9));
            StoredPoints other = new StoredPoints(7, row.minuteMillis(), row.data());
            assertThatThrownBy(() -> next.restore(none)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> next.restore(other)).isInstanceOf(IllegalArgumentException.class);
            next.restore(row);
        }
        looks.recorder = next;
        looks.look();
        assertThat(coarse("a", SeriesMeasure.SUCCEEDED)).containsExactly(0f, 0f);
    }

    private List<String> keptOf(int jobs) {
        List<String> all =
                IntStream.range(0, jobs).mapToObj("job-%05d"::formatted).toList();
        all.forEach(looks::job);
        return all;
    }

    @Test
    void keepsTheMostActiveOfManyOnceItKnowsThem() {
        List<String> all = keptOf(1_000);
        looks.look();
        assertThat(looks.recorder.kept()).as("nobody knows better yet").isEqualTo(all.subList(0, 100));
        assertThat(looks.view("job-00999", SeriesRange.HOUR).since()).isNull();
        for (int i = 0; i < 12; i++) {
            all.subList(900, 1_000).forEach(job -> succeed(job, 3, Duration.ofMillis(1)));
            looks.pass(STEP);
        }

        assertThat(looks.recorder.kept()).isEqualTo(all.subList(900, 1_000));
        assertThat(looks.view("job-00999", SeriesRange.HOUR).since()).isEqualTo(looks.now);
        assertThat(looks.view("job-00000", SeriesRange.HOUR).since()).isNull();
        assertThat(fine("job-00000", SeriesMeasure.SUCCEEDED)).isEmpty();
        succeed("job-00950", 2, Duration.ofMillis(1));
        looks.pass(STEP);
        assertThat(fine("job-00950", SeriesMeasure.SUCCEEDED)).containsExactly(2f);
        float ofAll = fine(null, SeriesMeasure.SUCCEEDED).get(0);
        assertThat(ofAll)
                .as("that of jobs whose points are not kept is among all")
                .isEqualTo(300);
    }

    @Test
    void keepsThoseThatNeedSomebodyOrWereLookedAtBeforeTheActive() {
        List<String> all = keptOf(300);
        looks.look();
        looks.job("job-00200").isDegraded = true;
        looks.job("job-00210").hasFailures = true;
        looks.view("job-00220", SeriesRange.HOUR);
        for (int i = 0; i < 12; i++) {
            all.subList(0, 150).forEach(job -> succeed(job, 9, Duration.ofMillis(1)));
            looks.pass(STEP);
        }

        assertThat(looks.recorder.kept()).hasSize(100).contains("job-00200", "job-00210", "job-00220");
        looks.job("job-00200").isDegraded = false;
        looks.job("job-00210").hasFailures = false;
        for (int i = 0; i < 12; i++) {
            all.subList(0, 150).forEach(job -> succeed(job, 9, Duration.ofMillis(1)));
            looks.pass(STEP);
        }
        assertThat(looks.recorder.kept()).hasSize(100).contains("job-00220").doesNotContain("job-00200", "job-00210");
        looks.pass(Duration.ofHours(1));
        succeed("job-00290", 1, Duration.ofMillis(1));
        looks.pass(MINUTE);
        assertThat(looks.recorder.kept()).contains("job-00290");
        for (int i = 0; i < 12; i++) {
            all.subList(0, 150).forEach(job -> succeed(job, 9, Duration.ofMillis(1)));
            looks.pass(STEP);
        }
        assertThat(looks.recorder.kept()).doesNotContain("job-00220");
    }

    @Test
    void changesTheChoiceOnceAMinute() {
        List<String> all = keptOf(300);
        looks.look();
        List<String> first = looks.recorder.kept();
        for (int i = 0; i < 11; i++) {
            all.subList(200, 300).forEach(job -> succeed(job, 9, Duration.ofMillis(1)));
            looks.pass(STEP);
            assertThat(looks.recorder.kept()).isEqualTo(first);
        }
        looks.pass(STEP);
        assertThat(looks.recorder.kept()).isEqualTo(all.subList(200, 300));
    }

    @Test
    void holdsNoMoreThanItMay() {
        List<String> all = keptOf(10_000);
        looks.look();
        for (int i = 0; i < 2_000; i++) {
            looks.view(all.get(i), SeriesRange.HOUR);
        }
        for (int i = 0; i < 24; i++) {
            all.forEach(job -> succeed(job, 1, Duration.ofMillis(1)));
            looks.pass(STEP);
            assertThat(looks.recorder.kept()).hasSize(100);
        }
        assertThat(looks.stored()).hasSize(4).allMatch(row -> row.data().remaining() < 65_000);
    }
}
