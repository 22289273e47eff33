package dev.latido.config;

import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * The file, read as YAML in which every value is the text that stands there: of a job {@code no} YAML 1.1 would make
 * {@code false}, of {@code 0123} 83, and of {@code 12:30} 750. Whether a setting is a number or a flag is known to those
 * who read it.
 *
 * @param settings what it says
 * @param lines the line in which each setting stands, by its path; without those that an alias brings
 */
record SettingsFile(JsonObject settings, Map<String, Integer> lines) {

    private static final String QUOTED_LINE = "    ";

    /** Returns a file that says {@code settings}, in lines that nobody knows. */
    static SettingsFile of(JsonObject settings) {
        return new SettingsFile(settings, Map.of());
    }

    /**
     * Reads the text of a file.
     *
     * @param name what the file is called, for messages
     * @throws InvalidConfigException when it is no YAML, or more or less than one group of settings
     */
    static SettingsFile parse(String name, String yaml) throws InvalidConfigException {
        LoaderOptions options = new LoaderOptions();
        try {
            Node root = new Composer(new ParserImpl(new StreamReader(yaml), options), new AsWritten(), options)
                    .getSingleNode();
            if (root == null) { // a file of comments
                return of(new JsonObject());
            }
            if (!(root instanceof MappingNode)) {
                throw new YAMLException("it is not a group of settings");
            }
            Check check = new Check();
            check.look("", root);
            return new SettingsFile(new JsonObject(new Values(options).of(root)), check.lines);
        } catch (YAMLException wrong) {
            throw new InvalidConfigException(List.of(name + ": cannot be read: " + reason(wrong)));
        }
    }

    /** Says what is wrong and where, without the lines that the YAML parser quotes: there may be a key in them. */
    private static String reason(YAMLException wrong) {
        return String.valueOf(wrong.getMessage())
                .lines()
                .filter(line -> !line.startsWith(QUOTED_LINE))
                .map(line -> line.strip().replace("in 'string', ", "in "))
                .collect(Collectors.joining(" "));
    }

    /** Takes every plain value for a text, but for those that stand for nothing, and the key that merges others in. */
    private static final class AsWritten extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.NULL, NULL, "~nN\0");
            addImplicitResolver(Tag.NULL, EMPTY, null);
            addImplicitResolver(Tag.MERGE, MERGE, "<");
        }
    }

    /** Makes values of what {@link Check} found right. */
    private static final class Values extends SafeConstructor {
        Values(LoaderOptions options) {
            super(options);
        }

        Map<String, Object> of(Node root) {
            Map<String, Object> values = new LinkedHashMap<>();
            ((Map<?, ?>) constructDocument(root)).forEach((name, value) -> values.put((String) name, value));
            return values;
        }
    }

    /** Looks for what YAML allows and no settings can be read from, and notes the line of each setting. */
    private static final class Check {
        private final Map<String, Integer> lines = new HashMap<>();
        private final Set<Node> seen = new HashSet<>(); // nodes are equal where they are the same

        void look(String path, Node node) {
            if (node.isTwoStepsConstruction()) {
                throw wrong("what begins here holds itself", node.getStartMark());
            }
            if (!seen.add(node)) {
                return;
            }
            if (node instanceof MappingNode group) {
                Map<String, Mark> names = new HashMap<>();
                group.getValue().forEach(entry -> look(path, entry, names));
            } else if (node instanceof SequenceNode list) {
                list.getValue().forEach(item -> look(path, item));
            }
        }

        private void look(String path, NodeTuple entry, Map<String, Mark> names) {
            Mark mark = entry.getKeyNode().getStartMark();
            String name = name(entry.getKeyNode());
            if (name == null) {
                look(path, entry.getValueNode());
                return;
            }
            Mark first = names.put(name, mark);
            if (first != null) {
                throw new YAMLException("the name '" + name + "' is given twice, in line " + (first.getLine() + 1)
                        + " and in line " + (mark.getLine() + 1));
            }
            String inner = path.isEmpty() ? name : path + "." + name;
            lines.put(inner, mark.getLine() + 1);
            look(inner, entry.getValueNode());
        }

        /** Returns the name that {@code key} is; null for a key that merges another group in. */
        private static @Nullable String name(Node key) {
            if (key.getTag().equals(Tag.MERGE)) {
                return null;
            }
            if (key instanceof ScalarNode text && key.getTag().equals(Tag.NULL)) {
                throw wrong(
                        "'" + text.getValue() + "' is not a name unless in quotes, because YAML reads it as null,",
                        key.getStartMark());
            }
            if (!(key instanceof ScalarNode text) || !key.getTag().equals(Tag.STR)) {
                throw wrong("a name must be a text", key.getStartMark());
            }
            return text.getValue();
        }

        private static YAMLException wrong(String what, Mark mark) {
            return new YAMLException(what + " in line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1));
        }
    }
}
