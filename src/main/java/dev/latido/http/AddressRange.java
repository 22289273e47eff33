package dev.latido.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses in CIDR notation (RFC 4632, RFC 4291, 2.3), such as {@code 10.0.0.0/8} or {@code fd00::/8}.
 *
 * @param first its first address
 * @param bits how many leading bits all its addresses share
 */
record AddressRange(InetAddress first, int bits) {

    private static final Pattern CIDR = Pattern.compile("(\\[?)([0-9A-Fa-f.:]+)(]?)/(0|[1-9]\\d{0,2})");

    /** Reads a range, whose address may have bits behind the prefix; an IPv6 address may stand in brackets. */
    static Optional<AddressRange> parse(String text) {
        Matcher cidr = CIDR.matcher(text);
        if (!cidr.matches() || cidr.group(1).isEmpty() != cidr.group(3).isEmpty()) {
            return Optional.empty();
        }
        boolean inBrackets = !cidr.group(1).isEmpty();
        InetAddress address =
                address(inBrackets || cidr.group(2).contains(":") ? "[" + cidr.group(2) + "]" : cidr.group(2));
        int bits = Integer.parseInt(cidr.group(4));
        return address == null || bits > address.getAddress().length * 8
                ? Optional.empty()
                : Optional.of(new AddressRange(address, bits));
    }

    /**
     * Reads an address as {@code Host} has it, IPv6 in brackets; null when it is none. IPv4 has four decimal numbers: other forms
     * are names. An IPv4 address within an IPv6 one ({@code [::ffff:10.0.0.1]}) is that IPv4 address.
     */
    static @Nullable InetAddress address(String host) {
        boolean inBrackets = host.startsWith("[") && host.endsWith("]");
        String literal = inBrackets ? host.substring(1, host.length() - 1) : host;
        if (inBrackets
                ? !NetUtil.isValidIpV6Address(literal) || literal.contains("%")
                : !NetUtil.isValidIpV4Address(literal)) {
            return null;
        }
        try {
            InetAddress address = InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(literal));
            return inBrackets || address.getHostAddress().equals(literal)
                    ? address
                    : null; // 010.0.0.1 means two things
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible); // it has 4 or 16 bytes
        }
    }

    /** Returns the range as it should be written: with no bits behind the prefix. */
    AddressRange canonical() {
        byte[] bytes = first.getAddress();
        for (int i = bits; i < bytes.length * 8; i++) {
            bytes[i / 8] &= (byte) ~(0x80 >> (i % 8));
        }
        try {
            return new AddressRange(InetAddress.getByAddress(bytes), bits);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    boolean contains(InetAddress address) {
        byte[] ours = first.getAddress();
        byte[] other = address.getAddress();
        if (ours.length != other.length) {
            return false;
        }
        int whole = bits / 8;
        int rest = bits % 8;
        return Arrays.equals(ours, 0, whole, other, 0, whole)
                && (rest == 0 || (ours[whole] & 0xff) >> (8 - rest) == (other[whole] & 0xff) >> (8 - rest));
    }

    @Override
    public String toString() {
        return first.getHostAddress() + "/" + bits;
    }
}
