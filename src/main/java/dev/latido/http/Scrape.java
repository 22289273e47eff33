package dev.latido.http;

import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** All metrics at one moment, compressed: with thousands of jobs the text is twenty times as long. Does not change. */
public final class Scrape {

    /** Writes all metrics as text. */
    @FunctionalInterface
    public interface Source {
        void writeTo(OutputStream out) throws IOException;
    }

    private static final int PIECE_BYTES = AnswerBound.PIECE_BYTES;

    private final List<byte[]> pieces;
    private final long bytes;
    private final long bytesOfText;

    private Scrape(List<byte[]> pieces, long bytesOfText) {
        this.pieces = List.copyOf(pieces);
        this.bytesOfText = bytesOfText;
        this.bytes = pieces.stream().mapToLong(piece -> piece.length).sum();
    }

    /** Has {@code source} write everything, which may take long. */
    static Scrape of(Source source) throws IOException {
        Pieces pieces = new Pieces();
        try (FastGzip compressed = new FastGzip(pieces)) {
            source.writeTo(compressed);
            compressed.finish();
            return new Scrape(pieces.all, compressed.bytesOfText());
        }
    }

    /** Returns how long it is compressed, in bytes. */
    long bytes() {
        return bytes;
    }

    /** Returns how long the text is, in bytes. */
    long bytesOfText() {
        return bytesOfText;
    }

    /** Returns how many pieces it has. */
    int size() {
        return pieces.size();
    }

    /** Returns one piece, compressed. */
    Buffer piece(int index) {
        return BufferInternal.buffer(Unpooled.wrappedBuffer(pieces.get(index)));
    }

    /** Returns the text. */
    InputStream text() throws IOException {
        return new GZIPInputStream(
                new SequenceInputStream(Collections.enumeration(pieces.stream()
                        .<InputStream>map(ByteArrayInputStream::new)
                        .toList())),
                PIECE_BYTES);
    }

    /** What compresses best here takes twice the time of what compresses nearly as well. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, PIECE_BYTES);
            def.setLevel(Deflater.BEST_SPEED);
        }

        long bytesOfText() {
            return def.getBytesRead();
        }
    }

    /** Collects what is written, in pieces. */
    private static final class Pieces extends OutputStream {
        private final List<byte[]> all = new ArrayList<>();

        @Override
        public void write(int one) {
            all.add(new byte[] {(byte) one});
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            all.add(Arrays.copyOfRange(from, offset, offset + length));
        }
    }
}
