package dev.latido.queue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** An authority that signs certificates of servers, made by the JDK's own keytool in a directory of its own. */
public final class Certificates {

    private static final String PASSWORD = "changeit";

    private final Path directory;

    /** The authority's own certificate. */
    public final Path authority;

    /** A certificate and its key, in PEM. */
    public record Signed(Path certificate, Path key) {}

    public Certificates(Path directory) throws Exception {
        this.directory = Files.createDirectories(directory);
        authority = directory.resolve("ca.pem");
        keytool("-genkeypair", "-alias", "ca", "-keyalg", "EC", "-dname", "CN=authority", "-ext", "bc:c=ca:true");
        keytool("-exportcert", "-alias", "ca", "-rfc", "-file", authority.toString());
    }

    /**
     * Makes one.
     *
     * @param names as keytool has them, such as {@code dns:localhost}
     * @param options further ones of keytool
     */
    public Signed signed(String alias, String names, String... options) throws Exception {
        Path request = directory.resolve(alias + ".csr");
        Path certificate = directory.resolve(alias + ".pem");
        keytool("-genkeypair", "-alias", alias, "-keyalg", "EC", "-dname", "CN=" + alias);
        keytool("-certreq", "-alias", alias, "-file", request.toString());
        List<String> sign = new ArrayList<>(List.of(
                "-gencert", "-alias", "ca", "-rfc", "-infile", request.toString(), "-outfile", certificate.toString()));
        sign.addAll(List.of("-ext", "san=" + names));
        sign.addAll(Arrays.asList(options));
        keytool(sign.toArray(String[]::new));
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(directory.resolve("keys.p12"))) {
            store.load(in, PASSWORD.toCharArray());
        }
        String key = Base64.getMimeEncoder()
                .encodeToString(store.getKey(alias, PASSWORD.toCharArray()).getEncoded());
        return new Signed(
                certificate,
                Files.writeString(
                        directory.resolve(alias + ".key"),
                        "-----BEGIN PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n"));
    }

    private void keytool(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(Arrays.asList(arguments));
        command.addAll(List.of(
                "-storetype",
                "PKCS12",
                "-keystore",
                directory.resolve("keys.p12").toString(),
                "-storepass",
                PASSWORD));
        Path output = directory.resolve("keytool.out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new AssertionError(Files.readString(output));
        }
    }
}
