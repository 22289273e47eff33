package dev.latido.store.sqlite;

import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Stores;
import dev.latido.store.Text;
import dev.latido.store.Unreadable;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Keeps all rows of a store, with texts up to a size. Prints {@code <rows> <texts that are here> <bytes that are not>}. */
final class LargeTextsProcess {

    private LargeTextsProcess() {}

    /** Takes the directory, and up to how many bytes texts are wanted. */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        SqliteStore store = Place.open(new Place(Path.of(args[0])).store());
        List<@Nullable Text> texts = new ArrayList<>();
        Stores.await(store.scan(new StoreReader() {
            @Override
            public int maxTextBytes() {
                return Integer.parseInt(args[1]);
            }

            @Override
            public void service(StoredService service) {}

            @Override
            public void job(StoredJob job) {}

            @Override
            public void key(StoredKey key) {}

            @Override
            public void execution(StoredExecution execution, @Nullable StoredState state) {
                texts.add(execution.payload());
                texts.add(state == null ? null : state.result());
            }

            @Override
            public void unreadable(Unreadable row) {}
        }));
        long here = texts.stream().filter(Text.Here.class::isInstance).count();
        long bytes = texts.stream()
                .filter(Text.Stored.class::isInstance)
                .mapToLong(text -> ((Text.Stored) text).bytes())
                .sum();
        out.println(texts.size() / 2 + " " + here + " " + bytes);
        Stores.await(store.close());
    }
}
