package dev.latido.owner;

import dev.latido.core.Effect;
import dev.latido.core.Input;
import dev.latido.core.ReplyTo;
import dev.latido.loop.EventLoop;
import dev.latido.protocol.Counted;
import dev.latido.protocol.DeadLetterPage;
import dev.latido.protocol.Reply;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.Delivery;
import dev.latido.queue.Depth;
import dev.latido.queue.Handle;
import dev.latido.queue.JobQueue;
import dev.latido.queue.Message;
import dev.latido.queue.Outcome;
import dev.latido.queue.Producer;
import dev.latido.queue.QueueException;
import dev.latido.queue.QueueException.Kind;
import dev.latido.queue.Receipt;
import dev.latido.queue.Tick;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The queues that jobs have at brokers: carries what the core wants to them, and what happens there to the core. */
final class Queues {

    private final EventLoop owner;
    private final Map<String, JobWorkers> workers;
    private final Consumer<Input> feedBack;
    private final Map<String, JobQueue> open = new HashMap<>();
    private final Map<String, Producer> producers = new HashMap<>();

    /**
     * Makes them, closed.
     *
     * @param workers by the names of their jobs; may get more while this is used
     * @param feedBack takes inputs; called on the owner's event loop
     */
    Queues(EventLoop owner, Map<String, JobWorkers> workers, Consumer<Input> feedBack) {
        this.owner = owner;
        this.workers = workers;
        this.feedBack = feedBack;
    }

    /** Opens all of them that are not open yet, for a process of that name. */
    void open(String process) {
        workers.forEach((job, known) -> {
            QueueUse use = known.queue();
            if (use != null && !open.containsKey(job)) {
                JobQueue queue = use.broker().queue(use.queue().binding(), process, owner);
                open.put(job, queue);
                queue.open(new Listener(job));
            }
            ProducerUse results = known.results();
            if (results != null && !producers.containsKey(job)) {
                producers.put(
                        job, new Producer(results.broker(), results.target().binding(), owner));
            }
        });
    }

    Future<Receipt> enqueue(String job, Message message) {
        JobQueue queue = open.get(job);
        return queue == null ? notOpen() : queue.enqueue(message);
    }

    void publish(Effect.Publish effect) {
        enqueue(effect.job(), effect.message())
                .onComplete((receipt, failure) -> feedBack.accept(
                        new Input.MessagePublished(effect.job(), effect.number(), receipt, exception(failure))));
    }

    void publishResult(Effect.PublishResult effect) {
        Producer producer = producers.get(effect.job());
        Future<Receipt> published = producer == null ? notOpen() : producer.enqueue(effect.message());
        published.onComplete((receipt, failure) ->
                feedBack.accept(new Input.ResultPublished(effect.job(), effect.number(), receipt, exception(failure))));
    }

    void askTime(Effect.AskTime effect) {
        JobQueue queue = open.get(effect.job());
        Future<Long> time = queue == null ? notOpen() : queue.time();
        time.onComplete((millis, failure) -> feedBack.accept(new Input.TimeTold(effect.job(), millis)));
    }

    void askDepth(Effect.AskDepth effect) {
        JobQueue queue = open.get(effect.job());
        Future<Depth> depth = queue == null ? notOpen() : queue.depth();
        depth.onComplete((told, failure) -> feedBack.accept(new Input.DepthTold(effect.job(), told)));
    }

    void handInTick(Effect.HandInTick effect) {
        JobQueue queue = open.get(effect.job());
        Future<Tick.Fate> fate = queue == null ? notOpen() : queue.tick(effect.tick());
        fate.onComplete((known, failure) -> feedBack.accept(
                new Input.TickHandedIn(effect.job(), effect.tick().key(), known, exception(failure))));
    }

    void dequeue(Effect.Dequeue effect) {
        JobQueue queue = open.get(effect.job());
        if (queue != null) {
            queue.dequeue(effect.messages(), effect.bytes());
        }
    }

