package dev.latido.queue.redis;

import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerConfig.Login;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is, and how to come in.
 *
 * @param place where it is, for people: without user and password
 * @param address the same for connecting; with Sentinels nowhere, as they know
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param login read again at each connect, where it may block
 * @param database its number
 * @param caFile a file of certificates in PEM to trust; null for those that Java trusts
 * @param sentinels the Sentinels that know where it is; none when it is at {@code address}
 * @param master what they call it
 * @param sentinelLogin the same as {@code login} for them
 */
public record RedisConfig(
        String place,
        Address address,
        boolean isSecure,
        Callable<Login> login,
        int database,
        @Nullable String caFile,
        List<Address> sentinels,
        String master,
        Callable<Login> sentinelLogin) {

    private static final int MAX_CERTIFICATE_BYTES = 1_048_576;

    /** A host and its port. */
    public record Address(String host, int port) {
        /** Returns both as in a URL. */
        @Override
        public String toString() {
            return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * What is read at each connect.
     *
     * @param certificates those to trust; null for those that Java trusts
     */
    record Credentials(
            Login login, Login sentinelLogin, @Nullable Buffer certificates) {}

    public RedisConfig {
        sentinels = List.copyOf(sentinels);
    }

    /** Makes one of what the configuration says. */
    public static RedisConfig of(BrokerConfig config) {
        return new RedisConfig(
                config.place(),
                new Address(config.host(), config.port()),
                config.isSecure(),
                config::login,
                config.database(),
                config.caFile(),
                config.sentinels().stream()
                        .map(node -> new Address(node.host(), node.port()))
                        .toList(),
                config.master(),
                config::sentinelLogin);
    }

    /** Reads what is in files; so this may block. */
    Credentials credentials() throws Exception {
        return new Credentials(login.call(), sentinelLogin.call(), caFile == null ? null : certificates(caFile));
    }

    private static Buffer certificates(String file) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            byte[] pem = in.readNBytes(MAX_CERTIFICATE_BYTES + 1);
            if (pem.length > MAX_CERTIFICATE_BYTES) {
                throw new IOException(file + ": it has more than " + MAX_CERTIFICATE_BYTES + " bytes");
            }
            if (CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem))
                    .isEmpty()) {
                throw new CertificateException();
            }
            return Buffer.buffer(pem);
        } catch (CertificateException e) {
            throw new IOException(file + ": there are no certificates in PEM in it");
        }
    }

    /** Returns the same with a login that is read again at each connect, where it may block. */
    public RedisConfig withLogin(Callable<Login> supplier) {
        return new RedisConfig(place, address, isSecure, supplier, database, caFile, sentinels, master, sentinelLogin);
    }

    @Override
    public String toString() {
        return place;
    }
}
