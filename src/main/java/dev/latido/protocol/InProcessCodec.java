package dev.latido.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/** Hands immutable objects over as they are, inside one process. They never go over the wire. */
final class InProcessCodec implements MessageCodec<Object, Object> {

    static final String NAME = "latido.in-process";

    @Override
    public Object transform(Object immutable) {
        return immutable;
    }

    @Override
    public void encodeToWire(Buffer buffer, Object body) {
        throw new UnsupportedOperationException("stays inside the process");
    }

    @Override
    public Object decodeFromWire(int pos, Buffer buffer) {
        throw new UnsupportedOperationException("stays inside the process");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public byte systemCodecID() {
        return -1;
    }
}
