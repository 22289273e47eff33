package dev.latido.setting;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings from outside the file. A system property {@code latido.http.port} comes before an environment variable
 * {@code LATIDO_HTTP_PORT}, which comes before the file.
 *
 * <p>A variable's name is the setting's path in upper case, with every character that is not a letter or digit as an
 * underscore. Where two settings share a name that way (of the jobs {@code a-b} and {@code a.b}), the variable is refused.
 */
public final class Overrides {

    static final String ENVIRONMENT_PREFIX = "LATIDO_";
    private static final String PROPERTY_PREFIX = "latido.";

    private static final Pattern NEITHER_LETTER_NOR_DIGIT = Pattern.compile("[^A-Z0-9]");

    private final Map<String, String> environment;
    private final Map<String, String> properties;
    private final ServiceLinks links;
    private final Set<String> used = new HashSet<>();

    /** The settings that asked for a variable that is set; more than one when their paths differ in punctuation only. */
    private final Map<String, Set<String>> pathsByVariable = new TreeMap<>();

    /** The variables of {@link #links} that are called like a setting, and that setting. */
    private final Map<String, String> shadowed = new TreeMap<>();

    /** Takes what carries one of the prefixes and ignores the rest. */
    public Overrides(Map<String, String> environment, Map<String, String> properties) {
        this.environment = withPrefix(ENVIRONMENT_PREFIX, environment);
        this.links = new ServiceLinks(this.environment);
        this.properties = withPrefix(PROPERTY_PREFIX, properties);
    }

    private static Map<String, String> withPrefix(String prefix, Map<String, String> all) {
        Map<String, String> selected = new HashMap<>();
        all.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                selected.put(name, value);
            }
        });
        return selected;
    }

    /** Returns what overrides the setting at {@code path}; null for nothing. */
    public @Nullable String of(String path) {
        String byVariable = null;
        if (!environment.isEmpty()) { // thousands of jobs have a million settings
            String variable = variable(path);
            byVariable = environment.get(variable);
            if (byVariable != null && links.contains(variable, byVariable)) {
                shadowed.put(variable, path);
                byVariable = null;
            }
            if (byVariable != null) {
                pathsByVariable
                        .computeIfAbsent(variable, ignored -> new TreeSet<>())
                        .add(path);
            }
        }
        String property = PROPERTY_PREFIX + path;
        String byProperty = properties.get(property);
        if (byProperty != null) {
            used.add(property);
        }
        return byProperty != null ? byProperty : byVariable;
    }

    /** Returns the name of what overrides the setting at {@code path}; null for nothing. */
    @Nullable String nameOf(String path) {
        String property = PROPERTY_PREFIX + path;
        if (properties.containsKey(property)) {
            return property;
        }
        String variable = variable(path);
        String value = environment.get(variable);
        return value == null || links.contains(variable, value) ? null : variable;
    }

    /** Returns the name of the variable for {@code path}: of what is read from a file it ends as images of containers have it. */
    private static String variable(String path) {
        String words = path.endsWith("File") ? path.substring(0, path.length() - 4) + ".file" : path;
        return ENVIRONMENT_PREFIX
                + NEITHER_LETTER_NOR_DIGIT
                        .matcher(words.toUpperCase(Locale.ROOT))
                        .replaceAll("_");
    }

    /** Returns what was ignored and may surprise. Called when all settings were read. */
    public List<String> warnings() {
        Set<String> services = links.others();
        if (services.isEmpty()) {
            return List.of();
        }
        StringBuilder warning = new StringBuilder(
                        "Ignored the environment variables that Kubernetes sets for the Services ")
                .append(String.join(", ", services));
        shadowed.forEach((variable, path) -> warning.append("; ")
                .append(variable)
                .append(" is one of them and does not set ")
                .append(path));
        return List.of(warning.append(". 'enableServiceLinks: false' in the pod's spec leaves them out")
                .toString());
    }

    /** Notes every override that no setting asked for, or more than one. */
    public void end(List<String> problems) {
        pathsByVariable.forEach((variable, paths) -> {
            if (paths.size() > 1) {
                problems.add(variable + ": this environment variable names several settings: "
                        + String.join(", ", paths) + "; set a system property or the file instead");
            }
        });
        Set<String> unknown = new TreeSet<>(environment.keySet());
        unknown.addAll(properties.keySet());
        unknown.removeAll(used);
        unknown.removeAll(pathsByVariable.keySet());
        unknown.removeIf(links::contains);
        for (String name : unknown) {
            String kind = name.startsWith(ENVIRONMENT_PREFIX) ? "environment variable" : "system property";
            problems.add(name + ": this " + kind + " names no setting");
        }
    }
}
