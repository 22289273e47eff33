package dev.latido.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Moment;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the clocks change: in spring, in autumn, by an hour and by half of one, at night and at midnight. */
@Tag("fast")
class DaylightSavingTest {

    /** Returns the occurrences after {@code from} and before {@code to}, as local times with their offsets. */
    private static List<String> occurrences(String expression, String zone, String from, String to) {
        ZoneId id = ZoneId.of(zone);
        Instant at = ZonedDateTime.parse(from).toInstant();
        Instant end = ZonedDateTime.parse(to).toInstant();
        Timer timer = new Cron(expression, id).start(new Moment(at, 0));
        List<String> found = new ArrayList<>();
        long nanos = 0;
        while (true) {
            nanos += Duration.ofSeconds(1).toNanos();
            Instant next = timer.next(new Moment(at, nanos)).orElseThrow();
            if (!next.isBefore(end)) {
                return found;
            }
            found.add(next.atZone(id).toOffsetDateTime().toString());
            assertThat(timer.look(new Moment(next, nanos)).due()).isTrue();
        }
    }

    // Madrid: on 29 March 2026 it is 02:00 +01:00 and then 03:00 +02:00; on 25 October 03:00 +02:00 and then 02:00
    // +01:00.
    // New York: on 8 March 02:00 -05:00 and then 03:00 -04:00; on 1 November 02:00 -04:00 and then 01:00 -05:00.
    // Lord Howe: on 4 October 02:00 +10:30 and then 02:30 +11:00; on 5 April 02:00 +11:00 and then 01:30 +10:30.
    // Cairo: on 24 April 00:00 +02:00 and then 01:00 +03:00; on 30 October 00:00 +03:00 and then 23:00 +02:00 on the
    // 29th.
    // Berlin: as Madrid. Apia: on 30 December 2011 it is 00:00 -10:00 and then 00:00 +14:00 on the 31st.
    @ParameterizedTest(name = "{0} in {1}: {4}")
    @CsvSource(delimiter = '|', textBlock = """
            # a time of the day that is left out is due once, when the clocks have changed
            30 2 * * *      | Europe/Madrid       | 2026-03-28T12:00+01:00 | 2026-03-30T12:00+02:00 | 2026-03-29T03:00+02:00 2026-03-30T02:30+02:00
            0 3 * * *       | Europe/Madrid       | 2026-03-28T12:00+01:00 | 2026-03-30T12:00+02:00 | 2026-03-29T03:00+02:00 2026-03-30T03:00+02:00
            0 2,3 * * *     | Europe/Madrid       | 2026-03-28T12:00+01:00 | 2026-03-29T12:00+02:00 | 2026-03-29T03:00+02:00
            0 1,4 * * *     | Europe/Madrid       | 2026-03-28T12:00+01:00 | 2026-03-29T12:00+02:00 | 2026-03-29T01:00+01:00 2026-03-29T04:00+02:00
            15,45 2 * * *   | America/New_York    | 2026-03-07T12:00-05:00 | 2026-03-08T12:00-04:00 | 2026-03-08T03:00-04:00
            15 2 * * *      | Australia/Lord_Howe | 2026-10-03T12:00+10:30 | 2026-10-04T12:00+11:00 | 2026-10-04T02:30+11:00
            45 2 * * *      | Australia/Lord_Howe | 2026-10-03T12:00+10:30 | 2026-10-04T12:00+11:00 | 2026-10-04T02:45+11:00
            0 0 * * *       | Africa/Cairo        | 2026-04-23T12:00+02:00 | 2026-04-25T12:00+03:00 | 2026-04-24T01:00+03:00 2026-04-25T00:00+03:00
            # a time of the day that comes twice is due the first time
            30 2 * * *      | Europe/Madrid       | 2026-10-24T12:00+02:00 | 2026-10-26T12:00+01:00 | 2026-10-25T02:30+02:00 2026-10-26T02:30+01:00
            0 2 * * *       | Europe/Madrid       | 2026-10-24T12:00+02:00 | 2026-10-25T12:00+01:00 | 2026-10-25T02:00+02:00
            0 3 * * *       | Europe/Madrid       | 2026-10-24T12:00+02:00 | 2026-10-25T12:00+01:00 | 2026-10-25T03:00+01:00
            0,30 1-2 * * *  | America/New_York    | 2026-10-31T12:00-04:00 | 2026-11-01T12:00-05:00 | 2026-11-01T01:00-04:00 2026-11-01T01:30-04:00 2026-11-01T02:00-05:00 2026-11-01T02:30-05:00
            45 1 * * *      | Australia/Lord_Howe | 2026-04-04T12:00+11:00 | 2026-04-05T12:00+10:30 | 2026-04-05T01:45+11:00
            30 23 * * *     | Africa/Cairo        | 2026-10-29T12:00+03:00 | 2026-10-31T12:00+02:00 | 2026-10-29T23:30+03:00 2026-10-30T23:30+02:00
            0,30 2-3 * * *  | Europe/Madrid       | 2026-10-25T02:10+01:00 | 2026-10-25T04:00+01:00 | 2026-10-25T03:00+01:00 2026-10-25T03:30+01:00
            0 0/2 * * *     | Europe/Berlin       | 2026-10-24T23:30+02:00 | 2026-10-25T05:00+01:00 | 2026-10-25T00:00+02:00 2026-10-25T02:00+02:00 2026-10-25T04:00+01:00
            0 0-23/1 * * *  | Europe/Berlin       | 2026-10-25T00:30+02:00 | 2026-10-25T04:00+01:00 | 2026-10-25T01:00+02:00 2026-10-25T02:00+02:00 2026-10-25T03:00+01:00
            0 3,* * * *     | Europe/Berlin       | 2026-10-25T00:30+02:00 | 2026-10-25T04:00+01:00 | 2026-10-25T01:00+02:00 2026-10-25T02:00+02:00 2026-10-25T03:00+01:00
            0 0/2 * * *     | Europe/Berlin       | 2026-03-28T23:30+01:00 | 2026-03-29T05:00+02:00 | 2026-03-29T00:00+01:00 2026-03-29T03:00+02:00 2026-03-29T04:00+02:00
            15 2 L 3 *      | Europe/Berlin       | 2024-03-01T00:00+01:00 | 2024-04-01T00:00+02:00 | 2024-03-31T03:00+02:00
            30 2 * * *      | Pacific/Apia        | 2011-12-28T12:00-10:00 | 2012-01-01T00:00+14:00 | 2011-12-29T02:30-10:00 2011-12-31T00:00+14:00 2011-12-31T02:30+14:00
            0 9 30 12 *     | Pacific/Apia        | 2010-12-31T12:00-11:00 | 2012-12-31T00:00+14:00 | 2011-12-31T00:00+14:00 2012-12-30T09:00+14:00
            # what is about elapsed time is due whenever the clocks show it
            0 */2 * * *     | Europe/Berlin       | 2026-10-24T23:30+02:00 | 2026-10-25T05:00+01:00 | 2026-10-25T00:00+02:00 2026-10-25T02:00+02:00 2026-10-25T02:00+01:00 2026-10-25T04:00+01:00
            0 0 */2 * * *   | Europe/Berlin       | 2026-10-24T23:30+02:00 | 2026-10-25T05:00+01:00 | 2026-10-25T00:00+02:00 2026-10-25T02:00+02:00 2026-10-25T02:00+01:00 2026-10-25T04:00+01:00
            0 *,3 * * *     | Europe/Berlin       | 2026-10-25T00:30+02:00 | 2026-10-25T04:00+01:00 | 2026-10-25T01:00+02:00 2026-10-25T02:00+02:00 2026-10-25T02:00+01:00 2026-10-25T03:00+01:00
            45 */2 25 10 ?  | Europe/Berlin       | 2026-10-25T02:50+02:00 | 2026-10-25T05:00+01:00 | 2026-10-25T02:45+01:00 2026-10-25T04:45+01:00
            0 */2 * * *     | Europe/Berlin       | 2026-03-28T23:30+01:00 | 2026-03-29T05:00+02:00 | 2026-03-29T00:00+01:00 2026-03-29T04:00+02:00
            0 */12 * * *    | Pacific/Apia        | 2011-12-29T06:00-10:00 | 2011-12-31T18:00+14:00 | 2011-12-29T12:00-10:00 2011-12-31T00:00+14:00 2011-12-31T12:00+14:00
            @hourly         | Europe/Berlin       | 2026-10-25T01:30+02:00 | 2026-10-25T03:30+01:00 | 2026-10-25T02:00+02:00 2026-10-25T02:00+01:00 2026-10-25T03:00+01:00
            # with each hour it keeps its step
            */30 * * * *    | Europe/Madrid       | 2026-03-29T01:00+01:00 | 2026-03-29T04:01+02:00 | 2026-03-29T01:30+01:00 2026-03-29T03:00+02:00 2026-03-29T03:30+02:00 2026-03-29T04:00+02:00
            */30 * * * *    | Europe/Madrid       | 2026-10-25T01:30+02:00 | 2026-10-25T03:01+01:00 | 2026-10-25T02:00+02:00 2026-10-25T02:30+02:00 2026-10-25T02:00+01:00 2026-10-25T02:30+01:00 2026-10-25T03:00+01:00
            0 * * * *       | America/New_York    | 2026-11-01T00:00-04:00 | 2026-11-01T03:01-05:00 | 2026-11-01T01:00-04:00 2026-11-01T01:00-05:00 2026-11-01T02:00-05:00 2026-11-01T03:00-05:00
            10 */1 * * *    | America/New_York    | 2026-03-08T00:30-05:00 | 2026-03-08T05:00-04:00 | 2026-03-08T01:10-05:00 2026-03-08T03:10-04:00 2026-03-08T04:10-04:00
            */20 * * * *    | Australia/Lord_Howe | 2026-04-05T01:20+11:00 | 2026-04-05T02:21+10:30 | 2026-04-05T01:40+11:00 2026-04-05T01:40+10:30 2026-04-05T02:00+10:30 2026-04-05T02:20+10:30
            */30 * * * * *  | Europe/Madrid       | 2026-03-29T01:59:10+01:00 | 2026-03-29T03:01+02:00 | 2026-03-29T01:59:30+01:00 2026-03-29T03:00+02:00 2026-03-29T03:00:30+02:00
            """)
    void isDue(String expression, String zone, String from, String to, String expected) {
        assertThat(String.join(" ", occurrences(expression, zone, from, to))).isEqualTo(expected);
    }

