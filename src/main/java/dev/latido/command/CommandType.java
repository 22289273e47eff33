package dev.latido.command;

import java.util.Optional;

/** The types of commands, with their names on the wire. */
public enum CommandType {
    START("Start"),
    STOP("Stop"),
    GET_STATUS("GetStatus");

    private final String wireName;

    CommandType(String wireName) {
        this.wireName = wireName;
    }

    /** Returns the {@code type} field's value in a message. */
    public String wireName() {
        return wireName;
    }

    /** Returns the type with this name on the wire, compared exactly. */
    public static Optional<CommandType> ofWireName(String name) {
        for (CommandType type : values()) {
            if (type.wireName.equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
