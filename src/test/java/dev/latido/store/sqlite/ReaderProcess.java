package dev.latido.store.sqlite;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Somebody else who looks into the database. Prints {@code reading} once it is in a transaction; ends that when it reads a
 * byte, prints {@code idle}, and has the database open until its input ends.
 */
final class ReaderProcess {

    private ReaderProcess() {}

    /** Takes the database. */
    public static void main(String[] args) throws SQLException, IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (Connection connection = Connections.connect(Path.of(args[0]), true)) {
            Sql.execute(connection, "BEGIN");
            Sql.integer(connection, "SELECT count(*) FROM execution");
            out.println("reading");
            System.in.read();
            Sql.execute(connection, "COMMIT");
            out.println("idle");
            while (System.in.read() >= 0) {}
        }
    }
}
