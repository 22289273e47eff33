package dev.latido;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import com.tngtech.archunit.core.domain.JavaFieldAccess.AccessType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SliceRule;
import dev.latido.queue.Broker;
import dev.latido.queue.JobQueue;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Which package may import which: data goes round, imports never do. */
@ArchTag("fast")
@AnalyzeClasses(packages = "dev.latido", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** The packages of ours that a package may import, besides itself. */
    private static final Map<String, List<String>> ALLOWED = Map.ofEntries(
            Map.entry("cli", List.of("job", "process", "setting", "text")),
            Map.entry("setting", List.of("process")),
            Map.entry("text", List.of()),
            Map.entry("job", List.of("setting")),
            Map.entry("json", List.of()),
            Map.entry("policy", List.of("setting")),
            Map.entry("process", List.of("text")),
            Map.entry("memory", List.of("setting")),
            Map.entry("loop", List.of()),
            Map.entry("event", List.of("job")),
            Map.entry("room", List.of("job", "setting")),
            Map.entry("queue", List.of("job", "json", "loop", "process", "room", "setting", "text")),
            Map.entry("schedule", List.of("job", "setting")),
            Map.entry("store", List.of("job", "process", "setting")),
            Map.entry("worker", List.of("job", "json", "policy", "queue", "setting")),
            Map.entry("trace", List.of("job", "setting", "worker")),
            Map.entry("protocol", List.of("job", "json", "policy")),
            Map.entry("client", List.of("job", "loop", "policy", "protocol", "setting")),
            Map.entry(
                    "core",
                    List.of(
                            "job",
                            "json",
                            "policy",
                            "memory",
                            "event",
                            "queue",
                            "room",
                            "schedule",
                            "setting",
                            "store",
                            "trace",
                            "protocol")),
            Map.entry(
                    "owner",
                    List.of(
                            "core",
                            "event",
                            "job",
                            "loop",
                            "memory",
                            "move",
                            "process",
                            "protocol",
                            "queue",
                            "series",
                            "store",
                            "trace",
                            "worker")),
            Map.entry("move", List.of("job", "loop", "protocol", "queue", "room")),
            Map.entry("series", List.of("event", "job", "protocol", "store")),
            Map.entry(
                    "http",
                    List.of("client", "protocol", "job", "json", "event", "memory", "process", "setting", "stream")),
            Map.entry("stream", List.of("client", "protocol", "event", "job", "setting")),
            Map.entry("metric", List.of("event", "job", "protocol", "setting")),
            Map.entry("cluster", List.of("setting", "worker")),
            Map.entry(
                    "config",
                    List.of(
                            "client",
                            "cluster",
                            "core",
                            "http",
                            "job",
                            "metric",
                            "json",
                            "memory",
                            "policy",
                            "process",
                            "protocol",
                            "queue",
                            "room",
                            "schedule",
                            "setting",
                            "store",
                            "stream",
                            "trace",
                            "worker")));

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("dev.latido.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule IMPORTS = ALLOWED.entrySet().stream()
            .map(ArchitectureTest::importsOnly)
            .reduce((a, b) -> CompositeArchRule.of(a).and(b))
            .orElseThrow();

    private static ArchRule importsOnly(Map.Entry<String, List<String>> rule) {
        String self = "dev.latido." + rule.getKey() + "..";
        String[] allowed = rule.getValue().stream()
                .map(name -> "dev.latido." + name + "..")
                .toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(self)
                .should()
                .dependOnClassesThat(resideInAPackage("dev.latido..")
                        .and(not(resideInAPackage(self)))
                        .and(not(resideInAnyPackage(allowed))));
    }

    /** Contracts know nothing of what keeps them, and neither does anybody else but the composition root. */
    @ArchTest
    static final ArchRule IMPLEMENTATIONS_OF_ROOMS = onlyForMain("room");

    @ArchTest
    static final ArchRule IMPLEMENTATIONS_OF_STORES = onlyForMain("store");

    @ArchTest
    static final ArchRule IMPLEMENTATIONS_OF_QUEUES = onlyForMain("queue");

    private static ArchRule onlyForMain(String contract) {
        String implementations = "dev.latido." + contract + ".*..";
        return noClasses()
                .that()
                .resideOutsideOfPackages("dev.latido", implementations)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(implementations);
    }

    @ArchTest
    static final ArchRule NEW_PACKAGES_ARE_LISTED_HERE = classes()
            .that()
            .resideInAPackage("dev.latido.*..")
            .should()
            .resideInAnyPackage(Stream.concat(
                            ALLOWED.keySet().stream(),
                            Stream.of(
                                    "queue.rabbitmq",
                                    "queue.redis",
                                    "queue.servicebus",
                                    "queue.storagequeue",
                                    "room.memory",
                                    "store.memory",
                                    "store.sqlite"))
                    .map(name -> "dev.latido." + name)
                    .toArray(String[]::new));

    private static final String CORE = "dev.latido.core";

    /**
     * What closes a cycle of classes in the core and is kept, by the class that needs the others. Both are what is known of one
     * thing: everybody works on them, and each of their parts is private to the class that changes it, nested in that class.
     */
    private static final Map<String, List<String>> KEPT_CYCLES = Map.of(
            "JobState",
            List.of(
                    "Execution", // a job lists its executions, and each of them knows its job
                    "Admission", // State: who waits in line
                    "Deliveries", // State: what comes from its broker
                    "DispatchGates", // State: what holds it up
                    "Handovers", // State: how many results wait for room
                    "Leases", // State: what it has of its broker's
                    "Publications", // State: what goes to its broker
                    "ResultPublications", // State: what of its results goes to a broker
                    "QueueDepths", // State: how much its broker has
                    "SharedTicks", // State: the broker's clock, and what goes to it by that
                    "PendingWrites", // State: whether it is to be written
                    "Ticks", // State: its timer, and what that made
                    "UnitOfWork", // State: what turns noted of it
                    "Waiters", // Line: who waits for its last run to end
                    "WorkerHold", // State: whether its worker wants no work
                    "WorkerWatch", // State: what is known of its worker
                    "KeyLimiter", // its own, which puts its executions aside
                    "SharedBreaker"), // its own or that of several, which has all of them looked at
            "Execution",
            List.of(
                    "Handover", // what brings its result to the next jobs comes from it
                    "Holdings", // Shelf: where it is noted that its texts are long
                    "KeyLimiter", // KeyState: the lane of its key
                    "Waiters")); // Line: who waits for its end

    /** A class and those nested in it are one. */
    @ArchTest
    static final ArchRule NO_OTHER_CYCLES_OF_CLASSES_IN_THE_CORE =
            withoutKept(slices().assignedFrom(new SliceAssignment() {
                        @Override
                        public SliceIdentifier getIdentifierOf(JavaClass type) {
                            return type.getPackageName().equals(CORE)
                                    ? SliceIdentifier.of(outermost(type))
                                    : SliceIdentifier.ignore();
                        }

                        @Override
                        public String getDescription() {
                            return "classes of the core";
                        }
                    })
                    .should()
                    .beFreeOfCycles());

    private static SliceRule withoutKept(SliceRule rule) {
        for (Map.Entry<String, List<String>> kept : KEPT_CYCLES.entrySet()) {
            for (String needed : kept.getValue()) {
                rule = rule.ignoreDependency(partOf(kept.getKey()), partOf(needed));
            }
        }
        return rule;
    }

    /** What is not needed any more is not listed any more. */
    @ArchTest
    static final ArchRule KEPT_CYCLES_ARE_THERE = KEPT_CYCLES.entrySet().stream()
            .flatMap(kept -> kept.getValue().stream()
                    .<ArchRule>map(needed ->
                            classes().that(are(named(kept.getKey()))).should().dependOnClassesThat(partOf(needed))))
            .reduce((a, b) -> CompositeArchRule.of(a).and(b))
            .orElseThrow();

    /**
     * Who sets the fields of an execution, besides itself and what reads it from the store. It has no parts that are private
     * to one class, to stay small.
     */
    private static final Map<String, List<String>> SETTERS = Map.ofEntries(
            Map.entry("trace", List.of("Admission", "Deliveries")),
            Map.entry("origin", List.of("Leases")),
            Map.entry("attempt", List.of("Deliveries")),
            Map.entry("expiresMillis", List.of("Deliveries")),
            Map.entry("use", List.of("Admission", "EndHooks", "Recovery")),
            Map.entry("isTick", List.of("Ticks")),
            Map.entry("tickLagNanos", List.of("Ticks")),
            Map.entry("isOpenTick", List.of("Ticks")),
            Map.entry("isResultCut", List.of("Outcomes")),
            Map.entry(
                    "note",
                    List.of("Attempts", "Deliveries", "Executions", "Handovers", "KeyLimiter", "Slots", "Ticks")),
            Map.entry("error", List.of("DispatchGates", "Handovers", "Slots")),
            Map.entry("sinceNanos", List.of("Attempts")),
            Map.entry("course", List.of("Attempts", "Handovers", "Holds", "Outcomes")),
            Map.entry("dueMillis", List.of("Admission", "CrashQuarantine", "Deliveries", "Executions")),
            Map.entry("alarm", List.of("Admission", "Attempts")),
            Map.entry("key", List.of("Executions", "Recovery")),
            Map.entry("keyState", List.of("KeyLimiter")),
            Map.entry("isAside", List.of("KeyLimiter", "Ticks")),
            Map.entry("watchers", List.of("Waiters")),
            Map.entry("permit", List.of("SharedBreaker")),
            Map.entry("isByFallback", List.of("Attempts")),
            Map.entry("isInside", List.of("Attempts", "DispatchGates", "Outcomes")),
            Map.entry("cancelRequested", List.of("Attempts")),
            Map.entry("progress", List.of("Attempts")),
            Map.entry("isOutOfAttempts", List.of("Outcomes")),
            Map.entry("crashes", List.of("Outcomes")),
            Map.entry("throttled", List.of("Outcomes")),
            Map.entry("handover", List.of("Handovers")),
            Map.entry("heldBytes", List.of("Holdings")),
            Map.entry("shelf", List.of("Holdings")),
            Map.entry("changedIn", List.of("UnitOfWork")),
            Map.entry("isChanged", List.of("PendingWrites")),
            Map.entry("isStored", List.of("PendingWrites")),
            Map.entry("isRowChanged", List.of("PendingWrites")),
            Map.entry("isForgotten", List.of("PendingWrites")));

    @ArchTest
    static final ArchRule FIELDS_OF_EXECUTIONS_HAVE_OWNERS = fields().that()
            .areDeclaredInClassesThat(are(named("Execution")))
            .should(new ArchCondition<JavaField>("be set by their owners") {
                @Override
                public void check(JavaField field, ConditionEvents events) {
                    List<String> owners = SETTERS.getOrDefault(field.getName(), List.of());
                    for (JavaFieldAccess access : field.getAccessesToSelf()) {
                        String by = outermost(access.getOriginOwner());
                        if (access.getAccessType() == AccessType.SET
                                && !by.equals("Execution")
                                && !by.equals("ExecutionRows")) {
                            events.add(new SimpleConditionEvent(access, owners.contains(by), access.getDescription()));
                        }
                    }
                }
            });

    private static DescribedPredicate<JavaClass> named(String name) {
        return DescribedPredicate.describe(
                name,
                type -> type.getPackageName().equals(CORE)
                        && type.getSimpleName().equals(name));
    }

    private static DescribedPredicate<JavaClass> partOf(String name) {
        return DescribedPredicate.describe(
                "part of " + name,
                type -> type.getPackageName().equals(CORE) && outermost(type).equals(name));
    }

    private static String outermost(JavaClass type) {
        return type.getEnclosingClass().map(ArchitectureTest::outermost).orElseGet(type::getSimpleName);
    }

    private static final String[] PURE = {
        "dev.latido.core..",
        "dev.latido.job..",
        "dev.latido.policy..",
        "dev.latido.room..",
        "dev.latido.schedule..",
        "dev.latido.series.."
    };

    /** What decides does nothing else: no I/O, no threads, no Vert.x, no log. */
    @ArchTest
    static final ArchRule PURE_CORE = noClasses()
            .that()
            .resideInAnyPackage(PURE)
            .should()
            .dependOnClassesThat(resideInAnyPackage(
                            "io.vertx..",
                            "io.netty..",
                            "io.micrometer..",
                            "org.slf4j..",
                            "java.io..",
                            "java.nio.channels..",
                            "java.nio.file..",
                            "java.net..",
                            "java.util.concurrent..",
                            "dev.latido.worker..")
                    .and(not(type(TimeUnit.class))));

    /** Its values are for the core, the calls are not. */
    @ArchTest
    static final ArchRule QUEUES_ARE_CALLED_BY_THE_OWNER = noClasses()
            .that()
            .resideInAPackage("dev.latido.core..")
            .should()
            .dependOnClassesThat(are(type(JobQueue.class)).or(type(Broker.class)));

    /** Time is an argument everywhere but where the clocks are. */
    @ArchTest
    static final ArchRule NO_CLOCK_IN_THE_CORE = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.latido.core..",
                    "dev.latido.policy..",
                    "dev.latido.room..",
                    "dev.latido.schedule..",
                    "dev.latido.series..",
                    "dev.latido.event..")
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

    /** What is due at a broker is so by the broker's clock: one of a process may be wrong by minutes. */
    @ArchTest
    static final ArchRule NO_WALL_CLOCK_IN_QUEUES = noClasses()
            .that()
            .resideInAPackage("dev.latido.queue..")
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule HAZELCAST_IN_ONE_PLACE = onlyIn("com.hazelcast..", "dev.latido.cluster..");

    /** They may change with any version of Vert.x. */
    @ArchTest
    static final ArchRule INTERNALS_OF_THE_BUS_IN_ONE_PLACE =
            onlyIn("io.vertx.core.eventbus.impl..", "dev.latido.cluster..");

    @ArchTest
    static final ArchRule CONFIG_LIBRARY_IN_ONE_PLACE = onlyIn("io.vertx.config..", "dev.latido.config..");

    @ArchTest
    static final ArchRule REDIS_IN_ONE_PLACE = onlyIn("io.vertx.redis..", "dev.latido.queue.redis..");

    @ArchTest
    static final ArchRule RABBITMQ_IN_ONE_PLACE = onlyIn("com.rabbitmq..", "dev.latido.queue.rabbitmq..");

    @ArchTest
    static final ArchRule AMQP_IN_ONE_PLACE = onlyIn("io.vertx.proton..", "dev.latido.queue.servicebus..");

    @ArchTest
    static final ArchRule ITS_ENGINE_TOO = onlyIn("org.apache.qpid..", "dev.latido.queue.servicebus..");

    @ArchTest
    static final ArchRule JDBC_IN_ONE_PLACE = onlyIn("java.sql..", "dev.latido.store.sqlite..");

    @ArchTest
    static final ArchRule YAML_IN_ONE_PLACE = onlyIn("org.yaml..", "dev.latido.config..");

    @ArchTest
    static final ArchRule BUCKETS_IN_ONE_PLACE = onlyIn("io.github.bucket4j..", "dev.latido.policy..");

    @ArchTest
    static final ArchRule BREAKERS_IN_ONE_PLACE = onlyIn("io.github.resilience4j..", "dev.latido.policy..");

    @ArchTest
    static final ArchRule HISTOGRAMS_IN_ONE_PLACE = onlyIn("org.HdrHistogram..", "dev.latido.series..");

    @ArchTest
    static final ArchRule WEB_IN_ONE_PLACE = noClasses()
            .that()
            .resideOutsideOfPackages("dev.latido.http..", "dev.latido.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.vertx.ext..");

    @ArchTest
    static final ArchRule WORKERS_ARE_WEB_CLIENTS_ONLY = noClasses()
            .that()
            .resideInAPackage("dev.latido.worker..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.vertx.ext..")
                    .and(not(resideInAnyPackage("io.vertx.ext.web.client..", "io.vertx.ext.web.codec.."))));

    @ArchTest
    static final ArchRule MICROMETER_IN_ONE_PLACE = noClasses()
            .that()
            .resideOutsideOfPackages("dev.latido.metric..", "dev.latido")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..");

    /** A service must not load what only the command line needs, and the other way round. */
    @ArchTest
    static final ArchRule COMMAND_LINE_FOR_MAIN_ALONE = noClasses()
            .that()
            .resideOutsideOfPackage("dev.latido.cli..")
            .and()
            .doNotHaveFullyQualifiedName("dev.latido.Main")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.latido.cli..");

    @ArchTest
    static final ArchRule COMMAND_LINE_STARTS_LIGHT = noClasses()
            .that()
            .resideInAPackage("dev.latido.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..", "org.slf4j..", "java.net.http..");

    @ArchTest
    static final ArchRule PICOCLI_IN_ONE_PLACE = onlyIn("picocli..", "dev.latido.cli..");

    private static ArchRule onlyIn(String library, String home) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(home)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }

    @ArchTest
    static final ArchRule NAMES = noClasses()
            .should()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Impl");
}
