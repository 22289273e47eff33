package dev.latido.queue;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How to come to a namespace of Azure Service Bus, as the portal shows it.
 *
 * @param host where it is
 * @param port the same
 * @param isSecure whether by TLS, with the certificate and its name checked; without it for the emulator alone
 * @param keyName the name of the policy whose key it is
 * @param key signs tokens, and is not sent
 * @param entity the only queue that the policy is for; empty for all of the namespace
 */
public record ConnectionString(String host, int port, boolean isSecure, String keyName, String key, String entity) {

    private static final String EXAMPLE =
            "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=latido;SharedAccessKey=…";

    private static final int AMQPS_PORT = 5671;
    private static final int AMQP_PORT = 5672;

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException when it is none, with a message that has no part of it, for that may be secret
     */
    public static ConnectionString of(String text) {
        Map<String, String> parts = new TreeMap<>();
        for (String part : text.strip().split(";", -1)) {
            int at = part.indexOf('=');
            if (at < 0 && !part.isBlank()) {
                throw wrong();
            } else if (at >= 0) {
                parts.put(
                        part.substring(0, at).strip().toLowerCase(Locale.ROOT),
                        part.substring(at + 1).strip());
            }
        }
        String keyName = parts.getOrDefault("sharedaccesskeyname", "");
        String key = parts.getOrDefault("sharedaccesskey", "");
        URI endpoint = endpoint(parts.getOrDefault("endpoint", ""));
        if (keyName.isEmpty() || key.isEmpty()) {
            throw new IllegalArgumentException(
                    "must have SharedAccessKeyName and SharedAccessKey, the name of a policy and one of its keys");
        }
        boolean isSecure =
                !parts.getOrDefault("usedevelopmentemulator", "false").equalsIgnoreCase("true");
        return new ConnectionString(
                endpoint.getHost(),
                endpoint.getPort() >= 0 ? endpoint.getPort() : isSecure ? AMQPS_PORT : AMQP_PORT,
                isSecure,
                keyName,
                key,
                parts.getOrDefault("entitypath", ""));
    }

    private static URI endpoint(String text) {
        try {
            URI endpoint = URI.create(text);
            if ("sb".equals(endpoint.getScheme()) && endpoint.getHost() != null && endpoint.getUserInfo() == null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) { // its own shows all
            throw wrong();
        }
        throw wrong();
    }

    private static IllegalArgumentException wrong() {
        return new IllegalArgumentException("must be a connection string as the portal shows it, such as " + EXAMPLE);
    }

    /** Returns where it is, for people. */
    public String place() {
        return place(host, port, isSecure);
    }

    static String place(String host, int port, boolean isSecure) {
        return "sb://" + host + (port == (isSecure ? AMQPS_PORT : AMQP_PORT) ? "" : ":" + port);
    }

    /** Has no secrets. */
    @Override
    public String toString() {
        return place();
    }
}
