package dev.latido;

import org.jspecify.annotations.Nullable;

/** Where clients of a service that dies again and again wait until it is there. */
final class Gate {

    /**
     * A life of the service.
     *
     * @param isLast whether clients are only to bring to an end what they began, and then to go
     */
    record Life(int number, int port, boolean isLast) {}

    private @Nullable Life life;
    private boolean isOpen;
    private int waiting;

    /** Waits for a life of the service after the one with the number {@code before}. */
    synchronized Life pass(int before) throws InterruptedException {
        waiting++;
        notifyAll();
        while (!isOpen || life == null || life.number() <= before) {
            wait();
        }
        waiting--;
        return life;
    }

    synchronized void open(Life next) {
        life = next;
        isOpen = true;
        notifyAll();
    }

    /** Closes the gate, and waits until so many clients are in front of it. */
    synchronized void close(int clients) throws InterruptedException {
        isOpen = false;
        while (waiting < clients) {
            wait();
        }
    }
}
