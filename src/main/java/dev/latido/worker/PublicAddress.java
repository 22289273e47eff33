package dev.latido.worker;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which addresses are out in the public internet, and not this machine, its network, or a form of these in disguise.
 *
 * <p>The tables follow the IANA registries of special-purpose addresses
 * (<a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IPv4</a>,
 * <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IPv6</a>).
 */
final class PublicAddress {

    private static final List<Block> NOT_PUBLIC_V4 = blocks(
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private (RFC 1918)
            "100.64.0.0/10", // shared behind carrier-grade NAT (RFC 6598)
            "127.0.0.0/8", // loopback
            "168.63.129.16/32", // the host of an Azure virtual machine, which is not in the registry
            "169.254.0.0/16", // link-local, and the metadata services of clouds
            "172.16.0.0/12", // private
            "192.0.0.0/24", // IETF protocol assignments
            "192.0.2.0/24", // documentation
            "192.88.99.0/24", // 6to4 relay anycast
            "192.168.0.0/16", // private
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4"); // reserved, and broadcast

    /** All of IPv6 that is handed out for the public internet; loopback, ULA, link-local and the rest are outside. */
    private static final Block GLOBAL_UNICAST = Block.parse("2000::/3");

    private static final List<Block> NOT_PUBLIC_V6 = blocks(
            "2001::/23", // IETF protocol assignments, with Teredo, which hides an IPv4 address
            "2001:db8::/32", // documentation
            "3fff::/20"); // documentation

    private static final Block MAPPED_V4 = Block.parse("::ffff:0:0/96");
    private static final Block NAT64 = Block.parse("64:ff9b::/96");
    private static final Block SIX_TO_FOUR = Block.parse("2002::/16");

    private PublicAddress() {}

    /** Tells whether {@code address} is a public unicast address. */
    static boolean is(InetAddress address) {
        return is(address.getAddress());
    }

    /** Tells whether the address with these 4 or 16 bytes is a public unicast address. */
    static boolean is(byte[] address) {
        if (address.length == 4) {
            return NOT_PUBLIC_V4.stream().noneMatch(block -> block.contains(address));
        }
        if (MAPPED_V4.contains(address) || NAT64.contains(address)) {
            return is(Arrays.copyOfRange(address, 12, 16));
        }
        if (SIX_TO_FOUR.contains(address)) {
            return is(Arrays.copyOfRange(address, 2, 6));
        }
        return GLOBAL_UNICAST.contains(address) && NOT_PUBLIC_V6.stream().noneMatch(block -> block.contains(address));
    }

    private static List<Block> blocks(String... cidrs) {
        return Stream.of(cidrs).map(Block::parse).toList();
    }

    /** The addresses that begin with the first {@code bits} of {@code prefix}. */
    private static final class Block {

        private final byte[] prefix;
        private final int bits;

        private Block(byte[] prefix, int bits) {
            this.prefix = prefix;
            this.bits = bits;
        }

        static Block parse(String cidr) {
            int slash = cidr.indexOf('/');
            try {
                return new Block(bytes(cidr.substring(0, slash)), Integer.parseInt(cidr.substring(slash + 1)));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(cidr, e);
            }
        }

        /** Java reads an IPv4-mapped address as the IPv4 one that is in it; here the 16 bytes are wanted. */
        private static byte[] bytes(String literal) throws UnknownHostException {
            byte[] read = InetAddress.getByName(literal).getAddress();
            if (read.length == 16 || !literal.contains(":")) {
                return read;
            }
            byte[] mapped = new byte[16];
            mapped[10] = (byte) 0xff;
            mapped[11] = (byte) 0xff;
            System.arraycopy(read, 0, mapped, 12, 4);
            return mapped;
        }

        boolean contains(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> (i % 8);
                if (((address[i / 8] ^ prefix[i / 8]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}
