package dev.latido.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Moment;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an expression means: its days and times, where the clocks never change. Where they do is another test. */
@Tag("fast")
class CronTest {

    private static List<LocalDateTime> due(String expression, String from, int count) {
        Cron cron = new Cron(expression, ZoneOffset.UTC);
        List<LocalDateTime> due = new ArrayList<>();
        Instant at = Instant.parse(from);
        for (int i = 0; i < count; i++) {
            Moment now = new Moment(at, 0);
            at = cron.start(now).next(now).orElseThrow();
            due.add(LocalDateTime.ofInstant(at, ZoneOffset.UTC));
        }
        return due;
    }

    /** Returns the days on which an expression is due from Friday 27 November 2026 on, as in {@code "Sun 29 Nov 26"}. */
    private static String days(String expression, int count) {
        return due(expression, "2026-11-27T12:00:00Z", count).stream()
                .map(at -> String.format(Locale.ENGLISH, "%ta %<te %<tb %<ty", at))
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # the last day, with others
            0 0 0 L * ?          | Mon 30 Nov 26, Thu 31 Dec 26, Sun 31 Jan 27, Sun 28 Feb 27
            0 0 0 15,L * ?       | Mon 30 Nov 26, Tue 15 Dec 26, Thu 31 Dec 26, Fri 15 Jan 27
            0 0 L,30 * *         | Mon 30 Nov 26, Wed 30 Dec 26, Thu 31 Dec 26, Sat 30 Jan 27
            0 0 L-2,l * *        | Sat 28 Nov 26, Mon 30 Nov 26, Tue 29 Dec 26, Thu 31 Dec 26
            0 0 L-28 2 *         | Tue 1 Feb 28, Sun 1 Feb 32
            0 0 0 L-30 * ?       | Tue 1 Dec 26, Fri 1 Jan 27, Mon 1 Mar 27, Sat 1 May 27
            # the weekday nearest to a day of the same month; none where the month has no such day
            0 0 0 31W * ?        | Thu 31 Dec 26, Fri 29 Jan 27, Wed 31 Mar 27, Mon 31 May 27
            0 0 0 30W * ?        | Mon 30 Nov 26, Wed 30 Dec 26, Fri 29 Jan 27, Tue 30 Mar 27
            0 0 0 29W * ?        | Mon 30 Nov 26, Tue 29 Dec 26, Fri 29 Jan 27, Mon 29 Mar 27
            0 0 0 15W,31W * ?    | Tue 15 Dec 26, Thu 31 Dec 26, Fri 15 Jan 27, Fri 29 Jan 27
            0 0 1W 5-8 ?         | Mon 3 May 27, Tue 1 Jun 27, Thu 1 Jul 27, Mon 2 Aug 27
            0 0 1w,15W,3 5 *     | Mon 3 May 27, Fri 14 May 27, Mon 1 May 28
            0 0 LW 1-5 *         | Fri 29 Jan 27, Fri 26 Feb 27, Wed 31 Mar 27, Fri 30 Apr 27, Mon 31 May 27
            # ranges that go round
            0 0 0 1 NOV-FEB ?    | Tue 1 Dec 26, Fri 1 Jan 27, Mon 1 Feb 27, Mon 1 Nov 27
            0 0 1 nov-feb/2 *    | Fri 1 Jan 27, Mon 1 Nov 27, Sat 1 Jan 28
            0 0 0 30-3 * ?       | Mon 30 Nov 26, Tue 1 Dec 26, Wed 2 Dec 26, Thu 3 Dec 26, Wed 30 Dec 26
            0 0 30-3/2 * *       | Mon 30 Nov 26, Tue 1 Dec 26, Thu 3 Dec 26, Wed 30 Dec 26, Fri 1 Jan 27
            30 22 * * SUN-THU    | Sun 29 Nov 26, Mon 30 Nov 26, Tue 1 Dec 26, Wed 2 Dec 26, Thu 3 Dec 26, Sun 6 Dec 26
            0 30 22 * * SUN-THU  | Sun 29 Nov 26, Mon 30 Nov 26, Tue 1 Dec 26, Wed 2 Dec 26, Thu 3 Dec 26, Sun 6 Dec 26
            0 0 * * 5-1          | Sat 28 Nov 26, Sun 29 Nov 26, Mon 30 Nov 26, Fri 4 Dec 26
            0 0 9 ? * FRI-MON/2  | Sun 29 Nov 26, Fri 4 Dec 26, Sun 6 Dec 26
            0 9 * * FRI-MON/2    | Sun 29 Nov 26, Fri 4 Dec 26, Sun 6 Dec 26
            0 0 * * SAT-SUN      | Sat 28 Nov 26, Sun 29 Nov 26, Sat 5 Dec 26
            0 0 * * 6-0          | Sat 28 Nov 26, Sun 29 Nov 26, Sat 5 Dec 26
            0 0 * * 7-2          | Sun 29 Nov 26, Mon 30 Nov 26, Tue 1 Dec 26, Sun 6 Dec 26
            0 0 * * 5-7          | Sat 28 Nov 26, Sun 29 Nov 26, Fri 4 Dec 26
            # Sunday is 0 and 7
            0 0 * * 0            | Sun 29 Nov 26, Sun 6 Dec 26
            0 0 * * 7            | Sun 29 Nov 26, Sun 6 Dec 26
            0 0 0 ? * 7#1        | Sun 6 Dec 26, Sun 3 Jan 27
            0 0 * * */2          | Sat 28 Nov 26, Sun 29 Nov 26, Tue 1 Dec 26, Thu 3 Dec 26
            0 0 * * 1/2          | Sun 29 Nov 26, Mon 30 Nov 26, Wed 2 Dec 26, Fri 4 Dec 26
            # weekdays of a month
            0 0 0 ? * MON#1,FRIL | Mon 7 Dec 26, Fri 25 Dec 26, Mon 4 Jan 27, Fri 29 Jan 27
            0 0 * * 1#5          | Mon 30 Nov 26, Mon 29 Mar 27
            0 0 * * 6l,3         | Sat 28 Nov 26, Wed 2 Dec 26
            # both day fields: either is enough, unless one begins with *
            0 0 13 * 5           | Fri 4 Dec 26, Fri 11 Dec 26, Sun 13 Dec 26, Fri 18 Dec 26
            0 0 0 13 * 5         | Fri 4 Dec 26, Fri 11 Dec 26, Sun 13 Dec 26, Fri 18 Dec 26
            0 0 */2 * 1          | Mon 7 Dec 26, Mon 21 Dec 26, Mon 11 Jan 27
            0 0 0 */2 * 1        | Mon 7 Dec 26, Mon 21 Dec 26, Mon 11 Jan 27
            0 0 1-6 * */2        | Tue 1 Dec 26, Thu 3 Dec 26, Sat 5 Dec 26, Sun 6 Dec 26, Sat 2 Jan 27
            0 0 *,13 * 5         | Fri 4 Dec 26, Fri 11 Dec 26
            0 9 1-31 * 1         | Sat 28 Nov 26, Sun 29 Nov 26, Mon 30 Nov 26
            0 0 13,* * 5         | Sat 28 Nov 26, Sun 29 Nov 26, Mon 30 Nov 26
            0 0 ? * 5            | Fri 4 Dec 26, Fri 11 Dec 26
            0 0 13 * ?           | Sun 13 Dec 26, Wed 13 Jan 27
            0 0 0 ? * ?          | Sat 28 Nov 26, Sun 29 Nov 26
            # rare, but there
            0 0 29 2 *           | Tue 29 Feb 28, Sun 29 Feb 32
            0 0 29 2 1#5         | Tue 29 Feb 28, Sun 29 Feb 32
            0 0 */28 2 1#5       | Mon 29 Feb 44, Mon 29 Feb 72, Mon 29 Feb 12
            # numbers with zeros before them, blanks
            00 000 01 01 *       | Fri 1 Jan 27
            """)
    void isDueOnTheseDays(String expression, String expected) {
        assertThat(days(expression, expected.split(",").length)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 22-3 * * *         | 00:00 01:00 02:00 03:00 22:00 23:00
            0 22-3/2 * * *       | 00:00 02:00 22:00
            50-10/10 0 * * *     | 00:00 00:10 00:50
            0 20/2 * * *         | 20:00 22:00
            0 3-3 * * *          | 03:00
            0 0-23/6 * * *       | 00:00 06:00 12:00 18:00
            */40 1 * * *         | 01:00 01:40
            */60 */12 * * *      | 00:00 12:00
            5,10-12,1 7,9-10/5 * * * | 07:01 07:05 07:10 07:11 07:12 09:01 09:05 09:10 09:11 09:12
            58-1/3 59 23 * * *   | 23:59:01 23:59:58
            30 59 23 * * *       | 23:59:30
            """)
    void isDueAtTheseTimesOfADay(String expression, String expected) {
        List<String> due = due(expression, "2026-01-01T23:59:59Z", expected.split(" ").length + 1).stream()
                .map(at -> at.toLocalTime().toString())
                .toList();
        assertThat(due.subList(0, due.size() - 1)).containsExactly(expected.split(" "));
        assertThat(due.get(due.size() - 1)).as("next day").isEqualTo(due.get(0));
    }

