package dev.latido.cli;

import java.io.IOException;

/**
 * What the service answered when it did what was asked.
 *
 * @param status the HTTP status, a 2xx
 * @param body the text as it came
 */
record Answer(int status, String body) {

    /**
     * Reads the body.
     *
     * @throws CliException when it is not a JSON object
     */
    Fields fields() {
        return fields(body);
    }

    static Fields fields(String json) {
        try {
            return Fields.parse(json);
        } catch (IOException malformed) {
            throw CliException.unreachable(
                    "The answer is not one of a Latido service.", "Is this its address? See --url.");
        }
    }
}
