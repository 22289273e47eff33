package dev.latido.setting;

import dev.latido.process.FileAccess;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads one object of the configuration, setting by setting. A wrong value is noted as a problem and read as the
 * default, so that one pass finds everything.
 */
public final class Section {

    /** Numbers as YAML 1.1 has them. What else it has is refused: octal numbers, binary ones, those of base 60. */
    private static final Pattern DECIMAL = Pattern.compile("[+-]?(0|[1-9](_?\\d){0,17})");

    private static final Pattern HEXADECIMAL = Pattern.compile("0[xX][0-9a-fA-F](_?[0-9a-fA-F]){0,14}");
    private static final Pattern OCTAL = Pattern.compile("[+-]?0(_?\\d){1,17}");

    private static final long MAX_BYTES = 999_999_999_999_999L;

    private final String path;
    private final JsonObject json;
    private final Shared shared;
    private final Set<String> known = new LinkedHashSet<>();

    /** The setting of this section that a text in place of the section is; empty when it is written as a section. */
    private String inPlace = "";

    /** Whether there is no such text either, and {@link #inPlace} has its default. */
    private boolean isAbsent;

    /** What all sections of a configuration have in common. */
    private record Shared(
            Map<String, Integer> lines,
            Overrides overrides,
            List<String> problems,
            @Nullable Consumer<EffectiveSetting> effective) {}

    private Section(String path, JsonObject json, Shared shared) {
        this.path = path;
        this.json = json;
        this.shared = shared;
    }

    /**
     * Returns the whole configuration.
     *
     * @param lines in which line of the file settings stand, by their paths, as far as that is known
     * @param problems gets what is wrong with it, here and in the sections of it, each with the path of its setting
     * @param effective gets each setting that is read; null where nobody wants to know
     */
    public static Section root(
            JsonObject file,
            Map<String, Integer> lines,
            Overrides overrides,
            List<String> problems,
            @Nullable Consumer<EffectiveSetting> effective) {
        return new Section("", file, new Shared(lines, overrides, problems, effective));
    }

    /** Returns the group of settings {@code name}, which is empty when the file has none. */
    public Section section(String name) {
        known.add(name);
        Object value = json.getValue(name);
        if (value != null && !(value instanceof JsonObject)) {
            problem(name, "must be a group of settings", value);
        }
        JsonObject child = value instanceof JsonObject object ? object : new JsonObject();
        return new Section(pathOf(name), child, shared);
    }

    /**
     * Returns the sub-sections of {@code name} by their names, which the user chose.
     *
     * @param absent the name of the one, empty section that there is when the file has none
     */
    public Map<String, Section> sections(String name, String absent) {
        if (json.getValue(name) == null) {
            json.put(name, new JsonObject().put(absent, new JsonObject()));
        }
        return sections(name);
    }

    /** Returns the sub-sections of {@code name} by their names, which the user chose; there may be none. */
    public Map<String, Section> sections(String name) {
        Section parent = section(name);
        Map<String, Section> sections = new LinkedHashMap<>();
        parent.json.fieldNames().forEach(child -> sections.put(child, parent.section(child)));
        return sections;
    }

    /** Tells whether the setting {@code name} is given, in the file or outside it. */
    public boolean has(String name) {
        return value(name) != null;
    }

    /**
     * Tells whether the setting {@code name} is given and nothing stands there: a variable that is set and empty, a line of the file
     * without a value. Where nothing means less protection, that may be what was left of a variable or template that had no value.
     */
    public boolean isBlank(String name) {
        Object value = value(name);
        return value == null ? json.containsKey(name) : value instanceof String text && text.isBlank();
    }

    /** Returns the section {@code name}; where the file has a text in its place, that is its setting {@code setting}. */
    public Section textOrSection(String name, String setting, String absent) {
        Object value = value(name);
        if (value != null && !(value instanceof String)) {
            return section(name);
        }
        json.put(name, new JsonObject().put(setting, value == null ? absent : value));
        Section section = section(name);
        section.inPlace = setting;
        section.isAbsent = value == null;
        return section;
    }

    /** Reads a text that may be empty, which is as good as not given. */
    public String optional(String name) {
        Object value = value(name);
        String text = value == null || value.equals("") ? "" : readString(name, "");
        tell(name, () -> shownText(text));
        return text;
    }

    /** Reads a text that is not blank. */
    public String string(String name, String absent) {
        String text = readString(name, absent);
        tell(name, () -> shownText(text));
        return text;
    }