    @Test
    void dailyJobRunsOnceADayInEveryZoneForAYear() {
        for (String zone : ZoneId.getAvailableZoneIds()) {
            ZoneOffsetTransition change =
                    ZoneId.of(zone).getRules().nextTransition(Instant.parse("2026-01-01T00:00:00Z"));
            if (change == null || change.getInstant().isAfter(Instant.parse("2027-01-01T00:00:00Z"))) {
                continue;
            }
            List<String> days = occurrences("30 2 * * *", zone, "2026-01-01T12:00Z", "2027-01-01T12:00Z");
            assertThat(days.size()).as(zone).isBetween(364, 366);
            assertThat(days.stream().map(day -> day.substring(0, 10)).distinct())
                    .as(zone)
                    .hasSameSizeAs(days);
        }
    }

    @Test
    void jobOfEveryMinuteHasAStepOfAMinuteAcrossBothChanges() {
        for (String zone : List.of("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")) {
            for (String[] day : new String[][] {
                {"2026-03-08T00:00Z", "2026-03-09T00:00Z"},
                {"2026-03-28T12:00Z", "2026-03-29T12:00Z"},
                {"2026-04-04T00:00Z", "2026-04-06T00:00Z"},
                {"2026-04-23T12:00Z", "2026-04-24T12:00Z"},
                {"2026-10-03T00:00Z", "2026-10-05T00:00Z"},
                {"2026-10-24T12:00Z", "2026-10-25T12:00Z"},
                {"2026-10-29T12:00Z", "2026-10-30T12:00Z"},
                {"2026-11-01T00:00Z", "2026-11-02T00:00Z"}
            }) {
                List<String> minutes = occurrences("* * * * *", zone, day[0], day[1]);
                Duration length = Duration.between(ZonedDateTime.parse(day[0]), ZonedDateTime.parse(day[1]));
                assertThat(minutes).as(zone + " " + day[0]).hasSize((int) length.toMinutes() - 1);
            }
        }
    }
}
