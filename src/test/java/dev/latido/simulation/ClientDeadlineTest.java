package dev.latido.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.client.CommandBus;
import dev.latido.client.CommandConfig;
import dev.latido.client.JobClient;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submission;
import dev.latido.protocol.Submitted;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Around the deadline of a call, on virtual time: with real clocks nobody knows on which side of it a test is. */
@Tag("fast")
class ClientDeadlineTest {

    private static final Duration WAIT = Duration.ofMillis(100);

    /** Shorter than what the client allows the owner beyond the deadline. */
    private static final Duration A_LITTLE = Duration.ofMillis(150);

    private static final Duration LONG = Duration.ofSeconds(5);

    private final VirtualTime time = new VirtualTime(1);
    private final VirtualTime.Loop loop = time.loop("client");
    private final List<CommandBatch.Item> sent = new ArrayList<>();

    private final CommandBus bus = new CommandBus() {
        @Override
        public void request(Command command, Completable<Reply> answered) {
            throw new AssertionError("submissions go in bundles");
        }

        @Override
        public void send(CommandBatch batch, Consumer<Throwable> failed) {
            sent.addAll(batch.items());
        }
    };

    private Future<Submitted> submit() {
        JobClient client =
                JobClient.over(loop, patience -> bus, true, CommandConfig.DEFAULT, CommandConfig.SUBMISSIONS, time);
        List<Future<Submitted>> call = new ArrayList<>();
        loop.execute(() -> call.add(client.submit(null, List.of(Submission.of("1")), WAIT)));
        time.pass(Duration.ofMillis(1));
        assertThat(sent).hasSize(1);
        return call.get(0);
    }

    @Test
    void anAnswerComesFromTheOwnerItselfWhenAProducerWaitedForRoom() {
        Future<Submitted> call = submit();
        time.pass(WAIT.plus(A_LITTLE));
        assertThat(call.isComplete()).as("the owner may answer a little later").isFalse();

        Refusal full = Refusal.queueStayedFull("j", Duration.ofSeconds(7));
        loop.execute(() -> sent.get(0).answer().accept(new Submitted(List.of(full))));
        time.pass(LONG);
        assertThat(call.result().answers()).containsExactly(full);
    }

    @Test
    void anOwnerThatDoesNotAnswerIsGivenUpAfterThat() {
        Future<Submitted> call = submit();
        time.pass(LONG);

        assertThat(((CommandException) call.cause()).refusal().type()).isEqualTo(Refusal.OWNER_SILENT);
    }
}
