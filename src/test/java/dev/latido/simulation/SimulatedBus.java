package dev.latido.simulation;

import dev.latido.client.CommandBus;
import dev.latido.core.Input;
import dev.latido.core.ReplyTo;
import dev.latido.owner.Owner;
import dev.latido.protocol.Command;
import dev.latido.protocol.CommandBatch;
import dev.latido.protocol.CommandException;
import dev.latido.protocol.Refusal;
import dev.latido.protocol.Reply;
import dev.latido.protocol.Submitted;
import dev.latido.protocol.Wire;
import io.vertx.core.Completable;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The event bus. Within a process messages come at once and in order, unless the process dies. Between nodes they are JSON, and
 * may be lost, late, doubled or overtaken by others.
 */
final class SimulatedBus {

    /**
     * How often what happens to messages between nodes, from 0 for never to 1 for always.
     *
     * @param lost a message does not arrive
     * @param doubled it arrives twice
     * @param late it arrives after seconds; others overtake it
     */
    record Faults(double lost, double doubled, double late) {
        static final Faults NONE = new Faults(0, 0, 0);
    }

    /** Whoever takes commands, in the process of the number {@code life}. */
    record Receiver(Owner owner, VirtualTime.Loop loop, int life) {}

    private final Random random;
    private final Rules rules;
    private Faults faults = Faults.NONE;
    private @Nullable Receiver receiver;
    int lost;
    int doubled;
    int late;

    SimulatedBus(long seed, Rules rules) {
        random = new Random(seed);
        this.rules = rules;
    }

    void faults(Faults now) {
        faults = now;
    }

    /** From now on {@code now} takes commands; null for nobody. */
    void receiver(@Nullable Receiver now) {
        receiver = now;
    }

    /** From now on {@code now} takes the commands that {@code before} took. */
    void follow(Receiver before, @Nullable Receiver now) {
        if (receiver != null && receiver.life == before.life) {
            receiver = now;
        }
    }

    private void receive(Receiver to, Command command, ReplyTo replyTo) {
        to.owner.receive(received(to, command, replyTo));
    }

    private Input.CommandReceived received(Receiver by, Command command, ReplyTo replyTo) {
        long number = rules.received(by.life, command);
        return new Input.CommandReceived(command, reply -> {
            rules.answers(by.life, command, number, reply);
            replyTo.answer(reply);
        });
    }

    /** A way within the process of {@code to}. */
    CommandBus.Factory inside(VirtualTime.Loop client, String name, Receiver to) {
        return patience -> new Way(client, name, patience, to) {
            @Override
            void carry(Command command, Answer answer) {
                to.loop.execute(() -> receive(to, command, answer::replied));
            }
        };
    }

    /** A way from another node. */
    CommandBus.Factory between(VirtualTime.Loop client, String name) {
        return patience -> new Way(client, name, patience, null) {
            @Override
            void carry(Command command, Answer answer) {
                String text = Wire.encode(command).encode();
                int times = happens(faults.doubled) ? 2 : 1;
                doubled += times - 1;
                for (int i = 0; i < times; i++) {
                    post(client, () -> arrived(Wire.addressOf(command.type()), text, answer));
                }
            }

            private void arrived(String address, String text, Answer answer) {
                Receiver to = receiver;
                if (to == null) {
                    post(client, () -> answer.failed(ReplyFailure.NO_HANDLERS));
                } else {
                    to.loop.execute(() -> receive(to, address, new JsonObject(text), answer));
                }
            }

            private void receive(Receiver to, String address, JsonObject json, Answer answer) {
                Command command;
                try {
                    command = Wire.decodeCommand(address, json);
                } catch (CommandException malformed) {
                    throw new AssertionError("a command of our own is refused", malformed);
                }
                SimulatedBus.this.receive(to, command, reply -> answer(json, reply, answer));
            }

            private void answer(JsonObject asked, Reply reply, Answer answer) {
                if (reply instanceof Refusal refusal) {
                    ReplyException failure = new ReplyException(
                            ReplyFailure.RECIPIENT_FAILURE, refusal.code(), refusal.type() + ": " + refusal.detail());
                    post(client, () -> answer.complete(null, failure));
                } else if (reply instanceof Submitted submitted
                        && !asked.containsKey("type")
                        && !asked.containsKey("items")) {
                    answer(asked, submitted.answers().get(0), answer);
                } else {
                    String text = reply.toJson().encode();
                    post(
                            client,
                            () -> answer.complete(Wire.decodeReply(answer.command.type(), new JsonObject(text)), null));
                }
            }
        };
    }

    private void post(VirtualTime.Loop client, Runnable arrives) {
        if (happens(faults.lost)) {
            lost++;
            return;
        }
        boolean isLate = happens(faults.late);
        late += isLate ? 1 : 0;
        Duration takes = Duration.ofNanos(
                isLate
                        ? random.nextInt(2_000) * 10_000_000L
                        : 50_000 + random.nextInt(faults.late > 0 ? 3_000_000 : 1));
        client.schedule(takes, arrives);
    }

    private boolean happens(double often) {
        return random.nextDouble() < often;
    }

    /** What waits for a reply, up to a time. */
    private static final class Answer {
        private final Command command;
        private final Completable<Reply> waiting;
        private final Runnable ended;
        private final VirtualTime.Loop client;
        private boolean isOver;

        Answer(Command command, Completable<Reply> waiting, Runnable ended, VirtualTime.Loop client) {
            this.command = command;
            this.waiting = waiting;
            this.ended = ended;
            this.client = client;
        }

        void replied(Reply reply) {
            client.execute(() -> complete(reply, null));
        }

        void failed(ReplyFailure failure) {
            client.execute(() -> complete(null, new ReplyException(failure)));
        }

        void complete(@Nullable Reply reply, @Nullable Throwable failure) {
            if (!isOver) {
                isOver = true;
                ended.run();
                waiting.complete(reply, failure);
            }
        }
    }

    /** Counts what is on its way, which is bounded. */
    private abstract class Way implements CommandBus {
        private final VirtualTime.Loop client;
        private final String name;
        private final Duration patience;
        private final @Nullable Receiver neighbour;
        private int open;

        Way(VirtualTime.Loop client, String name, Duration patience, @Nullable Receiver neighbour) {
            this.client = client;
            this.neighbour = neighbour;
            this.name = name + rules.ways++;
            this.patience = patience;
        }

        abstract void carry(Command command, Answer answer);

        @Override
        public void request(Command command, Completable<Reply> answered) {
            open(1);
            Answer answer = new Answer(command, answered, () -> open(-1), client);
            client.schedule(patience, () -> answer.failed(ReplyFailure.TIMEOUT));
            carry(command, answer);
        }

        private void open(int more) {
            open += more;
            rules.inFlight(name, open);
        }

        @Override
        public void send(CommandBatch batch, Consumer<Throwable> failed) {
            Receiver to = neighbour;
            if (to == null) { // it is for the same process alone
                client.execute(() -> failed.accept(new ReplyException(ReplyFailure.NO_HANDLERS)));
                return;
            }
            open(batch.items().size());
            List<Input.CommandReceived> all = new ArrayList<>();
            for (CommandBatch.Item item : batch.items()) {
                all.add(received(to, item.command(), reply -> {
                    open(-1);
                    item.answer().accept(reply);
                }));
            }
            to.loop.execute(() -> to.owner.receive(all));
        }
    }
}
