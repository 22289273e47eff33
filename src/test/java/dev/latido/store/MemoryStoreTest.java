package dev.latido.store;

import static dev.latido.store.Stores.accept;
import static dev.latido.store.Stores.await;
import static dev.latido.store.Stores.execution;
import static dev.latido.store.Stores.failure;
import static dev.latido.store.Stores.id;
import static dev.latido.store.Stores.state;
import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.ExecutionState;
import dev.latido.store.memory.MemoryStore;
import java.time.Instant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class MemoryStoreTest extends StoreContract {

    @Override
    protected Store make() {
        return new MemoryStore();
    }

    @Override
    protected Store makeAgain(Store closed) {
        return closed;
    }

    @Test
    void hasNothingToBackUp() {
        StoreException failure = failure(store.backUp(Instant.MAX));

        assertThat(failure.kind()).isEqualTo(StoreException.Kind.REFUSED);
        assertThat(failure).hasMessage("there is nothing to back up: this service keeps everything in memory");
    }

    @Test
    void writesNothingMoreOfATermThatIsOver() {
        MemoryStore first = (MemoryStore) store;
        MemoryStore second = first.ofSameRows();
        await(first.append(accept(1)));
        await(second.open());

        assertThat(failure(first.append(accept(2))).kind()).isEqualTo(StoreException.Kind.FENCED);
        assertThat(failure(first.check()).kind()).isEqualTo(StoreException.Kind.FENCED);
        await(second.append(accept(3)));
        await(second.check());
        assertThat(Contents.of(second).executions())
                .extracting(entry -> entry.execution().id())
                .containsExactly(id(1), id(3));
        await(first.open());
        assertThat(failure(second.append(accept(4))).kind())
                .as("who opens it again is its owner again")
                .isEqualTo(StoreException.Kind.FENCED);
    }

    @Test
    void takesNoPlace() {
        assertThat(store.status()).isEqualTo(new StoreStatus("memory", "", 0, 0));
    }

    @Test
    void findsAnExecution() {
        MemoryStore memory = new MemoryStore();
        await(memory.append(accept(1, 2)));
        await(memory.append(
                new PendingWrites().change(state(2, ExecutionState.RUNNING)).batch()));

        assertThat(memory.find(id(1))).containsExactly(execution(1));
        assertThat(memory.find(id(2))).containsExactly(execution(2), state(2, ExecutionState.RUNNING));
        assertThat(memory.find(id(3))).isEmpty();
    }
}
