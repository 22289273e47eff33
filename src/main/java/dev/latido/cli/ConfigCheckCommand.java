package dev.latido.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.latido.setting.CheckedSettings;
import dev.latido.setting.EffectiveSetting;
import dev.latido.text.Visible;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "check",
        description =
                "Reads a configuration as the service would, and shows each setting as it holds and where it is from; or"
                        + " every mistake. It starts nothing, opens no port and touches no data.",
        footer = {
            "",
            "Variables LATIDO_… and properties -Dlatido.… apply, as for a service that is started with them.",
            "Secrets are shown as ***. The exit code is 2 when there is a mistake.",
            "",
            "Examples:",
            "  latido config check conf/latido.yaml",
            "  latido --json config check",
        })
final class ConfigCheckCommand implements Callable<Integer> {

    private static final List<String> TITLES = List.of("SETTING", "VALUE", "SOURCE");

    private static final int WIDEST = 60;

    private final Settings settings;
    private final ConfigCheck check;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description =
                    "The file (default: what -Dlatido.config or LATIDO_CONFIG names, else conf/latido.yaml if it is there).")
    private @Nullable String file;

    ConfigCheckCommand(Settings settings, ConfigCheck check) {
        this.settings = settings;
        this.check = check;
    }

    @Override
    public Integer call() {
        if (file != null && file.isBlank()) {
            throw CliException.usage("No file was named.", "Leave it out for the one that the service would read.");
        }
        CheckedSettings outcome = check.check(file);
        if (!outcome.problems().isEmpty()) {
            refuse(outcome);
            return ExitCode.USAGE;
        }
        if (settings.isJson()) {
            settings.printer().json(json(outcome));
        } else {
            table(outcome.settings()).forEach(settings.printer()::line);
            outcome.warnings().forEach(warning -> settings.printer().note("latido: " + warning));
            settings.printer().note(outcome.summary() + ": valid.");
        }
        return ExitCode.DONE;
    }

    private void refuse(CheckedSettings outcome) {
        Printer printer = settings.printer();
        printer.note("latido: " + outcome.summary());
        outcome.problems().forEach(problem -> printer.note("  " + Visible.escaped(problem)));
        if (settings.isJson()) {
            printer.json(JsonText.problem("invalid-configuration", "Invalid Configuration", outcome.summary(), json -> {
                json.writeArrayFieldStart("problems");
                for (String problem : outcome.problems()) {
                    json.writeString(problem);
                }
                json.writeEndArray();
            }));
        }
    }

    private static List<String> table(List<EffectiveSetting> settings) {
        List<List<String>> rows = new ArrayList<>(List.of(TITLES));
        settings.forEach(each -> rows.add(List.of(each.path(), value(each.value()), source(each))));
        return Columns.lines(rows, WIDEST);
    }

    private static String value(@Nullable Object value) {
        return value == null ? "-" : value.toString();
    }

    private static String source(EffectiveSetting setting) {
        return switch (setting.source()) {
            case FILE -> setting.line() == null ? "file" : "line " + setting.line();
            case ENVIRONMENT, PROPERTY -> String.valueOf(setting.override());
            case DEFAULT -> "default";
        };
    }

    private static String json(CheckedSettings outcome) {
        return JsonText.object(json -> {
            json.writeStringField("source", outcome.summary());
            json.writeArrayFieldStart("settings");
            for (EffectiveSetting setting : outcome.settings()) {
                json.writeStartObject();
                json.writeStringField("setting", setting.path());
                json.writeFieldName("value");
                write(json, setting.value());
                json.writeStringField("source", setting.source().name().toLowerCase(Locale.ROOT));
                if (setting.override() != null) {
                    json.writeStringField("name", setting.override());
                }
                if (setting.line() != null) {
                    json.writeNumberField("line", setting.line());
                }
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("warnings");
            for (String warning : outcome.warnings()) {
                json.writeString(warning);
            }
            json.writeEndArray();
        });
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else if (value instanceof Number number) {
            json.writeNumber(number.longValue());
        } else if (value instanceof List<?> items) {
            json.writeStartArray();
            for (Object item : items) {
                json.writeString(item.toString());
            }
            json.writeEndArray();
        } else if (value == null) {
            json.writeNull();
        } else {
            json.writeString(value.toString());
        }
    }
}
