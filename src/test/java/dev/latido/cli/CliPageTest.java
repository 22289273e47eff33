package dev.latido.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.document.Page;
import dev.latido.process.ProcessEnd;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The tables of commands and exit codes have all that there are. */
class CliPageTest {

    private static final Page PAGE = Page.of("docs/cli.md");

    @Test
    void hasEveryCommand() {
        Set<String> documented = new TreeSet<>();
        for (List<String> row : PAGE.table("| command | what it does |")) {
            Page.code(row.get(0)).forEach(code -> documented.add(code.split(" ", 2)[0]));
        }
        Set<String> known = Cli.commands(new Settings(new CliRun().surroundings()), file -> {
                    throw new AssertionError("nothing is checked");
                })
                .getSubcommands()
                .keySet();
        assertThat(documented).isEqualTo(new TreeSet<>(known));
    }

    @Test
    void hasEveryExitCode() throws Exception {
        List<String> codes = codes(ExitCode.class);
        codes.add("130"); // the JVM's own
        assertThat(PAGE.table("| exit code |").stream().map(row -> row.get(0)))
                .containsExactlyInAnyOrderElementsOf(codes);
    }

    @Test
    void operationsHasEveryExitCodeOfTheService() throws Exception {
        assertThat(Page.of("docs/operations.md").table("| code |").stream().map(row -> row.get(0)))
                .containsExactlyInAnyOrderElementsOf(codes(ProcessEnd.class));
    }

    /** Returns the codes that a class has as constants. */
    private static List<String> codes(Class<?> owner) throws IllegalAccessException {
        List<String> codes = new ArrayList<>();
        for (Field field : owner.getDeclaredFields()) {
            boolean isConstant = Modifier.isStatic(field.getModifiers()) && field.getType() == int.class;
            if (isConstant && !Modifier.isPrivate(field.getModifiers())) {
                codes.add(String.valueOf(field.getInt(null)));
            }
        }
        return codes;
    }
}
