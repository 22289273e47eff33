package dev.latido.store.sqlite;

import dev.latido.store.StoreException;
import dev.latido.store.Stores;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A store in a process of its own, to be killed. Prints {@code opening}, then {@code open <process id>} or {@code refused
 * <why>}. With the number of an execution it accepts one after the other from there on, each in a batch of its own, and
 * prints {@code stored <number>} for each; without, it closes the store once its input ends, and prints {@code closed}.
 */
final class StoreProcess {

    private StoreProcess() {}

    /** Takes the directory, and perhaps the first number. */
    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        SqliteStore store = new Place(Path.of(args[0])).store();
        out.println("opening");
        Throwable refused =
                store.open().map(opened -> (Throwable) null).otherwise(e -> e).await();
        if (refused instanceof StoreException) {
            out.println("refused " + refused.getMessage());
            return;
        }
        out.println("open " + ProcessHandle.current().pid());
        if (args.length == 1) {
            while (System.in.read() >= 0) {}
            Stores.await(store.close());
            out.println("closed");
            return;
        }
        for (long n = Long.parseLong(args[1]); ; n++) {
            Stores.await(store.append(Stores.accept(n)));
            out.println("stored " + n);
        }
    }
}
