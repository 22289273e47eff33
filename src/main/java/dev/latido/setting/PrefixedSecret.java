package dev.latido.setting;

/**
 * A secret with a text before it that is none, such as {@code Bearer }.
 *
 * @param prefix that text; may be empty
 * @param secret the rest
 */
public record PrefixedSecret(String prefix, Secret secret) {

    /**
     * Returns the value, from its file as that is now; so this may block.
     *
     * @throws Secret.UnreadableException as {@link Secret#read}
     */
    public String read() throws Secret.UnreadableException {
        return prefix + secret.read();
    }
}
