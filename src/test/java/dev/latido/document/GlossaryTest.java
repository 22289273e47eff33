package dev.latido.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/**
 * No text says in other words what {@code docs/glossary.md} has a term for: README and the pages, messages (literals of the program
 * that have a blank), the contract, the dashboard and the Javadoc of classes. What is code there is left out.
 */
@Tag("fast")
class GlossaryTest {

    private static final Path GLOSSARY = Path.of("docs/glossary.md");

    /** What may stand in a text all the same, as {@code file: word}, and why. */
    private static final Map<String, String> EXCEPTIONS = Map.of();

    /** A Java source's comments, characters, text blocks and literals, of which the first group that matched tells which. */
    private static final Pattern JAVA = Pattern.compile(
            "/\\*(?s:.*?)\\*/|//[^\n]*|'(?:\\\\.|[^'\\\\])+'|\"\"\"((?s:.*?))\"\"\"|\"((?:\\\\.|[^\"\\\\\n])*)\"");

    private static final Pattern TYPE_DOC =
            Pattern.compile("/\\*\\*((?:(?!\\*/)(?s:.))*)\\*/\\s*(?:@\\w+(?:\\((?:[^()]|\\([^()]*\\))*\\))?\\s*)*"
                    + "(?:(?:public|protected|private|abstract|final|sealed|non-sealed|static)\\s+)*"
                    + "(?:class|interface|record|enum|@interface|package)\\s");

    private static final Pattern SCRIPT_TEXT =
            Pattern.compile("//[^\n]*|'((?:\\\\.|[^'\\\\\n])*)'|\"((?:\\\\.|[^\"\\\\\n])*)\"|`((?:\\\\.|[^`\\\\])*)`");

    private static Set<String> wordsNotUsed() {
        Set<String> words = new TreeSet<>();
        for (List<String> row : Page.of(GLOSSARY.toString()).table("| term | meaning |")) {
            assertThat(row).as("a row of the glossary").hasSize(3).noneMatch(String::isEmpty);
            for (String word : row.get(2).split(", ", -1)) {
                assertThat(words.add(word)).as(word + " twice").isTrue();
            }
        }
        return words;
    }

    /** Returns every text by where it is. */
    private static Map<String, String> texts() throws IOException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Page page : Page.all()) {
            if (!page.file().equals(GLOSSARY)) {
                texts.put(page.file().toString(), page.prose());
            }
        }
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            for (Path source :
                    sources.filter(file -> file.toString().endsWith(".java")).toList()) {
                String java = Files.readString(source);
                texts.put(source + " (messages)", groups(JAVA, java, " "));
                texts.put(
                        source + " (Javadoc)",
                        groups(TYPE_DOC, java, "")
                                .replaceAll("\n\\s*\\*", "\n")
                                .replaceAll("\\{@(?:code|link|linkplain)\\s[^}]*}|@param \\w+", "`"));
            }
        }
        StringBuilder contract = new StringBuilder();
        describe(new Yaml().load(Files.readString(Path.of("src/main/resources/openapi.yaml"))), contract);
        texts.put("openapi.yaml", contract.toString().replaceAll("`[^`]*`", "`"));
        try (Stream<Path> files = Files.list(Path.of("src/main/resources/dashboard"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.toString().endsWith(".js")) {
                    texts.put(
                            file.toString(),
                            groups(SCRIPT_TEXT, Files.readString(file), " ").replaceAll("\\$\\{[^}]*}", "`"));
                } else if (file.toString().endsWith(".html")) {
                    texts.put(file.toString(), Files.readString(file).replaceAll("<[^>]*>", "\n"));
                }
            }
        }
        return texts;
    }

    /** Returns what the groups of {@code pattern} matched and contains {@code part}, a line each. */
    private static String groups(Pattern pattern, String text, String part) {
        StringBuilder found = new StringBuilder();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            for (int i = 1; i <= matcher.groupCount(); i++) {
                String group = matcher.group(i);
                if (group != null && group.contains(part)) {
                    found.append(group).append("\n\n");
                }
            }
        }
        return found.toString();
    }

    private static void describe(Object at, StringBuilder into) {
        if (at instanceof Map<?, ?> map) {
            map.forEach((name, value) -> {
                if (value instanceof String text
                        && Set.of("description", "summary").contains(name)) {
                    into.append(text).append("\n\n");
                } else if (value != null) {
                    describe(value, into);
                }
            });
        } else if (at instanceof List<?> list) {
            list.forEach(item -> describe(item, into));
        }
    }

    /** Matches a word, or several in a row, by itself: in a longer one it is another. */
    private static Pattern whole(String word) {
        return Pattern.compile(
                "(?<![\\p{L}\\p{N}_-])" + Pattern.quote(word).replace(" ", "\\E\\s+\\Q") + "(?![\\p{L}\\p{N}_-])",
                Pattern.CASE_INSENSITIVE);
    }

    @Test
    void noTextSaysItInOtherWords() throws Exception {
        Map<String, String> texts = texts();
        assertThat(texts).hasSizeGreaterThan(500);
        List<String> found = new ArrayList<>();
        Set<String> unneeded = new TreeSet<>(EXCEPTIONS.keySet());
        for (String word : wordsNotUsed()) {
            Pattern whole = whole(word);
            texts.forEach((place, text) -> {
                Matcher matcher = whole.matcher(text);
                while (matcher.find()) {
                    String where = place + ": " + word;
                    if (EXCEPTIONS.containsKey(where)) {
                        unneeded.remove(where);
                    } else {
                        int from = Math.max(0, matcher.start() - 40);
                        int to = Math.min(text.length(), matcher.end() + 40);
                        found.add(where + " (" + text.substring(from, to).replaceAll("\\s+", " ") + ")");
                    }
                }
            });
        }
        assertThat(found).isEmpty();
        assertThat(unneeded).as("exceptions of what is not there any more").isEmpty();
    }

    /** It finds what it is for, in each kind of text. */
    @Test
    void readsWhatItSearches() throws Exception {
        Map<String, String> texts = texts();
        assertThat(texts.get("README.md")).contains("clients submit").doesNotContain("curl", "BaseHTTPRequestHandler");
        assertThat(texts.get("src/main/java/dev/latido/protocol/Refusal.java (messages)"))
                .contains("There is no job '", "All ")
                .doesNotContain("An expected", "queue-full", "toJson");
        assertThat(texts.get("src/main/java/dev/latido/protocol/Refusal.java (Javadoc)"))
                .contains("An expected")
                .doesNotContain("the message is not a command", "There is no job");
        assertThat(texts.get("openapi.yaml"))
                .contains("named unit of background work")
                .doesNotContain("operationId");
        assertThat(texts.get("src/main/resources/dashboard/index.html")).doesNotContain("<");
        assertThat(whole("hand in").matcher("to hand\n in work").find()).isTrue();
        assertThat(whole("hand in").matcher("to hand in-flight").find()).isFalse();
    }
}
