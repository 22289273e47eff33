package dev.latido.store.sqlite;

import static dev.latido.store.Stores.JOB;
import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.job;
import static dev.latido.store.Stores.key;
import static dev.latido.store.Stores.state;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionId;
import dev.latido.job.ExecutionState;
import dev.latido.store.PendingWrites;
import dev.latido.store.StoreException;
import dev.latido.store.StoreReader;
import dev.latido.store.StoredExecution;
import dev.latido.store.StoredJob;
import dev.latido.store.StoredKey;
import dev.latido.store.StoredService;
import dev.latido.store.StoredState;
import dev.latido.store.Unreadable;
import dev.latido.store.Unreadable.Kind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What makes no sense in a file is told, stays there, and is no reason to leave the rest unread. */
class SqliteUnreadableTest {

    @TempDir
    Path directory;

    private Place place() {
        return new Place(directory.resolve("data"));
    }

    /** Keeps what it is handed. */
    private static final class Taken implements StoreReader {
        private final List<String> jobs = new ArrayList<>();
        private final List<String> keys = new ArrayList<>();
        private final List<Long> executions = new ArrayList<>();
        private final List<Unreadable> unreadable = new ArrayList<>();

        static Taken of(SqliteStore store) {
            Taken taken = new Taken();
            await(store.scan(taken));
            return taken;
        }

        @Override
        public void service(StoredService service) {}

        @Override
        public void job(StoredJob job) {
            jobs.add(job.name());
        }

        @Override
        public void key(StoredKey key) {
            keys.add(key.key());
        }

        @Override
        public void execution(StoredExecution execution, @Nullable StoredState state) {
            executions.add(execution.id().value());
        }

        @Override
        public void unreadable(Unreadable row) {
            unreadable.add(row);
        }
    }

    /** Makes a store of two jobs, three executions of the first, of which the second has a state, and two keys. */
    @BeforeEach
    void fill() {
        SqliteStore store = place().open();
        await(store.append(new PendingWrites()
                .job(job(JOB, 1))
                .job(job("other", 1))
                .accept(execution(1))
                .accept(execution(2))
                .accept(execution(3))
                .change(state(2, ExecutionState.FAILED))
                .use(key("a", 1))
                .use(key("b", 2))
                .batch()));
        await(store.close());
    }

