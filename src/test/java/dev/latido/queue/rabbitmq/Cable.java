package dev.latido.queue.rabbitmq;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A way to a server that can be cut: what one finds whom the other has given up, or who is cut off. */
final class Cable implements AutoCloseable {

    private final ServerSocket entrance;
    private final int port;
    private final List<Socket> open = new ArrayList<>();
    private boolean isCut;

    /** Makes one that leads to a port of this machine. */
    Cable(int port) {
        this.port = port;
        try {
            entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(this::accept);
    }

    /** Returns the port at which it begins. */
    int port() {
        return entrance.getLocalPort();
    }

    private static void run(Runnable task) {
        Thread thread = new Thread(task, "cable");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket in = entrance.accept();
                Socket out = null;
                try {
                    out = new Socket(InetAddress.getLoopbackAddress(), port);
                } catch (IOException nobody) {
                    in.close();
                }
                if (out != null && keep(in, out)) {
                    Socket far = out;
                    run(() -> copy(in, far));
                    run(() -> copy(far, in));
                }
            }
        } catch (IOException closed) {
            // it is over
        }
    }

    private synchronized boolean keep(Socket in, Socket out) {
        open.removeIf(Socket::isClosed);
        open.add(in);
        open.add(out);
        if (isCut) {
            cutNow();
        }
        return !isCut;
    }

    private static void copy(Socket from, Socket to) {
        byte[] buffer = new byte[8_192];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
            }
        } catch (IOException ended) {
            // the other side is told by the end
        }
    }

    /** Ends all connections, and has none begin. */
    synchronized void cut() {
        isCut = true;
        cutNow();
    }

    private void cutNow() {
        for (Socket socket : open) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        open.clear();
    }

    /** Has connections begin again. */
    synchronized void mend() {
        isCut = false;
    }

    @Override
    public void close() {
        cut();
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
