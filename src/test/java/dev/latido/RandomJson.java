package dev.latido;

import java.util.SplittableRandom;

/** Random JSON texts, with all that the grammar allows: blanks, escapes, long numbers, lone surrogates as escapes. */
public final class RandomJson {

    private static final String[] BLANKS = {"", "", "", " ", "\n", "\t ", "\r\n"};
    private static final String[] CHARACTERS = {
        "a",
        "Z",
        " ",
        "0",
        "é",
        "ß",
        "日",
        "😀",
        "\u2028",
        "\u007f",
        "\ufeff",
        "\uffff",
        "/",
        "'",
        "\\\"",
        "\\\\",
        "\\/",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\u0000",
        "\\u001F",
        "\\ud800",
        "\\uDFFF",
        "\\ud83d\\ude00",
        "\\u00e9"
    };

    private final SplittableRandom random;
    private final StringBuilder text = new StringBuilder();

    private RandomJson(SplittableRandom random) {
        this.random = random;
    }

    /** Returns one value. */
    public static String text(SplittableRandom random) {
        RandomJson json = new RandomJson(random);
        json.value(random.nextInt(6));
        return json.text.toString();
    }

    private void value(int depth) {
        blank();
        switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> text.append("null");
            case 1 -> text.append(random.nextBoolean());
            case 2, 3 -> number();
            case 4, 5 -> string();
            case 6 -> {
                text.append('[');
                blank();
                for (int i = 0, count = random.nextInt(4); i < count; i++) {
                    text.append(i == 0 ? "" : ",");
                    value(depth - 1);
                }
                text.append(']');
            }
            default -> {
                text.append('{');
                blank();
                for (int i = 0, count = random.nextInt(4); i < count; i++) {
                    text.append(i == 0 ? "" : ",");
                    blank();
                    string();
                    blank();
                    text.append(':');
                    value(depth - 1);
                }
                text.append('}');
            }
        }
        blank();
    }

    private void blank() {
        text.append(BLANKS[random.nextInt(BLANKS.length)]);
    }

    private void number() {
        text.append(random.nextBoolean() ? "-" : "");
        if (random.nextInt(4) == 0) {
            text.append('0');
        } else {
            text.append(1 + random.nextInt(9));
            digits(random.nextInt(4) == 0 ? random.nextInt(40) : random.nextInt(4));
        }
        if (random.nextBoolean()) {
            text.append('.');
            digits(1 + random.nextInt(25));
        }
        if (random.nextInt(3) == 0) {
            text.append(random.nextBoolean() ? 'e' : 'E').append(new String[] {"", "+", "-"}[random.nextInt(3)]);
            digits(1 + random.nextInt(4));
        }
    }

    private void digits(int count) {
        for (int i = 0; i < count; i++) {
            text.append(random.nextInt(10));
        }
    }

    private void string() {
        text.append('"');
        for (int i = 0, count = random.nextInt(8); i < count; i++) {
            text.append(CHARACTERS[random.nextInt(CHARACTERS.length)]);
        }
        text.append('"');
    }
}
