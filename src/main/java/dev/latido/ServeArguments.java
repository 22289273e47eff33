package dev.latido;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the program is told when it is to be the service: nothing, or {@code serve}, and where its configuration is. Read here
 * and not by the command line's parser, which the service does not load.
 *
 * @param config the file; null when it is not named
 */
record ServeArguments(@Nullable String config) {

    private static final String CONFIG = "--config";

    /** Reads the arguments; empty when they mean a command of the command line, or nothing that is known there either. */
    static Optional<ServeArguments> parse(String... arguments) {
        List<String> rest = List.of(arguments);
        if (!rest.isEmpty() && rest.get(0).equals("serve")) {
            rest = rest.subList(1, rest.size());
        }
        String file = null;
        if (rest.size() == 2 && rest.get(0).equals(CONFIG)) {
            file = rest.get(1);
        } else if (rest.size() == 1 && rest.get(0).startsWith(CONFIG + "=")) {
            file = rest.get(0).substring(CONFIG.length() + 1);
        } else if (!rest.isEmpty()) {
            return Optional.empty();
        }
        boolean isNoFile = file != null && (file.isBlank() || file.startsWith("-"));
        return isNoFile ? Optional.empty() : Optional.of(new ServeArguments(file));
    }
}
