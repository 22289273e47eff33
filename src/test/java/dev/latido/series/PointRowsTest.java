package dev.latido.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.protocol.SeriesMeasure;
import dev.latido.protocol.SeriesRange;
import dev.latido.store.NewPoints;
import dev.latido.store.StoredPoints;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class PointRowsTest {

    private static final long MINUTE = 29_000_000;

    private final Map<String, Line> lines = new TreeMap<>();
    private final Map<String, Line> read = new HashMap<>();
    private final Map<String, Long> since = new HashMap<>();

    private Line line(String job) {
        return Objects.requireNonNull(lines.get(job));
    }

    private void fill(String job, SeriesRange range, Random random) {
        Line line = lines.computeIfAbsent(job, name -> new Line(random.nextInt(1_000)));
        long first = MINUTE * 60 / range.stepSeconds();
        for (int i = 0; i < 60 / range.stepSeconds(); i++) {
            Point point = new Point();
            if (random.nextInt(4) > 0) {
                for (SeriesMeasure measure : SeriesMeasure.values()) {
                    boolean isUnknown = measure.isTime() && random.nextBoolean();
                    point.set(measure, isUnknown ? Float.NaN : random.nextInt(3) * 1_234_567);
                }
            }
            line.ring(range).put(first + i, point);
        }
    }

    private void read(StoredPoints row) {
        PointRows.read(row, (job, when) -> {
            since.put(job, when);
            return job.equals("unwanted") ? null : read.computeIfAbsent(job, name -> new Line(when));
        });
    }

    @Test
    void readsBackWhatItWrote() {
        for (SeriesRange range : SeriesRange.values()) {
            Random random = new Random(range.points());
            lines.clear();
            read.clear();
            for (String job : new String[] {"", "a", "unwanted", "x".repeat(64)}) {
                fill(job, range, random);
            }
            NewPoints written = PointRows.write(range, MINUTE, lines);
            assertThat(written.row().minuteMillis()).isEqualTo(MINUTE * 60_000);
            assertThat(written.keptFromMillis())
                    .isEqualTo(MINUTE * 60_000 - 1_000L * range.stepSeconds() * range.points());

            read(written.row());

            assertThat(read).containsOnlyKeys("", "a", "x".repeat(64));
            long first = MINUTE * 60 / range.stepSeconds();
            read.forEach((job, line) -> {
                for (long number = first - 1; number <= first + 60 / range.stepSeconds(); number++) {
                    for (SeriesMeasure measure : SeriesMeasure.values()) {
                        assertThat(line.ring(range).at(number, measure))
                                .as("%s of %s at %d", measure, job, number)
                                .isEqualTo(Float.valueOf(line(job).ring(range).at(number, measure)));
                    }
                }
                assertThat(since.get(job)).isEqualTo(line(job).sinceMillis());
            });
        }
    }

    /** Each of its bytes is changed in turn, and it is cut at each. */
    @Test
    void refusesWhatIsNotAsItWasWritten() {
        fill("a", SeriesRange.DAY, new Random(3));
        StoredPoints row = PointRows.write(SeriesRange.DAY, MINUTE, lines).row();
        byte[] data = new byte[row.data().remaining()];
        row.data().get(data);
        for (int i = 0; i < data.length; i++) {
            byte[] other = data.clone();
            other[i] ^= 4;
            refuses(other);
            byte[] shorter = new byte[i];
            System.arraycopy(data, 0, shorter, 0, i);
            refuses(shorter);
        }
    }

    private void refuses(byte[] data) {
        StoredPoints row = new StoredPoints(60, MINUTE * 60_000, ByteBuffer.wrap(data));
        assertThatThrownBy(() -> read(row)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsBackWhatFailed() {
        Instant now = Instant.ofEpochSecond(MINUTE * 60);
        for (String job : new String[] {"a", "unwanted", "b"}) {
            Line line = lines.computeIfAbsent(job, name -> new Line(7));
            for (int i = 0; i < 30; i++) {
                line.failures().add(job + " \u4e16 " + "x".repeat(i), now.toEpochMilli() - 3_600_000L * (30 - i));
            }
        }
        lines.put("none", new Line(8));
        StoredPoints row = PointRows.writeFailures(MINUTE, lines).row();

        read(row);

        assertThat(read).containsOnlyKeys("a", "b", "none");
        read.forEach((job, line) -> assertThat(line.failures().view(now))
                .isEqualTo(line(job).failures().view(now)));
        assertThat(Objects.requireNonNull(read.get("a")).failures().view(now)).hasSize(20);
    }

    @Test
    void takesNextToNothingForAJobWithNothingToDo() {
        for (int i = 0; i < 100; i++) {
            Line line = new Line(1);
            lines.put("job-" + i, line);
            line.endFine(MINUTE * 12, MINUTE * 60_000 + 5_000);
        }
        assertThat(PointRows.write(SeriesRange.HOUR, MINUTE, lines).row().data().remaining())
                .isLessThan(100 * 50);
    }
}
