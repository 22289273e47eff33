package dev.latido.queue.storagequeue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes shared access signatures of an account, as
 * <a href="https://learn.microsoft.com/rest/api/storageservices/create-account-sas">Create an account SAS</a> says.
 */
final class Sas {

    private static final String VERSION = "2019-12-12";

    private Sas() {}

    /**
     * Makes one for queues and messages.
     *
     * @param rights as letters: read, add, update, process, create
     * @param seconds when it ends, from now on
     */
    static String of(String rights, long seconds) throws Exception {
        String ends = Instant.now()
                .plusSeconds(seconds)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
        String text =
                String.join("\n", AzuriteServer.ACCOUNT, rights, "q", "co", "", ends, "", "https,http", VERSION, "");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(AzuriteServer.KEY), "HmacSHA256"));
        String signature = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        return "sv=" + VERSION + "&ss=q&srt=co&sp=" + rights + "&se=" + ends.replace(":", "%3A")
                + "&spr=https,http&sig="
                + signature.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
    }
}
