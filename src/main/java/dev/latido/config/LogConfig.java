package dev.latido.config;

import dev.latido.setting.Section;

/**
 * How the log is written, unless a file of Logback's own says so.
 *
 * @param format in which form
 * @param level from which level on what Latido itself logs is written
 */
public record LogConfig(Format format, Level level) {

    /** What holds when nothing else is said. */
    public static final LogConfig DEFAULT = new LogConfig(Format.TEXT, Level.INFO);

    /** In which form lines are written. */
    public enum Format {
        /** For people. */
        TEXT,
        /**
         * One JSON object a line, with the names of the Elastic Common Schema.
         *
         * @see <a href="https://www.elastic.co/guide/en/ecs-logging/overview/current/intro.html">ECS logging</a>
         */
        JSON
    }

    /** How much is written; each level includes those after it. */
    public enum Level {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR
    }

    static LogConfig read(Section section) {
        LogConfig config = new LogConfig(
                section.choice("format", DEFAULT.format, Format.class),
                section.choice("level", DEFAULT.level, Level.class));
        section.end();
        return config;
    }
}
