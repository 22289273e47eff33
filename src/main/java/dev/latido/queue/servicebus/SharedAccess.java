package dev.latido.queue.servicebus;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes tokens of a key, as <a href="https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas">Service Bus access
 * control with Shared Access Signatures</a> says: the signature is of the encoded resource, a line end, and the second at which
 * the token ends, by HMAC-SHA256. The key is taken as the text that it is, not as what its base64 stands for.
 */
final class SharedAccess {

    private static final String HMAC = "HmacSHA256";

    private SharedAccess() {}

    /**
     * Makes a token.
     *
     * @param resource what it opens, and all below that
     * @param endsAt the second since 1970 at which it ends
     */
    static String token(String resource, String keyName, String key, long endsAt) {
        String encoded = encoded(resource);
        return "SharedAccessSignature sr=" + encoded + "&sig=" + encoded(signature(encoded, endsAt, key)) + "&se="
                + endsAt + "&skn=" + encoded(keyName);
    }

    private static String signature(String encodedResource, long endsAt, String key) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), HMAC));
            byte[] signature = mac.doFinal((encodedResource + "\n" + endsAt).getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
