package dev.latido.queue;

import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * One queue at a broker, as one process sees it. All calls are made on one event loop, which is its owner's: nothing here blocks
 * it, and futures and the {@link Listener} are completed and called there, never within the call that they come from. Futures
 * fail with {@link QueueException} only.
 *
 * <p>It connects by itself, again and again, and rebuilds all that it needs; what is asked of it meanwhile fails with
 * {@link QueueException.Kind#UNAVAILABLE}. Leases of what it delivered are renewed until that is settled, each at a third of
 * its time. A lease is lost when the broker says so, and not because it could not be asked: an outage of the broker alone has
 * nothing delivered twice.
 */
public interface JobQueue {

    /** How many dead letters can be listed or replayed at once. */
    int MAX_LISTED = 100;

    /** Told what happens at the broker. */
    interface Listener {

        /** The broker can be used, and keeps what was asked of it. Told again after each {@link #down}. */
        void up();

        /**
         * The broker cannot be used: it is not reached, refuses the login, or does not keep what the job asks for. Nothing arrives
         * and nothing can be published until {@link #up}. Told again whenever the reason changes, and only then.
         *
         * @param why what is wrong and what to do, for people, without secrets
         */
        void down(String why);

        /** These messages are leased to this process. They were asked for by {@link JobQueue#dequeue}. */
        void arrived(List<Delivery> deliveries);

        /**
         * The lease of what was delivered is over, or another's: somebody else may have the message now. Nothing can be settled
         * by this handle any more.
         */
        void leaseLost(Handle handle, String why);

        /** A message was made a dead letter before anybody saw it, because it cannot be work. */
        void refused(Refused refused);
    }

    /**
     * A message that cannot be work.
     *
     * @param key its key
     * @param reason why, in a word: {@code malformed}, {@code too-large}
     * @param detail the same for people
     */
    record Refused(String key, String reason, String detail) {}

    /** Begins to connect, and goes on until {@link #close}. To be called once. */
    void open(Listener listener);

    /**
     * Submits a message.
     *
     * @return completes when the broker has it as durably as it says in {@link Capabilities#durable}; fails with
     *     {@link QueueException.Kind#FULL}, {@code TOO_LARGE}, {@code NO_MEMORY}, {@code UNAVAILABLE}, or {@code UNKNOWN} when it
     *     may have it or not: to repeat that is safe where the broker keeps keys
     */
    Future<Receipt> enqueue(Message message);

    /** Submits a tick; fails with {@link QueueException.Kind#NO_MEMORY}, {@code UNAVAILABLE} or {@code UNKNOWN}. */
    Future<Tick.Fate> tick(Tick tick);

    /** Tells the broker's clock, in milliseconds since the epoch. */
    Future<Long> time();

    /**
     * Says how much more may be delivered from now on, instead of what was said before; each delivery takes from it. What
     * is on its way may come nonetheless, within what was said before. The most urgent lane is first, but when
     * {@code WaitingRoom.PASSES} takes in a row passed over a less urgent one that has something, that one is next.
     *
     * @param messages how many; 0 for none
     * @param bytes how many bytes their payloads may have together; one message may have more, and then comes alone
     */
    void dequeue(int messages, long bytes);

    /**
     * Ends the lease of what was delivered. One call at a time for each handle.
     *
     * @return completes when the broker has confirmed it; the handle means nothing any more then. Fails with
     *     {@link QueueException.Kind#LEASE_LOST} when the broker refused it, and with {@code UNAVAILABLE} or {@code UNKNOWN} when
     *     it is to be repeated: that is harmless
     */
    Future<Void> settle(Handle handle, Settlement how);

    /**
     * Tells what became of the message with this key, whichever process had it; {@link Outcome#QUEUED} of one that was submitted
     * by {@link #enqueue}, or replayed, and that nobody is done with, for as long as keys are known.
     *
     * @return nothing when the broker does not know, or not any more
     */
    Future<Optional<Outcome>> find(String key);

    /** Tells how much there is. */
    Future<Depth> depth();

    /**
     * Lists dead letters, the oldest first.
     *
     * @param after the id of the one to begin behind; empty to begin with the first
     * @param limit how many, up to {@value #MAX_LISTED}
     */
    Future<DeadLetters> deadLetters(String after, int limit);

    /**
     * Has dead letters delivered anew, as if never tried: under their keys, but in a new round, which
     * {@link Delivery#ROUND} tells, so that whoever knows how the key ended runs it nonetheless. What is told of their outcome
     * is forgotten. There has to be room for them as for messages that are submitted.
     *
     * @param ids up to {@value #MAX_LISTED} of them; those that are none any more are left out
     * @return how many there were and had room; fails as {@link #enqueue} does
     */
    Future<Integer> replay(List<String> ids);

    /** Ends the connection, without settling anything: what is leased goes to others when its lease is over. */
    Future<Void> close();
}
