package dev.latido;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.CompositeArchRule;
import java.util.List;
import java.util.Map;

/** Which package may import which: data goes round, imports never do. */
@AnalyzeClasses(packages = "dev.latido", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    /** The packages of ours that a package may import, besides itself. */
    private static final Map<String, List<String>> ALLOWED = Map.ofEntries(
            Map.entry("job", List.of()),
            Map.entry("limit", List.of()),
            Map.entry("outcome", List.of("job")),
            Map.entry("event", List.of("job", "outcome")),
            Map.entry("worker", List.of("job", "outcome", "limit")),
            Map.entry("command", List.of("job", "limit")),
            Map.entry("control", List.of("job", "limit", "outcome", "event", "worker", "command")),
            Map.entry("http", List.of("command", "job", "event")),
            Map.entry("metric", List.of("event", "job", "outcome")),
            Map.entry("cluster", List.of()),
            Map.entry("config", List.of("cluster", "command", "http", "job", "worker")));

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
                        .and(com.tngtech.archunit.base.DescribedPredicate.not(resideInAPackage(self)))
                        .and(com.tngtech.archunit.base.DescribedPredicate.not(resideInAnyPackage(allowed))));
    }

    @ArchTest
    static final ArchRule NEW_PACKAGES_ARE_LISTED_HERE = classes()
            .that()
            .resideInAPackage("dev.latido.*..")
            .should()
            .resideInAnyPackage(
                    ALLOWED.keySet().stream().map(name -> "dev.latido." + name).toArray(String[]::new));

    @ArchTest
    static final ArchRule PURE_PACKAGES = noClasses()
            .that()
            .resideInAnyPackage("dev.latido.job..", "dev.latido.limit..", "dev.latido.outcome..")
            .or()
            .haveSimpleName("JobControl")
            .or()
            .haveSimpleName("JobState")
            .or()
            .haveSimpleName("Input")
            .or()
            .haveSimpleName("Effect")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.vertx..", "io.netty..", "io.micrometer..", "org.slf4j..", "java.io..", "java.nio..");

    @ArchTest
    static final ArchRule NO_CLOCK_IN_THE_CORE = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.latido.limit..", "dev.latido.outcome..", "dev.latido.event..", "dev.latido.control..")
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(System.class, "nanoTime");

    @ArchTest
    static final ArchRule HAZELCAST_IN_ONE_PLACE = onlyIn("com.hazelcast..", "dev.latido.cluster..");

    @ArchTest
    static final ArchRule CONFIG_LIBRARY_IN_ONE_PLACE = onlyIn("io.vertx.config..", "dev.latido.config..");

    @ArchTest
    static final ArchRule YAML_IN_ONE_PLACE = onlyIn("org.yaml..", "dev.latido.config..");

    @ArchTest
    static final ArchRule WEB_IN_ONE_PLACE = onlyIn("io.vertx.ext..", "dev.latido.http..");

    @ArchTest
    static final ArchRule MICROMETER_IN_ONE_PLACE = noClasses()
            .that()
            .resideOutsideOfPackages("dev.latido.metric..", "dev.latido")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.micrometer..");

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