    void settle(Effect.Settle effect) {
        JobQueue queue = open.get(effect.job());
        Future<Void> settled = queue == null ? notOpen() : queue.settle(effect.handle(), effect.how());
        settled.onComplete((nothing, failure) -> {
            QueueException known = exception(failure);
            feedBack.accept(
                    new Input.MessageSettled(effect.job(), effect.handle(), known == null ? null : known.kind()));
        });
    }

    void find(Effect.FindMessage effect) {
        JobQueue queue = open.get(effect.job());
        Future<Optional<Outcome>> found = queue == null ? notOpen() : queue.find(effect.key());
        found.onComplete((outcome, failure) -> feedBack.accept(new Input.MessageFound(
                effect.job(),
                effect.key(),
                effect.replyTo(),
                outcome == null ? null : outcome.orElse(null),
                exception(failure))));
    }

    void listDeadLetters(Effect.ListDeadLetters effect) {
        JobQueue queue = open.get(effect.job());
        int limit = Math.min(effect.limit(), JobQueue.MAX_LISTED);
        Future<DeadLetters> listed = queue == null ? notOpen() : queue.deadLetters(effect.after(), limit);
        answer(effect.job(), effect.replyTo(), listed.map(letters -> page(letters, limit)));
    }

    private static Reply page(DeadLetters found, int limit) {
        List<DeadLetterPage.Letter> letters = found.letters().stream()
                .map(letter -> new DeadLetterPage.Letter(
                        letter.id(),
                        letter.key(),
                        letter.lane(),
                        letter.reason(),
                        letter.error(),
                        Instant.ofEpochMilli(letter.diedAt()),
                        letter.payload(),
                        letter.payloadBytes()))
                .toList();
        String cursor =
                letters.size() < limit ? null : letters.get(letters.size() - 1).id();
        return new DeadLetterPage(letters, found.total(), found.forgotten(), cursor);
    }

    void replayDeadLetters(Effect.ReplayDeadLetters effect) {
        JobQueue queue = open.get(effect.job());
        Future<Counted> replayed = queue == null
                ? notOpen()
                : new DeadLetterReplay(queue, effect.filter(), effect.countOnly(), effect.most()).run();
        answer(effect.job(), effect.replyTo(), replayed.map(counted -> counted));
    }

    private void answer(String job, ReplyTo replyTo, Future<Reply> reply) {
        reply.onComplete((answer, failure) ->
                feedBack.accept(new Input.DeadLettersAnswered(job, replyTo, answer, exception(failure))));
    }

    private static <T> Future<T> notOpen() {
        return Future.failedFuture(new QueueException(Kind.UNAVAILABLE, "the queue is not open"));
    }

    /** Returns why a call of a queue failed; null when it did not. */
    private static @Nullable QueueException exception(@Nullable Throwable failure) {
        return failure == null || failure instanceof QueueException
                ? (QueueException) failure
                : new QueueException(Kind.UNKNOWN, String.valueOf(Objects.requireNonNull(failure)));
    }

    /** Tells the core what happens at the queue of one job. */
    private final class Listener implements JobQueue.Listener {
        private final String job;

        Listener(String job) {
            this.job = job;
        }

        @Override
        public void up() {
            feedBack.accept(new Input.QueueUp(job));
        }

        @Override
        public void down(String why) {
            feedBack.accept(new Input.QueueDown(job, why));
        }

        @Override
        public void arrived(List<Delivery> deliveries) {
            feedBack.accept(new Input.MessagesArrived(job, deliveries));
        }

        @Override
        public void leaseLost(Handle handle, String why) {
            feedBack.accept(new Input.LeaseLost(job, handle, why));
        }

        @Override
        public void refused(JobQueue.Refused refused) {
            feedBack.accept(new Input.MessageRefused(job, refused.key(), refused.detail()));
        }
    }
}
