package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.document.Page;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables in {@code docs/http.md} have what the contract has: every request, and every type of problem. */
class HttpPageTest {

    private static final Page PAGE = Page.of("docs/http.md");
    private static final Pattern REQUEST = Pattern.compile("(GET|POST|PATCH|PUT|DELETE) (/[^?]*).*");
    private static final Pattern PROBLEM = Pattern.compile("urn:latido:problem:([a-z-]+)");

    @Test
    void hasEveryRequest() {
        Set<String> documented = new TreeSet<>();
        for (List<String> row : PAGE.table("| request | answer |")) {
            for (String code : Page.code(row.get(0))) {
                assertThat(code).matches(REQUEST);
                documented.add(REQUEST.matcher(code).replaceFirst("$1 $2"));
            }
        }
        assertThat(documented).containsExactlyInAnyOrderElementsOf(new TreeSet<>(Contract.operations()));
    }

    @Test
    void hasEveryTypeOfProblem() {
        Set<String> inContract = new TreeSet<>();
        PROBLEM.matcher(Contract.file().encode()).results().forEach(problem -> inContract.add(problem.group(1)));
        Set<String> documented = new TreeSet<>();
        for (List<String> row : PAGE.table("| status | `type` ")) {
            documented.addAll(Page.code(row.get(1)));
        }
        assertThat(documented).containsExactlyInAnyOrderElementsOf(inContract);
    }
}
