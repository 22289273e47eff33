package dev.latido.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** Which coding of an answer a client accepts (RFC 9110, 12.5.3). */
final class AcceptedCoding {

    private static final float ABSENT = -1;

    private AcceptedCoding() {}

    /** Tells whether {@code request} accepts gzip. Who says nothing gets what is not compressed, which everybody understands. */
    static boolean isGzip(HttpServerRequest request) {
        float gzip = ABSENT;
        float any = ABSENT;
        for (String line : request.headers().getAll(HttpHeaders.ACCEPT_ENCODING)) {
            for (String item : line.split(",", -1)) {
                int semicolon = item.indexOf(';');
                String coding = (semicolon < 0 ? item : item.substring(0, semicolon)).strip();
                float weight = semicolon < 0 ? 1 : weight(item.substring(semicolon + 1));
                if (coding.equalsIgnoreCase("gzip") || coding.equalsIgnoreCase("x-gzip")) { // RFC 9110, 8.4.1.3
                    gzip = Math.max(gzip, weight);
                } else if (coding.equals("*")) {
                    any = Math.max(any, weight);
                }
            }
        }
        return (gzip == ABSENT ? any : gzip) > 0;
    }

    /** Reads {@code q=} with a number from 0 to 1; what is none is as good as not accepted. */
    private static float weight(String parameter) {
        String text = parameter.strip();
        if (!text.regionMatches(true, 0, "q=", 0, 2)) {
            return 0;
        }
        String number = text.substring(2).strip();
        return number.matches("0(\\.\\d{0,3})?|1(\\.0{0,3})?") ? Float.parseFloat(number) : 0;
    }
}
