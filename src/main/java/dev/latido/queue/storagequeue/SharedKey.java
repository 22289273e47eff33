package dev.latido.queue.storagequeue;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;
import java.util.SortedMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs requests with the key of an account, as
 * <a href="https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key">Authorize with Shared Key</a> says
 * for the queue service since 2009-09-19: method, some header fields of which most are not sent here, those that begin with
 * {@code x-ms-}, the path, and the parameters. The key itself is not sent.
 */
final class SharedKey {

    private static final String ALGORITHM = "HmacSHA256";

    private final String account;
    private final SecretKeySpec key;

    /**
     * Makes one.
     *
     * @param base64 the key as the portal shows it
     * @throws IllegalArgumentException when it is none, with a message that has no part of it
     */
    SharedKey(String account, String base64) {
        this.account = account;
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64.strip());
        } catch (IllegalArgumentException e) { // its own shows a part
            throw new IllegalArgumentException("the key of the account is not in base64");
        }
        if (bytes.length == 0) {
            throw new IllegalArgumentException("the key of the account is empty");
        }
        key = new SecretKeySpec(bytes, ALGORITHM);
    }

    /**
     * Returns the header field {@code Authorization}.
     *
     * @param bodyBytes how long the body is; 0 for none
     * @param headers those that begin with {@code x-ms-}, by their names in lower case
     * @param path the whole path of the URL, encoded
     * @param query the parameters, not encoded, by their names in lower case
     */
    String sign(
            String method,
            int bodyBytes,
            String contentType,
            SortedMap<String, String> headers,
            String path,
            SortedMap<String, String> query) {
        StringBuilder text = new StringBuilder(method)
                .append("\n\n\n") // Content-Encoding, Content-Language
                .append(bodyBytes == 0 ? "" : Integer.toString(bodyBytes))
                .append("\n\n") // Content-MD5
                .append(contentType)
                .append("\n\n\n\n\n\n\n"); // Date, which x-ms-date stands for, four conditions, Range
        for (Map.Entry<String, String> header : headers.entrySet()) {
            text.append(header.getKey()).append(':').append(header.getValue()).append('\n');
        }
        text.append('/').append(account).append(path);
        for (Map.Entry<String, String> parameter : query.entrySet()) {
            text.append('\n').append(parameter.getKey()).append(':').append(parameter.getValue());
        }
        return "SharedKey " + account + ":" + hmac(text.toString());
    }

    private String hmac(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e); // every Java has it, for every key
        }
    }
}
