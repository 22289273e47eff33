package dev.latido.http;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Bounds how many connections there are, in all and of one client. A client is an address of IPv4, or a network of 64 bits of
 * IPv6, of which even a single machine has all addresses. Behind a proxy all are one client, so nobody bounds these unless told.
 * For one event loop.
 */
final class ConnectionBound {

    private static final int NETWORK_BYTES = 8;
    private static final int IPV6_BYTES = 16;
    private static final String UNKNOWN = "";

    private final int max;
    private final int maxPerClient;
    private final Map<String, Integer> byClient = new HashMap<>();
    private int open;

    /**
     * Makes the bound.
     *
     * @param maxPerClient 0 for none
     */
    ConnectionBound(int max, int maxPerClient) {
        this.max = max;
        this.maxPerClient = maxPerClient;
    }

    /** Tells whether one more connection may be open, and counts it if so. */
    boolean tryOpen(@Nullable InetAddress address) {
        if (open >= max) {
            return false;
        }
        if (maxPerClient > 0) {
            String client = client(address);
            int others = byClient.getOrDefault(client, 0);
            if (others >= maxPerClient) {
                return false;
            }
            byClient.put(client, others + 1);
        }
        open++;
        return true;
    }

    /** A connection that was counted is closed. */
    void close(@Nullable InetAddress address) {
        open--;
        if (maxPerClient > 0) {
            byClient.computeIfPresent(client(address), (client, count) -> count == 1 ? null : count - 1);
        }
    }

    private static String client(@Nullable InetAddress address) {
        if (address == null) {
            return UNKNOWN;
        }
        byte[] bytes = address.getAddress();
        return bytes.length == IPV6_BYTES
                ? Arrays.toString(Arrays.copyOf(bytes, NETWORK_BYTES))
                : address.getHostAddress();
    }
}
