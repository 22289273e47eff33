package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whoever says which test shows something names one that there is. */
@Tag("fast")
class DocumentedTestsTest {

    private static final Pattern NAME = Pattern.compile("`(\\w+Test)`");

    @Test
    void thereIsEveryTestThatTheSafeguardsName() throws IOException {
        Set<String> named = NAME.matcher(Files.readString(Path.of("docs/security.md")))
                .results()
                .map(MatchResult::group)
                .map(name -> name.substring(1, name.length() - 1))
                .collect(Collectors.toSet());
        assertThat(named).hasSizeGreaterThan(20);
        try (Stream<Path> tests = Files.walk(Path.of("src/test/java"))) {
            assertThat(tests.map(file -> file.getFileName().toString().replaceFirst("\\.java$", ""))
                            .collect(Collectors.toSet()))
                    .containsAll(named);
        }
    }
}