    private String readString(String name, String absent) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        if (!(value instanceof String text) || text.isBlank()) {
            problem(name, "must be a text that is not blank", value);
            return absent;
        }
        return text;
    }

    /** Reads the text of a URL of which only where it leads may be shown: the path of a webhook's is as good as a key. */
    public String privateUrl(String name) {
        String url = readString(name, "");
        tell(name, () -> url.isEmpty() ? null : place(url));
        return url;
    }

    private static String place(String url) {
        try {
            URI uri = new URI(url);
            boolean hasMore = uri.getRawQuery() != null
                    || String.valueOf(uri.getRawPath()).length() > 1;
            return WebAddress.of(uri).isPresent()
                    ? uri.getScheme() + "://" + uri.getRawAuthority() + (hasMore ? "/" + Secret.MASK : "")
                    : Secret.MASK;
        } catch (URISyntaxException e) {
            return Secret.MASK;
        }
    }

    /** Reads a yes or no, in any of YAML's words for them. */
    public boolean bool(String name, boolean absent) {
        boolean flag = readBool(name, absent);
        tell(name, () -> flag);
        return flag;
    }

    private boolean readBool(String name, boolean absent) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        return switch (value.toString().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> {
                problem(name, "must be true or false", value);
                yield absent;
            }
        };
    }

    /** Reads a whole number from {@code min} to {@code max}. */
    public int integer(String name, int absent, int min, int max) {
        int number = readInteger(name, absent, min, max);
        tell(name, () -> number < min || number > max ? null : number); // a default beyond its bounds stands for none
        return number;
    }

    private int readInteger(String name, int absent, int min, int max) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        Long number = wholeNumber(name, value, "must be a whole number from " + min + " to " + max, min, max);
        return number == null ? absent : number.intValue();
    }

    /** Returns the number that {@code value} is; null when it is none, or beyond its bounds, which is noted. */
    private @Nullable Long wholeNumber(String name, Object value, String rule, long min, long max) {
        String text = value.toString();
        if (OCTAL.matcher(text).matches()) {
            problem(name, "must not begin with 0: write " + withoutZero(text), value);
            return null;
        }
        Long number = null;
        if (DECIMAL.matcher(text).matches()) {
            number = Long.valueOf(text.replace("_", ""));
        } else if (HEXADECIMAL.matcher(text).matches()) {
            number = Long.valueOf(text.substring(2).replace("_", ""), 16);
        }
        if (number == null || number < min || number > max) {
            problem(name, rule, value);
            return null;
        }
        return number;
    }

    /** Says what may be meant by digits that begin with 0: to YAML 1.1, as to C, they are octal, to most people not. */
    private static String withoutZero(String text) {
        String digits = text.replace("_", "");
        long decimal = Long.parseLong(digits);
        boolean isOctal = digits.matches("[+-]?[0-7]+");
        long octal = isOctal ? Long.parseLong(digits, 8) : decimal;
        return decimal + (octal == decimal ? "" : ", or " + octal + " if it is meant as octal");
    }

    /** Reads a time from {@code min} to {@code max}. */
    public Duration duration(String name, Duration absent, Duration min, Duration max) {
        Duration duration = readDuration(name, absent, min, max);
        boolean isNone = duration.compareTo(min) < 0 || duration.compareTo(max) > 0;
        tell(name, () -> isNone ? null : show(duration));
        return duration;
    }

    private Duration readDuration(String name, Duration absent, Duration min, Duration max) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        Duration duration = DurationText.parse(value.toString()).orElse(null);
        if (duration == null || duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            problem(
                    name,
                    "must be a time from " + show(min) + " to " + show(max) + ", such as 500ms, 5s, 10m, 1h",
                    value);
            return absent;
        }
        return duration;
    }

    /** Reads a number of bytes of up to 15 digits. */
    public long bytes(String name, long absent) {
        long bytes = readBytes(name, absent);
        tell(name, () -> bytes);
        return bytes;
    }

    private long readBytes(String name, long absent) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        Long number = wholeNumber(name, value, "must be a number of bytes", 0, MAX_BYTES);
        return number == null ? absent : number;
    }

    /**
     * Reads a value of a form of its own.
     *
     * @param form reads it; empty when it is none
     * @param rule says what it must be
     */
    public <T> T formed(String name, T absent, Function<String, Optional<T>> form, String rule) {
        T formed = readFormed(name, absent, form, rule);
        tell(name, () -> formed.toString());
        return formed;
    }

    private <T> T readFormed(String name, T absent, Function<String, Optional<T>> form, String rule) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        Optional<T> formed = form.apply(value.toString());
        if (formed.isEmpty()) {
            problem(name, rule, value);
        }
        return formed.orElse(absent);
    }

    /** Reads the name of one of {@code choices}. */
    public <E extends Enum<E>> E choice(String name, E absent, Class<E> choices) {
        E choice = readChoice(name, absent, choices);
        tell(name, () -> wireName(choice));
        return choice;
    }

    private <E extends Enum<E>> E readChoice(String name, E absent, Class<E> choices) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        for (E choice : choices.getEnumConstants()) {
            if (wireName(choice).equals(value)) {
                return choice;
            }
        }
        String allowed =
                Arrays.stream(choices.getEnumConstants()).map(Section::wireName).collect(Collectors.joining(", "));
        problem(name, "must be one of " + allowed, value);
        return absent;
    }

    /** Reads a list of texts; an override gives them separated by commas. */
    public List<String> strings(String name, List<String> absent) {
        List<String> texts = strings(name, absent, false);
        tell(name, () -> texts.stream().map(Section::withoutSecrets).toList());
        return texts;
    }

    /** Reads a list of texts that must not be shown, not even when they are wrong. */
    public List<String> secrets(String name, List<String> absent) {
        List<String> texts = strings(name, absent, true);
        tell(name, () -> texts.stream().map(secret -> Secret.MASK).toList());
        return texts;
    }

    /**
     * Reads a text that must not be shown, not even when it is wrong: itself, or the file that {@code <name>File} names. Null
     * when neither is given, or both are empty.
     */
    public @Nullable Secret secret(String name) {
        Secret file = secretFile(name);
        Object value = value(name);
        if (value == null || value.equals("")) {
            tell(name, () -> null);
            return file;
        }
        tell(name, () -> Secret.MASK);
        if (!(value instanceof String text) || text.isBlank()) {
            problem(name, "must be a text that is not blank");
            return file;
        }
        return Secret.of(text);
    }

    /**
     * Reads which file has the secret that could also be the setting {@code name}; null for none. Only one of both may be given. A
     * variable that is set and empty is refused, as it may be what is left of one that had no value.
     */
    public @Nullable Secret secretFile(String name) {
        String fileName = name + "File";
        String file = optional(fileName);
        if (file.isEmpty()) {
            if (shared.overrides.of(pathOf(fileName)) != null) {
                problem(fileName, "is set, and names no file");
            }
            return null;
        }
        Object value = value(name);
        if (value != null && !value.equals("") && !(value instanceof JsonArray list && list.isEmpty())) {
            problem(fileName, "is given, and " + pathOf(name) + " too: leave one of them out");
        }
        try {
            return Secret.in(Path.of(file));
        } catch (InvalidPathException e) {
            problem(fileName, "must be the path of a file: " + FileAccess.reason(e));
            return null;
        }
    }

    /** Returns the names of what the file has here, which the user chose. */
    public List<String> names() {
        List<String> names = List.copyOf(json.fieldNames());
        known.addAll(names);
        return names;
    }

    /**
     * Reads a text that must not be shown: itself, or the setting {@code file} of a section in its place, which names the file that
     * has it, with {@code prefix} before what stands there. Null when it is neither, which is noted.
     */
    public @Nullable PrefixedSecret textOrFile(String name) {
        Object value = value(name);
        if (!(value instanceof JsonObject)) {
            tell(name, () -> Secret.MASK);
            if (value instanceof String text && !text.isBlank()) {
                return new PrefixedSecret("", Secret.of(text));
            }
            problem(name, "must be a text that is not blank, or {file: …, prefix: …}");
            return null;
        }
        Section section = section(name);
        String file = section.optional("file");
        String prefix = section.optional("prefix");
        section.end();
        if (file.isEmpty()) {
            section.problem("file", "must be the path of the file that has the value");
            return null;
        }
        try {
            return new PrefixedSecret(prefix, Secret.in(Path.of(file)));
        } catch (InvalidPathException e) {
            section.problem("file", "must be the path of a file: " + FileAccess.reason(e));
            return null;
        }
    }

    /** Reads a secret now; where its file cannot be read, that is noted as a problem of {@code <name>File}, and null. */
    public @Nullable String read(String name, Secret secret) {
        try {
            return secret.read();
        } catch (Secret.UnreadableException e) {
            problem(name + "File", "cannot be used: " + e.getMessage());
            return null;
        }
    }

    private List<String> strings(String name, List<String> absent, boolean secret) {
        Object value = value(name);
        if (value == null) {
            return absent;
        }
        List<?> items = value instanceof JsonArray array
                ? array.getList()
                : value instanceof String text ? splitAtCommas(text) : List.of(value);
        List<String> texts = new ArrayList<>();
        for (Object item : items) {
            if (!(item instanceof String text) || text.isBlank()) {
                String rule = "must be a list of texts that are not blank";
                if (secret) {
                    problem(name, rule);
                } else {
                    problem(name, rule, value);
                }
                return absent;
            }
            texts.add(text.strip());
        }
        return List.copyOf(texts);
    }

    private static List<String> splitAtCommas(String text) {
        return text.isBlank() ? List.of() : List.of(text.split(",", -1));
    }

    /** Notes a problem that its caller found with the setting {@code name}, and where that was set. */
    public void problem(String name, String problem) {
        String override = overrideOf(name);
        Integer line = lineOf(name);
        String place = override != null ? " (from " + override + ")" : line != null ? " (line " + line + ")" : "";
        shared.problems.add(pathOf(name) + ": " + problem + place);
    }

    /** Returns the name of the variable or property that gives the setting {@code name}; null for none. */
    private @Nullable String overrideOf(String name) {
        String own = shared.overrides.nameOf(pathOf(name));
        return own == null && name.equals(inPlace) ? shared.overrides.nameOf(path) : own;
    }

    /** Returns in which line of the file the setting {@code name} stands; null for none, or where that is not known. */
    private @Nullable Integer lineOf(String name) {
        return shared.lines.get(name.equals(inPlace) ? path : pathOf(name));
    }

    /** Tells how the setting {@code name} holds, if somebody wants to know. */
    private void tell(String name, Supplier<@Nullable Object> shown) {
        Consumer<EffectiveSetting> effective = shared.effective;
        if (effective == null) {
            return;
        }
        Object value = shown.get();
        String override = overrideOf(name);
        boolean isText = name.equals(inPlace);
        boolean isInFile = json.getValue(name) != null && !(isText && isAbsent);
        String setting = isText && shared.overrides.nameOf(pathOf(name)) == null ? path : pathOf(name);
        effective.accept(
                override != null
                        ? EffectiveSetting.overridden(setting, value, override)
                        : isInFile
                                ? EffectiveSetting.inFile(setting, value, lineOf(name))
                                : EffectiveSetting.byDefault(setting, value));
    }

    private static @Nullable String shownText(String text) {
        return text.isEmpty() ? null : withoutSecrets(text);
    }

    private void problem(String name, String rule, Object value) {
        problem(name, rule + ", was " + (value instanceof String text ? shown(text) : value));
    }

    /**
     * Returns a value as it may be repeated in messages: in quotes, and of what may be meant for a URL neither who uses it nor
     * its query, where passwords and tokens stand.
     */
    public static String shown(String value) {
        return "'" + withoutSecrets(value) + "'";
    }

    private static String withoutSecrets(String value) {
        int scheme = value.indexOf("://");
        int from = scheme < 0 ? 0 : scheme + 3;
        int user = value.lastIndexOf('@');
        String rest = user <= from ? value.substring(from) : Secret.MASK + value.substring(user);
        int query = rest.indexOf('?');
        boolean hasQuery =
                query >= 0 && (scheme >= 0 || rest.indexOf('=', query) >= 0); // cron expressions have a ? too
        return value.substring(0, from) + (hasQuery ? rest.substring(0, query) + "?" + Secret.MASK : rest);
    }

    /** Notes every setting that nobody asked for. Called when all of this section was read. */
    public void end() {
        for (String name : json.fieldNames()) {
            if (!known.contains(name)) {
                problem(name, "is not a setting; known here: " + String.join(", ", known));
            }
        }
    }

    private @Nullable Object value(String name) {
        known.add(name);
        String override = shared.overrides.of(pathOf(name));
        return override != null ? override : json.getValue(name);
    }

    private String pathOf(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static String wireName(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String show(Duration duration) {
        if (duration.toMillisPart() != 0 || duration.isZero()) {
            return duration.toMillis() + "ms";
        }
        if (duration.toHours() >= 24 && duration.toHours() % 24 == 0) {
            return duration.toDays() + "d";
        }
        if (duration.toMinutesPart() == 0 && duration.toSecondsPart() == 0) {
            return duration.toHours() + "h";
        }
        return duration.toSecondsPart() == 0 ? duration.toMinutes() + "m" : duration.toSeconds() + "s";
    }
}
