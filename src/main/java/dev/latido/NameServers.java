package dev.latido;

import io.vertx.core.dns.AddressResolverOptions;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Whom Vert.x asks for the addresses of hosts: the name servers of this machine. Where none is named, it would ask Google's,
 * and so tell somebody outside what this service looks for; resolv.conf(5) has a server on this machine be asked then.
 */
final class NameServers {

    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

    private static final String LOCAL = "127.0.0.1";

    private NameServers() {}

    /** Returns how this machine resolves names. */
    static AddressResolverOptions ofMachine() {
        boolean isUnix = File.separatorChar == '/';
        return isUnix ? of(RESOLV_CONF) : new AddressResolverOptions();
    }

    /** Returns how a machine with that {@code resolvConf} resolves names. */
    static AddressResolverOptions of(Path resolvConf) {
        AddressResolverOptions options = new AddressResolverOptions();
        return namesOne(resolvConf) ? options : options.addServer(LOCAL);
    }

    private static boolean namesOne(Path resolvConf) {
        try (Stream<String> lines = Files.lines(resolvConf, StandardCharsets.ISO_8859_1)) {
            return lines.anyMatch(line -> line.matches("nameserver\\s+\\S.*"));
        } catch (IOException missing) {
            return false;
        }
    }
}
