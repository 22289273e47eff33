package dev.latido.queue;

import dev.latido.setting.Hosts;
import dev.latido.setting.Secret;
import dev.latido.setting.Section;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An account of Azure Storage, and what opens it: exactly one of {@code key}, {@code sas} and {@code identity}.
 *
 * @param name the account's
 * @param host where its queues are
 * @param port the same
 * @param isSecure whether by TLS, with the certificate and its name checked
 * @param path what stands before the names of queues: empty, or as Azurite has it
 * @param key its key, in base64; null for none
 * @param sas a shared access signature; null for none
 * @param identity who this service is to Azure; null for nobody
 */
public record StorageAccount(
        String name,
        String host,
        int port,
        boolean isSecure,
        String path,
        @Nullable Secret key,
        @Nullable Secret sas,
        @Nullable Identity identity) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9]{3,24}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9.-]{1,100}");
    private static final String PUBLIC_AUTHORITY = "https://login.microsoftonline.com";
    private static final String TOKEN_FILE = "/var/run/secrets/azure/tokens/azure-identity-token";

    /** What tells the queues of an account from its other services. */
    private static final String PUBLIC_HOST = ".queue.core.windows.net";

    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    /**
     * A workload identity: a file says who this service is, signed by where it runs, and the authority gives a token for it.
     *
     * @param authority where it is asked for, such as {@code https://login.microsoftonline.com}
     * @param tenant the directory
     * @param client the application or managed identity
     * @param assertion the file
     */
    public record Identity(URI authority, String tenant, String client, Secret assertion) {}

    /** Reads one; null when it is wrong, which is noted. */
    static @Nullable StorageAccount read(Section section) {
        String name = section.optional("account");
        String url = section.optional("url");
        Secret key = section.secret("key");
        Secret sas = section.secret("sas");
        Section who = section.section("identity");
        boolean hasIdentity = section.has("identity") || who.has("tenant") || who.has("client");
        Identity identity = hasIdentity ? identity(who) : null;
        who.end();
        if (!NAME.matcher(name).matches()) {
            section.problem("account", "must be the name of a storage account: 3 to 24 lower case letters and digits");
            return null;
        }
        long ways = Stream.of(key != null, sas != null, hasIdentity)
                .filter(each -> each)
                .count();
        if (ways != 1) {
            section.problem("keyFile", "must be given, or sasFile, or identity, and only one of them");
            return null;
        }
        if (hasIdentity && identity == null) {
            return null;
        }
        StorageAccount account = at(section, name, url.isEmpty() ? "https://" + name + PUBLIC_HOST : url);
        if (account == null) {
            return null;
        }
        if (!account.isSecure && key == null && !Hosts.isLoopback(account.host)) {
            section.problem("url", "must begin with https://, as what opens the account would be sent for all to read");
            return null;
        }
        return new StorageAccount(name, account.host, account.port, account.isSecure, account.path, key, sas, identity);
    }

    private static @Nullable StorageAccount at(Section section, String name, String url) {
        URI uri = web(url).orElse(null);
        if (uri == null) {
            section.problem(
                    "url", "must be where the queues of the account are, such as https://" + name + PUBLIC_HOST);
            return null;
        }
        boolean isSecure = uri.getScheme().equals("https");
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        return new StorageAccount(
                name,
                uri.getHost(),
                uri.getPort() < 0 ? (isSecure ? HTTPS_PORT : HTTP_PORT) : uri.getPort(),
                isSecure,
                path.endsWith("/") ? path.substring(0, path.length() - 1) : path,
                null,
                null,
                null);
    }

    private static Optional<URI> web(String text) {
        try {
            URI uri = URI.create(text);
            boolean isWeb = ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getQuery() == null
                    && uri.getFragment() == null;
            return isWeb ? Optional.of(uri) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Identity identity(Section section) {
        String tenant = section.optional("tenant");
        String client = section.optional("client");
        String file = section.string("tokenFile", TOKEN_FILE);
        String authority = section.string("authority", PUBLIC_AUTHORITY);
        if (!ID.matcher(tenant).matches()) {
            section.problem("tenant", "must be the id of the directory (AZURE_TENANT_ID)");
            return null;
        }
        if (!ID.matcher(client).matches()) {
            section.problem("client", "must be the id of the application or managed identity (AZURE_CLIENT_ID)");
            return null;
        }
        URI uri = web(authority).orElse(null);
        if (uri == null || (uri.getScheme().equals("http") && !Hosts.isLoopback(uri.getHost()))) {
            section.problem(
                    "authority", "must be an https URL such as " + PUBLIC_AUTHORITY + " (AZURE_AUTHORITY_HOST)");
            return null;
        }
        try {
            return new Identity(uri, tenant, client, Secret.in(Path.of(file)));
        } catch (InvalidPathException e) {
            section.problem("tokenFile", "must be the path of a file");
            return null;
        }
    }

    /** Returns where it is, for people. */
    String place() {
        boolean isUsual = port == (isSecure ? HTTPS_PORT : HTTP_PORT);
        return (isSecure ? "https://" : "http://") + host + (isUsual ? "" : ":" + port) + path;
    }

    /** Has no secrets. */
    @Override
    public String toString() {
        return place();
    }
}
