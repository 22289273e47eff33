package dev.latido.setting;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What settings have to know of the hosts that they name. */
public final class Hosts {

    private Hosts() {}

    /** Tells whether only this machine can reach what listens at {@code host}. */
    public static boolean isLoopback(String host) {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
