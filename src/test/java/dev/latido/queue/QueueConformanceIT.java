package dev.latido.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Shows what each engine keeps of what a queue can promise: runs {@link JobQueueContract} for each and prints a table. A test may
 * be left out only where the engine's record says that it does not promise that; a server that is not there is no reason.
 * {@code -Dengines=all}, or names with commas between them; without it only the engine of the simulated world, as the others are run
 * by the tests of their packages with each build.
 */
class QueueConformanceIT {

    private static final Map<String, String> SUITES = new LinkedHashMap<>();

    static {
        SUITES.put("memory", "dev.latido.queue.memory.MemoryQueueTest");
        SUITES.put(BrokerType.REDIS.wireName(), "dev.latido.queue.redis.RedisQueueTest");
        SUITES.put(BrokerType.RABBITMQ.wireName(), "dev.latido.queue.rabbitmq.RabbitQueueTest");
        SUITES.put(BrokerType.SERVICE_BUS.wireName(), "dev.latido.queue.servicebus.ServiceBusQueueTest");
        SUITES.put(BrokerType.STORAGE_QUEUE.wireName(), "dev.latido.queue.storagequeue.StorageQueueTest");
    }

    /** What became of one test. */
    private record Verdict(String word, @Nullable String problem) {}

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void everyEngineKeepsWhatItsRecordPromises() throws Exception {
        List<String> engines = engines();
        Map<String, Map<String, Verdict>> verdicts = new LinkedHashMap<>();
        engines.forEach(engine -> verdicts.put(engine, run(SUITES.getOrDefault(engine, ""))));
        List<String> promises = Arrays.stream(JobQueueContract.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                .map(Method::getName)
                .sorted()
                .toList();
        List<String> problems = new ArrayList<>();
        Verdict missing = new Verdict("not run", "it was not run");
        System.out.println(table(promises, verdicts, missing));
        verdicts.forEach((engine, of) -> promises.forEach(promise -> {
            String problem = of.getOrDefault(promise, missing).problem();
            if (problem != null) {
                problems.add(engine + ": " + promise + ": " + problem);
            }
        }));
        assertThat(problems).isEmpty();
    }

    private static List<String> engines() {
        String asked = System.getProperty("engines", "memory");
        List<String> engines = asked.equals("all") ? List.copyOf(SUITES.keySet()) : List.of(asked.split(","));
        assertThat(SUITES.keySet()).as("-Dengines").containsAll(engines);
        return engines;
    }

    private static Map<String, Verdict> run(String suite) {
        Map<String, Verdict> verdicts = new ConcurrentHashMap<>();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(suite))
                                .build(),
                        new TestExecutionListener() {
                            @Override
                            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                                test.getSource()
                                        .filter(MethodSource.class::isInstance)
                                        .ifPresent(source ->
                                                verdicts.put(((MethodSource) source).getMethodName(), verdict(result)));
                            }
                        });
        return new TreeMap<>(verdicts);
    }

    private static Verdict verdict(TestExecutionResult result) {
        String why = result.getThrowable().map(String::valueOf).orElse("");
        return switch (result.getStatus()) {
            case SUCCESSFUL -> new Verdict("yes", null);
            case ABORTED ->
                why.contains(JobQueueContract.NOT_PROMISED)
                        ? new Verdict("not promised", null)
                        : new Verdict("left out", "left out: " + why);
            case FAILED -> new Verdict("NO", why);
        };
    }

    private static String table(List<String> promises, Map<String, Map<String, Verdict>> verdicts, Verdict missing) {
        StringBuilder table = new StringBuilder("| promise | ")
                .append(String.join(" | ", verdicts.keySet()))
                .append(" |\n|---|")
                .append("---|".repeat(verdicts.size()));
        for (String promise : promises) {
            table.append("\n| ")
                    .append(inWords(promise))
                    .append(verdicts.values().stream()
                            .map(of -> of.getOrDefault(promise, missing).word())
                            .collect(Collectors.joining(" | ", " | ", " |")));
        }
        return table.toString();
    }

    private static String inWords(String name) {
        return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
    }
}