    @ParameterizedTest
    @CsvSource({
        "@yearly,   0 0 1 1 *",
        "@annually, 0 0 1 1 *",
        "@monthly,  0 0 1 * *",
        "@weekly,   0 0 * * 0",
        "@daily,    0 0 * * *",
        "@Midnight, 0 0 * * *",
        "@hourly,   0 * * * *"
    })
    void takesNicknames(String nickname, String expression) {
        assertThat(due(nickname, "2026-01-10T00:00:00Z", 5)).isEqualTo(due(expression, "2026-01-10T00:00:00Z", 5));
        assertThat(new Cron(nickname, ZoneOffset.UTC).describe()).isEqualTo("cron " + nickname + " Z");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 0 32 * *        | day of month: 32 is not from 1 to 31
            0 0 0 * *         | day of month: 0 is not from 1 to 31
            60 * * * *        | minute: 60 is not from 0 to 59
            0 0 1-32 * *      | day of month: 32 is not from 1 to 31
            99 * * * * *      | second: 99 is not from 0 to 59
            * 24 * * *        | hour: 24 is not from 0 to 23
            * * * 13 *        | month: 13 is not from 1 to 12
            * * * * 8         | day of week: 8 is not from 0 to 7
            99999999999 * * * * | minute: 99999999999 is not from 0 to 59
            -1 * * * *        | minute: '-1' is not understood; values are 0 to 59
            +1 * * * *        | minute: '+1' is not understood; values are 0 to 59
            1.5 * * * *       | minute: '1.5' is not understood; values are 0 to 59
            1,,2 * * * *      | minute: '' is not understood; values are 0 to 59
            1, * * * *        | minute: '' is not understood; values are 0 to 59
            5-1-2 * * * *     | minute: '5-1-2' is not understood; values are 0 to 59
            *-5 * * * *       | minute: '*-5' is not understood; values are 0 to 59
            *5 * * * *        | minute: '*5' is not understood; values are 0 to 59
            1/2/3 * * * *     | minute: '1/2/3' is not understood; values are 0 to 59
            1/2-5 * * * *     | minute: step 2-5 is not from 1 to 60
            */0 * * * *       | minute: step 0 is not from 1 to 60
            */90 * * * *      | minute: step 90 is not from 1 to 60
            * */25 * * *      | hour: step 25 is not from 1 to 24
            * * * * */8       | day of week: step 8 is not from 1 to 7
            */ * * * *        | minute: step  is not from 1 to 60
            /5 * * * *        | minute: there is nothing before the step in /5; write */5
            * * * MAYBE *     | month: 'MAYBE' is not understood; values are 1 to 12, JAN to DEC
            * * * MON *       | month: 'MON' is not understood; values are 1 to 12, JAN to DEC
            L * * * *         | minute: 'L' is not understood; values are 0 to 59
            * * 15W-20W * *   | day of month: '15W-20W' is not understood; values are 1 to 31, L, L-1 to L-30, LW, 1W to 31W
            * * L-3W * *      | day of month: 'L-3W' is not understood; values are 1 to 31, L, L-1 to L-30, LW, 1W to 31W
            * * 32W * *       | day of month: 32 is not from 1 to 31
            * * L-0 * *       | day of month: 0 in L-0 is not from 1 to 30
            0 0 L-31 2 *      | day of month: 31 in L-31 is not from 1 to 30
            0 0 0 ? * 1#6     | day of week: 6 in 1#6 is not from 1 to 5
            0 0 0 ? * 1#0     | day of week: 0 in 1#0 is not from 1 to 5
            0 0 0 ? * 8#1     | day of week: 8 is not from 0 to 7
            0 0 * * MON-FRI#1 | day of week: 'MON-FRI#1' is not understood; values are 0 to 7 (both are Sunday), SUN to SAT, and these with L, or #1 to #5, behind them
            0 0 0 ? * L       | day of week: L alone, which is Saturday in Quartz, is not known here; write SAT, or SATL for the last one of the month
            0 ? * * * *       | minute: ? can only leave out the day of month or the day of week
            0 12 * * ? *      | month: ? can only leave out the day of month or the day of week
            0 0 ?,3 * *       | day of month: '?' is not understood; values are 1 to 31, L, L-1 to L-30, LW, 1W to 31W
            * * * *           | a cron expression has 5 fields, or 6 with seconds, and this one has 4
            0 0 12 ? * 2-6 2027 | a cron expression has 5 fields, or 6 with seconds, and this one has 7; leave out the last if it is the year, as in Quartz
            @reboot           | a nickname is one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly
            @every 5m         | a nickname is one of @annually, @daily, @hourly, @midnight, @monthly, @weekly, @yearly
            0 0 * * frı       | it has characters that are not ASCII
            """)
    void saysWhatIsWrong(String expression, String problem) {
        assertThatThrownBy(() -> new Cron(expression, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(problem);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 30 2 *",
                "0 0 31 4,6,9,11 *",
                "0 0 0 31 2-4/2 ?",
                "0 0 L-29 2 *",
                "0 0 0 30W 2 ?",
                "0 0 0 31W 4,6 ?",
                "0 0 */31 2 1#5", // the 1st is not the fifth Monday
                "0 0 0 */16 * FRI#5" // nor is the 17th the fifth Friday
            })
    void refusesWhatIsNeverDue(String expression) {
        assertThatThrownBy(() -> new Cron(expression, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("it is never due: no such time ever comes");
    }

    @Test
    void refusesWhatIsDueOnlyInTheHourThatAZoneLeavesOut() {
        ZoneId cairo = ZoneId.of("Africa/Cairo"); // where the last Friday of April begins at 01:00

        assertThatThrownBy(() -> new Cron("0 */24 * 4 5L", cairo)).hasMessageStartingWith("it is never due");
        assertThat(new Cron("0 0 * 4 5L", cairo).describe()).isNotEmpty(); // made up for
    }

    @Test
    void hasABoundForTheLength() {
        String minutes = IntStream.range(0, 60).mapToObj(Integer::toString).collect(Collectors.joining(","));
        assertThat(due(minutes + " " + minutes + " * * * *", "2026-01-10T00:00:00Z", 2))
                .hasSize(2);

        assertThatThrownBy(() -> new Cron("0,".repeat(500) + "0 * * * *", ZoneOffset.UTC))
                .hasMessage("it has 1009 characters; 1000 are allowed");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 0 0 13 * 5    | it is due on days that the day of month (13) or the day of week (5) names, as without seconds; earlier versions took only those that both name. ? leaves out a field
            0 0 */2 * 1     | it is due only on days that the day of month (*/2) and the day of week (1) both name, as one of them begins with *; earlier versions took those that either names
            0 0 12 ? * 2-6  | its day of week (2-6) counts from 1 for Monday, with 0 and 7 for Sunday; in Quartz it would count from 1 for Sunday. Names such as MON-FRI mean the same in both
            0 0 12 ? * 6L   | its day of week (6L) counts from 1 for Monday, with 0 and 7 for Sunday; in Quartz it would count from 1 for Sunday. Names such as MON-FRI mean the same in both
            0 0 12 * * 6#3  | its day of week (6#3) counts from 1 for Monday, with 0 and 7 for Sunday; in Quartz it would count from 1 for Sunday. Names such as MON-FRI mean the same in both
            0 0 0 1 * SUN,3L | it is due on days that the day of month (1) or the day of week (SUN,3L) names, as without seconds; earlier versions took only those that both name. ? leaves out a field. Also, its day of week (SUN,3L) counts from 1 for Monday, with 0 and 7 for Sunday; in Quartz it would count from 1 for Sunday. Names such as MON-FRI mean the same in both
            """)
    void warnsOfWhatItsAuthorMayNotExpect(String expression, String warning) {
        assertThat(new Cron(expression, ZoneOffset.UTC).warning()).contains(warning);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 13 * 5",
                "0 9 1-31 * 1",
                "0 0 */2 * *",
                "0 0 0 */2 * 1", // both had to match before, too
                "0 0 0 13 * ?",
                "0 0 0 13 * *",
                "0 0 0 15,L * ?",
                "0 30 2 * * MON-FRI",
                "0 30 2 * * 1-5",
                "0 0 12 ? * MON-FRI/2",
                "0 0 12 ? * FRI#2",
                "0 0 12 ? * 1-7",
                "0 0 12 ? * *",
                "0 12 * * 6L",
                "* * * * * *",
                "@daily"
            })
    void doesNotWarnOfTheRest(String expression) {
        assertThat(new Cron(expression, ZoneOffset.UTC).warning()).isEmpty();
    }
}