    private void damage(String sql) throws Exception {
        try (Connection connection = Connections.connect(place().database(), false)) {
            Sql.execute(connection, sql);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            execution_state | state = 8                          | there is no state 8
            execution_state | state = -1                         | there is no state -1
            execution_state | state = 4294967297                 | there is no state 4294967297
            execution_state | attempt = 4294967297               | integer overflow
            execution_state | crashes = -4294967297              | integer overflow
            execution_state | flags = 32                         | there are no flags 32
            execution_state | flags = -1                         | there are no flags -1
            execution_state | flags = 4294967297                 | integer overflow
            execution_state | handovers = 'next Not!'            | 'Not!' is not a job name
            execution_state | handovers = ''                     | '' is not a job name
            execution_state | course = 'nonsense'              |
            execution_state | course = '{}'                    |
            execution_state | course = '[1]'                   | no attempt that failed: 1
            execution_state | course = '[[1,2,3]]'             | no attempt that failed: [1,2,3]
            execution_state | course = '[[1,2,3,null]]'        | an attempt that failed without an error
            execution_state | course = '[[1,2,null,"e"]]'      |
            execution_state | course = '[["1",2,3,"e"]]'       |
            execution_state | course = '[[4294967297,2,3,"e"]]'| integer overflow
            execution_state | course = '[[]]'                  | no attempt that failed: []
            execution_state | course = '[["hold","x",1,2]]'    | nothing holds like ["hold","x",1,2]
            execution_state | course = '[["hold","rate",1]]'   |
            execution_state | course = '[["note",1,0.5]]'      |
            execution_state | course = '[["note",1,0.5,null]]' | a note without a text
            execution_state | course = '[["to",null]]'         | a result that went to nobody
            execution_state | course = '[["to","a","U"]]'      | no execution: ["to","a","U"]
            execution       | priority = 4                       | there is no priority 4
            execution       | priority = -1                      | there is no priority -1
            execution       | priority = 4294967297              | there is no priority 4294967297
            execution       | job = 77                           | there is no job 77 that can be read
            """)
    void readsAllButAnExecutionThatMakesNoSense(String table, String change, @Nullable String why) throws Exception {
        damage("UPDATE " + table + " SET " + change + " WHERE id = 2");
        SqliteStore store = place().open();

        for (int i = 0; i < 2; i++) { // it is still there
            Taken taken = Taken.of(store);

            assertThat(taken.executions).containsExactly(1L, 3L);
            assertThat(taken.keys).containsExactly("a", "b");
            assertThat(taken.unreadable).hasSize(1);
            Unreadable row = taken.unreadable.get(0);
            assertThat(row.kind()).isEqualTo(Kind.EXECUTION);
            assertThat(row.id()).isEqualTo(id(2));
            assertThat(row.name()).isEqualTo(id(2).toString());
            assertThat(row.why()).isEqualTo(why == null ? row.why() : why).isNotEmpty();
            await(store.append(accept(10)));
            await(store.append(new PendingWrites().forget(id(10)).batch()));
        }
        await(store.close());
    }

    @Test
    void tellsOfAnIdThatIsNone() throws Exception {
        damage("UPDATE execution SET id = -5 WHERE id = 1");
        SqliteStore store = place().open();

        Taken taken = Taken.of(store);

        assertThat(taken.executions).containsExactly(2L, 3L);
        assertThat(taken.unreadable)
                .containsExactly(new Unreadable(Kind.EXECUTION, "-5", null, "an execution id is not negative, was -5"));
        await(store.close());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            name = 'Not a name'      | Not a name | 'Not a name' is not a job name
            name = ''                | ``         | '' is not a job name
            concurrency = 4294967297 | email      | integer overflow
            """)
    void readsAllButAJobThatMakesNoSenseAndWhatBelongsToIt(String change, String name, String why) throws Exception {
        damage("UPDATE job SET " + change + " WHERE name = '" + JOB + "'");
        SqliteStore store = place().open();

        Taken taken = Taken.of(store);

        assertThat(taken.jobs).containsExactly("other");
        assertThat(taken.unreadable).hasSize(6).startsWith(new Unreadable(Kind.JOB, name, null, why));
        assertThat(taken.unreadable.subList(1, 3)).extracting(Unreadable::kind).containsOnly(Kind.KEY);
        assertThat(taken.unreadable.subList(3, 6)).extracting(Unreadable::id).containsExactly(id(1), id(2), id(3));
        await(store.close());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            state = 8                   | there is no state 8
            priority = -1               | there is no priority -1
            payload_length = 4294967297 | integer overflow
            execution = -3              | an execution id is not negative, was -3
            job = 77                    | there is no job 77 that can be read
            """)
    void readsAllButAKeyThatMakesNoSense(String change, String why) throws Exception {
        damage("UPDATE idempotency_key SET " + change + " WHERE name = 'a'");
        SqliteStore store = place().open();

        Taken taken = Taken.of(store);

        ExecutionId about = change.startsWith("execution") ? null : id(1);
        String job = change.startsWith("job") ? "job 77" : JOB;
        assertThat(taken.keys).containsExactly("b");
        assertThat(taken.executions).containsExactly(1L, 2L, 3L);
        assertThat(taken.unreadable).containsExactly(new Unreadable(Kind.KEY, "a of " + job, about, why));
        await(store.close());
    }

    @Test
    void readsTheTextsOfWhatMakesNoSense() throws Exception {
        damage("UPDATE execution_state SET state = 8 WHERE id = 2");
        SqliteStore store = place().open();

        assertThat(await(store.texts(id(2))).payload()).isEqualTo("{\"n\":2}");
        await(store.close());
    }

    @Test
    void takesADamagedPageForWhatItIs() throws Exception {
        byte[] bytes = Files.readAllBytes(place().database());
        Arrays.fill(bytes, 4_096, bytes.length, (byte) 0xFF); // all but the first page, with the schema
        Files.write(place().database(), bytes);

        StoreException failure = failure(place().store().open());

        assertThat(failure).hasMessageContaining("SQLITE_CORRUPT");
    }
}
