package dev.latido.move;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.protocol.Command;
import dev.latido.protocol.MoveView;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.queue.Delivery;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.QueueException;
import dev.latido.queue.memory.MemoryBroker;
import dev.latido.queue.memory.MemoryServer;
import dev.latido.queue.memory.Network;
import dev.latido.room.FullMode;
import dev.latido.simulation.VirtualTime;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Moves from a broker that fails and is cut off, to a job whose queue is full and away, on virtual time. */
@Tag("fast")
class RelayTest {

    private static final String JOB = "orders";
    private static final Instant NEVER = Command.NO_DEADLINE;

    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final VirtualTime time = new VirtualTime(seed);
    private final EventLoop loop = time.loop("owner");
    private final Network network = new Network(time.loop("network"), new Random(seed));
    private final Map<String, MemoryServer> servers = new HashMap<>();
    private final List<Delivery> arrived = new ArrayList<>();
    private MoveTarget target = (job, message) -> take(message);
    private final Moves moves = new Moves(
            loop,
            time,
            Map.of("shop", new MemoryBroker(network, this::server)),
            new OneJob(),
            (job, message) -> target.handIn(job, message));

    /** A job whose queue is elsewhere, and one that takes from {@code shop:taken}. */
    private static final class OneJob implements Moves.Jobs {
        @Override
        public boolean isDefined(String job) {
            return job.equals(JOB);
        }

        @Override
        public List<Priority> lanes(String job) {
            return List.of(Priority.HIGH, Priority.NORMAL);
        }

        @Override
        public List<String> takersOf(String broker, String queue) {
            return queue.equals("taken") ? List.of("other") : List.of();
        }
    }

    private MemoryServer server(String queue) {
        return servers.computeIfAbsent(queue, ignored -> new MemoryServer(time::nanos));
    }

    private Future<Void> take(Delivery message) {
        Promise<Void> promise = Promise.promise();
        loop.execute(() -> {
            arrived.add(message);
            promise.complete();
        });
        return promise.future();
    }

    private Future<Void> refuse(Throwable failure) {
        Promise<Void> promise = Promise.promise();
        loop.execute(() -> promise.fail(failure));
        return promise.future();
    }

    private void put(int count) {
        for (int i = 0; i < count; i++) {
            server("old")
                    .put(
                            i % 3 == 0 ? Priority.HIGH : Priority.NORMAL,
                            Map.of("key", "k" + i, "payload", "{\"n\":" + i + "}", "traceparent", "t" + i));
        }
    }

    private Reply move(String from) {
        return moves.move(new Command.Move(JOB, from, "latido", List.of(), false, NEVER));
    }

    private MoveView view() {
        return (MoveView) moves.getMove(new Command.GetMove(JOB, NEVER));
    }

