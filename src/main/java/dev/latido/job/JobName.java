package dev.latido.job;

import java.util.regex.Pattern;

/** The rule for job names: they appear in URLs, bus addresses, metric labels and environment variables. */
public final class JobName {

    /** What a job name looks like, in words, for messages. */
    public static final String RULE =
            "1 to 64 characters: lower-case letters, digits, '.', '_' and '-', the first a letter or digit";

    private static final Pattern VALID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    private JobName() {}

    /** Tells whether {@code name} keeps {@link #RULE}. */
    public static boolean isValid(String name) {
        return VALID.matcher(name).matches();
    }
}
