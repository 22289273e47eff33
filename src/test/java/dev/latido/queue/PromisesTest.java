package dev.latido.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.room.FullMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What people read of each kind of broker is what the code goes by. */
@Tag("fast")
class PromisesTest {

    private static final Map<String, Function<Capabilities, String>> ROWS = new LinkedHashMap<>();

    static {
        ROWS.put("on disk before the answer", can -> word(can.durable()));
        ROWS.put("lease", can -> word(can.lease()));
        ROWS.put("work of a dead process", can -> word(can.atDeath()));
        ROWS.put("own work after a restart at once", can -> yes(can.ownAfterRestart()));
        ROWS.put("a late settlement is refused", can -> yes(can.fencedSettlement()));
        ROWS.put("leases outlive an outage", can -> yes(can.keptOverOutage()));
        ROWS.put("what is given back counts as delivered", can -> yes(can.countsReleases()));
        ROWS.put("order", can -> word(can.order()));
        ROWS.put("longest delay", can -> days(can.maxDelay()));
        ROWS.put("keys are known for up to", can -> days(can.dedup()));
        ROWS.put("messages may expire by themselves", can -> yes(can.mayExpire()));
        ROWS.put("dead letters", can -> word(can.deadLetters()));
        ROWS.put("tried later", can -> word(can.later()));
        ROWS.put("largest payload", can -> Integer.toString(can.maxPayloadBytes()));
        ROWS.put("bound", can -> word(can.bound()));
        ROWS.put(
                "full modes",
                can -> can.fullModes().stream().map(FullMode::wireName).sorted().collect(Collectors.joining(", ")));
        ROWS.put("exact depth", can -> yes(can.exactDepth()));
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String yes(boolean value) {
        return value ? "yes" : "no";
    }

    private static String days(Duration time) {
        return time.isZero() ? "never" : time.toDays() + " d";
    }

    @Test
    void theTableIsWhatTheCodeGoesBy() throws Exception {
        List<BrokerType> types = List.of(BrokerType.values());
        Stream<String> header = Stream.of(row("", types.stream().map(BrokerType::wireName)), "|---|---|---|---|---|");
        Stream<String> rows = ROWS.entrySet().stream()
                .map(each -> row(
                        each.getKey(),
                        types.stream().map(BrokerType::capabilities).map(each.getValue())));
        String table = Stream.of(header, rows)
                .flatMap(each -> each)
                .map(line -> line + "\n")
                .collect(Collectors.joining());
        assertThat(Files.readString(Path.of("docs/queues.md"))).contains(table);
    }

    private static String row(String name, Stream<String> cells) {
        return Stream.concat(Stream.of(name), cells)
                .map(cell -> cell.isEmpty() ? " " : " " + cell + " ")
                .collect(Collectors.joining("|", "|", "|"));
    }

    @Test
    void eachKindHasANameOfItsOwn() {
        assertThat(Arrays.stream(BrokerType.values()).map(BrokerType::wireName))
                .containsExactly("redis", "rabbitmq", "service-bus", "storage-queue");
    }
}
