package dev.latido.stream;

/** Is told what the stream does. On the stream's event loop; must return at once. */
public interface StreamObserver {

    /** An observer that does not care. */
    StreamObserver NONE = new StreamObserver() {
        @Override
        public void readers(int now) {}

        @Override
        public void sent(int messages) {}

        @Override
        public void cutOff(CutOff reason) {}
    };

    /** So many read now. */
    void readers(int now);

    /** So many messages were sent, heartbeats not counted. */
    void sent(int messages);

    /** A reader was cut off. */
    void cutOff(CutOff reason);
}