    private void await(String what, BooleanSupplier condition) {
        long end = time.nanos() + Duration.ofHours(1).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(time.step(end))
                    .as("waited in vain for %s with seed %d: %s", what, seed, view())
                    .isTrue();
        }
    }

    private boolean isOver() {
        return view().state() != MoveView.State.MOVING;
    }

    private long left() {
        QueueBinding binding = new QueueBinding(
                "old",
                "latido",
                Priority.MOST_URGENT_FIRST,
                Duration.ofSeconds(30),
                100,
                FullMode.REJECT,
                100,
                Duration.ofDays(1),
                Duration.ofDays(1),
                QueueBinding.Existing.TAKE,
                true);
        var depth = server("old").depth(binding);
        return depth.ready().values().stream().mapToLong(Long::longValue).sum()
                + depth.leased().values().stream().mapToLong(Long::longValue).sum()
                + depth.delayed();
    }

    private List<String> keys() {
        return arrived.stream().map(Delivery::key).toList();
    }

    @Test
    void movesAllThereIsAndEnds() {
        put(200);
        assertThat(move("shop:old")).isInstanceOf(MoveView.class);
        await("its end", this::isOver);
        MoveView done = view();
        assertThat(done.state()).isEqualTo(MoveView.State.DONE);
        assertThat(done.moved()).isEqualTo(200);
        assertThat(done.endedAt()).isAfter(done.startedAt());
        assertThat(done.left()).isEqualTo(new MoveView.Left(0, 0, 0, 0, 0, true));
        assertThat(keys()).doesNotHaveDuplicates().hasSize(200);
        assertThat(arrived).allSatisfy(message -> {
            String number = message.key().substring(1);
            assertThat(message.payload()).isEqualTo("{\"n\":" + number + "}");
            assertThat(message.properties()).containsEntry("traceparent", "t" + number);
            assertThat(message.lane() == Priority.HIGH).isEqualTo(Integer.parseInt(number) % 3 == 0);
        });
        assertThat(left()).isZero();
    }

    @Test
    void losesNothingWhateverFails() {
        put(300);
        target = (job, message) -> {
            int chance = random.nextInt(10);
            if (chance == 0) {
                return refuse(new QueueException(QueueException.Kind.FULL, "full"));
            } else if (chance == 1) { // it has it, and nobody knows
                return take(message)
                        .compose(taken -> refuse(new QueueException(QueueException.Kind.UNKNOWN, "silent")));
            }
            return take(message);
        };
        move("shop:old");
        for (int cut = 0; cut < 5; cut++) {
            int enough = 40 * (cut + 1);
            await("some of it", () -> arrived.size() >= enough);
            network.breakDown();
            time.pass(Duration.ofSeconds(random.nextInt(90)));
            network.bringBack();
        }
        await("its end", this::isOver);
        assertThat(view().state()).isEqualTo(MoveView.State.DONE);
        assertThat(keys().stream().distinct()).as("seed %d", seed).hasSize(300);
        assertThat(left()).isZero();
    }

    @Test
    void goesOnWhereACrashEndedIt() {
        put(300);
        move("shop:old");
        await("some of it", () -> arrived.size() >= 100);
        moves.close(); // as far as the broker can tell, it may as well have died
        time.pass(Duration.ofMinutes(2));
        int before = arrived.size();
        assertThat(before).isLessThan(300);
        assertThat(view().state()).isEqualTo(MoveView.State.ENDED);
        assertThat(left()).isEqualTo(300 - before);
        Moves again = new Moves(
                loop,
                time,
                Map.of("shop", new MemoryBroker(network, this::server)),
                new OneJob(),
                (job, message) -> take(message));
        again.move(new Command.Move(JOB, "shop:old", "latido", List.of(), false, NEVER));
        await("the rest", () -> left() == 0);
        assertThat(keys()).hasSize(300).doesNotHaveDuplicates();
    }

    @Test
    void waitsForATargetThatIsFullAndTellsThat() {
        put(3);
        target = (job, message) -> refuse(new QueueException(QueueException.Kind.FULL, "the queue is full"));
        move("shop:old");
        await("word of it", () -> view().problem() != null);
        assertThat(view().problem()).isEqualTo("the queue is full");
        time.pass(Duration.ofMinutes(5));
        assertThat(view().moved()).isZero();
        assertThat(left()).isEqualTo(3);
        target = (job, message) -> take(message);
        await("its end", this::isOver);
        assertThat(view().problem()).isNull();
        assertThat(keys()).containsExactlyInAnyOrder("k0", "k1", "k2");
    }

    @Test
    void leavesAllWhereItIsWhenItIsEndedMeanwhile() {
        put(3);
        target = (job, message) -> refuse(new QueueException(QueueException.Kind.FULL, "full"));
        move("shop:old");
        await("word of it", () -> view().problem() != null);
        moves.endMove(new Command.EndMove(JOB, NEVER));
        assertThat(view().state()).isEqualTo(MoveView.State.ENDED);
        time.pass(Duration.ofSeconds(10));
        assertThat(left()).isEqualTo(3);
        assertThat(arrived).isEmpty();
    }

    /** The job's queue has it, and the broker that it comes from is away: when that is back, it is not there twice. */
    @Test
    void settlesWhatArrivedThoughItIsEndedMeanwhile() {
        put(1);
        target = (job, message) -> {
            network.breakDown();
            return take(message);
        };
        move("shop:old");
        await("its arrival", () -> !arrived.isEmpty());
        time.pass(Duration.ofSeconds(5));
        network.bringBack();
        await("its way back", () -> view().problem() == null);
        moves.endMove(new Command.EndMove(JOB, NEVER));
        time.pass(Duration.ofMinutes(2));
        assertThat(view().state()).isEqualTo(MoveView.State.ENDED);
        assertThat(left()).isZero();
        assertThat(arrived).hasSize(1);
    }

    @Test
    void failsAtAMessageThatCannotBeMovedAndLeavesIt() {
        put(3);
        target = (job, message) ->
                message.key().equals("k1") ? refuse(new CannotMoveException("it is too large")) : take(message);
        move("shop:old");
        await("its end", this::isOver);
        assertThat(view().state()).isEqualTo(MoveView.State.FAILED);
        time.pass(Duration.ofMinutes(2));
        assertThat(view().problem()).isEqualTo("message k1 cannot be moved: it is too large");
        assertThat(keys()).doesNotContain("k1");
        assertThat(left()).isEqualTo(3 - arrived.size()).isPositive();
    }

    @Test
    void waitsForABrokerThatIsAway() {
        put(2);
        network.breakDown();
        move("shop:old");
        await("word of it", () -> view().problem() != null);
        assertThat(view().problem()).isEqualTo("shop:old cannot be used: the broker is not reached");
        time.pass(Duration.ofMinutes(1));
        network.bringBack();
        await("its end", this::isOver);
        assertThat(keys()).hasSize(2);
    }

    @Test
    void movesDeadLettersAsWorkWhenAskedTo() {
        put(1);
        server("old").put(Priority.NORMAL, Map.of("key", "bad", "payload", "{"));
        move("shop:old");
        await("its end", this::isOver);
        assertThat(view().refused()).isEqualTo(1);
        assertThat(view().left()).isEqualTo(new MoveView.Left(0, 0, 0, 1, 0, true));
        assertThat(moves.move(new Command.Move(JOB, "shop:old", "latido", List.of(), true, NEVER)))
                .isInstanceOf(MoveView.class);
        await("its end", this::isOver);
        assertThat(view().refused()).as("it is as bad as before").isEqualTo(1);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThat(refusal(move("old"))).isEqualTo(Refusal.INVALID);
        assertThat(refusal(move("shop:"))).isEqualTo(Refusal.INVALID);
        assertThat(refusal(move(":old"))).isEqualTo(Refusal.INVALID);
        assertThat(refusal(move("shop:a b"))).isEqualTo(Refusal.INVALID);
        assertThat(refusal(move("mill:old"))).isEqualTo(Refusal.INVALID);
        assertThat(((Refusal) move("mill:old")).detail()).contains("'mill'").contains("those are shop.");
        assertThat(refusal(move("shop:taken"))).isEqualTo(Refusal.NOT_POSSIBLE_HERE);
        assertThat(refusal(moves.getMove(new Command.GetMove(JOB, NEVER)))).isEqualTo(Refusal.UNKNOWN_MOVE);
        assertThat(refusal(moves.endMove(new Command.EndMove("none", NEVER)))).isEqualTo(Refusal.UNKNOWN_JOB);
        assertThat(refusal(moves.move(new Command.Move("none", "shop:old", "latido", List.of(), false, NEVER))))
                .isEqualTo(Refusal.UNKNOWN_JOB);
        put(1);
        target = (job, message) -> refuse(new QueueException(QueueException.Kind.FULL, "full"));
        assertThat(move("shop:old")).isInstanceOf(MoveView.class);
        assertThat(move("shop:old")).as("the same goes on").isInstanceOf(MoveView.class);
        assertThat(refusal(move("shop:older"))).isEqualTo(Refusal.WRONG_STATE);
        moves.close();
        assertThat(refusal(move("shop:old"))).isEqualTo(Refusal.STOPPING);
    }

    private static String refusal(Reply reply) {
        return reply instanceof Refusal refusal ? refusal.type() : reply.toString();
    }
}
