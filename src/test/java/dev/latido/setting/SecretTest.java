package dev.latido.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class SecretTest {

    private static final String MARKER = "hunter2";

    @TempDir
    Path directory;

    private Secret in(String content) throws Exception {
        return Secret.in(Files.writeString(directory.resolve("secret"), content));
    }

    @Test
    void readsTheFileAsItIsNow() throws Exception {
        Secret secret = in("first");
        assertThat(secret.read()).isEqualTo("first");
        in("second");
        assertThat(secret.read()).isEqualTo("second");
        assertThat(Secret.of("text").read()).isEqualTo("text");
    }

    /** Only the line end that editors add: anything else may be meant. */
    @Test
    void leavesOutOneLineEnd() throws Exception {
        assertThat(in("a b \n").read()).isEqualTo("a b ");
        assertThat(in(" a\r\n").read()).isEqualTo(" a");
        assertThat(in("a\n\n").read()).isEqualTo("a\n");
        assertThat(in("Zoë\n").read()).isEqualTo("Zoë");
    }

    @Test
    void hasABound() throws Exception {
        String most = "x".repeat(Secret.MAX_BYTES);
        assertThat(in(most).read()).isEqualTo(most);
        assertUnreadable(in(most + "x"), "it has more than 65536 bytes");
        if (Files.exists(Path.of("/dev/zero"))) {
            assertUnreadable(Secret.in(Path.of("/dev/zero")), "/dev/zero: it is not a regular file");
        }
    }

    @Test
    void saysWhatIsWrongWithTheFileAndNothingOfIt() throws Exception {
        for (String empty : List.of("", "\n", " \r\n", " ")) {
            assertUnreadable(in(empty), "secret: it is empty");
        }
        Path latin1 =
                Files.write(directory.resolve("latin1"), (MARKER + "\u00e4").getBytes(StandardCharsets.ISO_8859_1));
        assertUnreadable(Secret.in(latin1), "latin1: it is not UTF-8");
        assertUnreadable(Secret.in(directory), "it is not a regular file");
        assertUnreadable(Secret.in(directory.resolve("none")), "none: no such file");
        Path leadingNowhere = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("gone"));
        assertUnreadable(Secret.in(leadingNowhere), "link: no such file");
    }

    /** As Kubernetes has them: a link is changed, and the file behind it is another. */
    @Test
    void followsLinks() throws Exception {
        Path link = directory.resolve("link");
        Files.createSymbolicLink(link, Files.writeString(directory.resolve("one"), "1"));
        Secret secret = Secret.in(link);
        assertThat(secret.read()).isEqualTo("1");
        Files.delete(link);
        Files.createSymbolicLink(link, Files.writeString(directory.resolve("two"), "2"));
        assertThat(secret.read()).isEqualTo("2");
    }

    /** Whoever opens a pipe waits for somebody at its other end. */
    @Test
    @Timeout(60)
    @DisabledOnOs(OS.WINDOWS)
    void doesNotWaitAtAPipe() throws Exception {
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        assertUnreadable(Secret.in(pipe), "pipe: it is not a regular file");
    }

    private static void assertUnreadable(Secret secret, String why) {
        assertThatThrownBy(secret::read)
                .isInstanceOf(Secret.UnreadableException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining(MARKER)
                .hasNoCause();
    }

    @Test
    void showsNothing() throws Exception {
        assertThat(Secret.of(MARKER).toString()).doesNotContain(MARKER);
        assertThat(in(MARKER).toString()).contains("secret").doesNotContain(MARKER);
    }
}
