package dev.latido.store.sqlite;

import dev.latido.job.TimeSource;
import dev.latido.store.Backup;
import dev.latido.store.Batch;
import dev.latido.store.StoreException;
import dev.latido.store.StoreModel;
import dev.latido.store.Stores;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A store in a process of its own that goes on with a history which a seed decides: its batch n is commit n. Prints
 * {@code open <commit>}, {@code stored <commit>} for each batch, {@code saved <file> <commit>} for a backup, and at the end
 * {@code closed}, {@code failed <why>} or {@code refused <why>}.
 */
final class PowerCutProcess {

    /** How long the log may become; short, so that it is often taken over. */
    static final int LOG_PAGES = 200;

    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private PowerCutProcess() {}

    /** Takes the directory, the seed, how many batches to write, and whether to make a backup and to close at the end. */
    public static void main(String[] args) throws IOException {
        SqliteStore store =
                new SqliteStore(new Place(Path.of(args[0])).config(""), TimeSource.system(), Schema.STEPS, LOG_PAGES);
        StoreException refused = store.open()
                .map(opened -> (StoreException) null)
                .otherwise(failure -> (StoreException) failure)
                .await();
        if (refused != null) {
            say("refused " + refused.getMessage());
            Runtime.getRuntime().halt(1); // as the service does
        }
        long sequence = store.status().sequence();
        say("open " + sequence);
        StoreModel model = StoreModel.at(sequence, Long.parseLong(args[1]));
        for (int i = Integer.parseInt(args[2]); i > 0; i--) {
            Batch batch = model.randomBatch();
            model.apply(batch);
            StoreException failed = store.append(batch)
                    .map(done -> (StoreException) null)
                    .otherwise(failure -> (StoreException) failure)
                    .await();
            if (failed != null) {
                say("failed " + failed.getMessage());
                Runtime.getRuntime().halt(3); // as the service does
            }
            sequence++;
            say("stored " + sequence);
        }
        if (Boolean.parseBoolean(args[3])) {
            Backup backup = store.backUp(Instant.MAX).otherwiseEmpty().await();
            if (backup != null) {
                say("saved " + backup.place() + " " + backup.sequence());
            }
            Stores.await(store.close());
            say("closed");
        }
        Runtime.getRuntime().halt(0);
    }

    private static void say(String line) throws IOException {
        OUT.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
