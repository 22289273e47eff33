package dev.latido.worker;

import java.nio.charset.StandardCharsets;

/**
 * Text of others, such as the key of a message, in the field of an HTTP request. What is no visible character of ASCII, and the
 * sign itself, is percent-encoded UTF-8 (RFC 3986, section 2.1), so that different texts stay different and nothing ends the field.
 */
final class PercentText {

    private PercentText() {}

    static String of(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (each > ' ' && each < 0x7f && each != '%') {
                encoded.append((char) each);
            } else {
                encoded.append('%')
                        .append(Character.toUpperCase(Character.forDigit(each >> 4 & 0xf, 16)))
                        .append(Character.toUpperCase(Character.forDigit(each & 0xf, 16)));
            }
        }
        return encoded.toString();
    }
}
