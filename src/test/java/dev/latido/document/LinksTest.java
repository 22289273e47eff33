package dev.latido.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Links between the pages lead to files and headings that are there, and README to every page. */
@Tag("fast")
class LinksTest {

    private static Path target(Page page, String link) {
        String file = link.replaceFirst("#.*", "");
        return (file.isEmpty() ? page.file() : page.file().resolveSibling(file)).normalize();
    }

    @Test
    void leadToFilesAndHeadings() {
        List<String> broken = new ArrayList<>();
        int looked = 0;
        for (Page page : Page.all()) {
            for (String link : page.links()) {
                if (link.startsWith("http://") || link.startsWith("https://")) {
                    continue;
                }
                looked++;
                Path target = target(page, link);
                int anchor = link.indexOf('#');
                boolean isThere = Files.exists(target)
                        && (anchor < 0 || Page.of(target.toString()).anchors().contains(link.substring(anchor + 1)));
                if (!isThere) {
                    broken.add(page.file() + ": " + link);
                }
            }
        }
        assertThat(looked).isGreaterThan(100);
        assertThat(broken).isEmpty();
    }

    @Test
    void leadFromReadmeToEveryPage() {
        Page readme = Page.of("README.md");
        Set<String> linked = new TreeSet<>();
        readme.links().forEach(link -> linked.add(target(readme, link).toString()));
        for (Page page : Page.all()) {
            if (!page.file().equals(readme.file())) {
                assertThat(linked).contains(page.file().toString());
            }
        }
    }
}
