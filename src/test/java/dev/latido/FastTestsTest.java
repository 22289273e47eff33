package dev.latido;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTag;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.vertx.core.Vertx;
import java.net.Socket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** Tests that are tagged {@code fast} compute and nothing else: whoever runs them alone wants an answer soon, on a busy machine too. */
@ArchTag("fast")
@AnalyzeClasses(packages = "dev.latido", importOptions = ImportOption.OnlyIncludeTests.class)
class FastTestsTest {

    private static final DescribedPredicate<JavaClass> FAST = DescribedPredicate.describe(
            "are tagged fast",
            test -> test.isAnnotatedWith(Tag.class)
                    && test.getAnnotationOfType(Tag.class).value().equals("fast"));

    @ArchTest
    static final ArchRule FAST_TESTS_ONLY_COMPUTE = noClasses()
            .that(FAST)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(
                    Vertx.class,
                    Service.class,
                    Services.class,
                    Thread.class,
                    ProcessBuilder.class,
                    Socket.class,
                    Awaitility.class,
                    TempDir.class);
}
