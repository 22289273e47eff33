package dev.latido.queue.servicebus;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.DeadLetter;
import dev.latido.queue.DeadLetters;
import dev.latido.queue.MessageFields;
import dev.latido.queue.servicebus.BusException.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.proton.ProtonLinkOptions;
import io.vertx.proton.ProtonReceiver;
import io.vertx.proton.ProtonSession;
import io.vertx.proton.impl.ProtonDeliveryImpl;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * The dead letters of a queue, which has a place for them in each of its lanes. They are listed where they are. Those that are
 * work again are locked for that, and all before them; the others go back, which the service does not count. On the broker's loop.
 */
final class Graveyard {

    /** How many are looked at in each lane, and how many bytes they may have. */
    static final int MOST = 500;

    private static final long MOST_BYTES = 8L * 1024 * 1024;
    private static final int PAGE = 100;

    /** How many characters of a payload are listed. */
    private static final int MAX_LISTED = 4_096;

    private final EventLoop loop;
    private final Told told;

    /** What it needs of the queue. */
    interface Told {

        /** Sends what is work again. */
        Future<Void> replay(Priority lane, Message dead);

        /** A link does not answer. */
        void silent(String what);
    }

    /** A dead letter as it was found. */
    private record Found(Priority lane, long sequence, DeadLetter letter) {}

    Graveyard(EventLoop loop, Told told) {
        this.loop = loop;
        this.told = told;
    }

    /** Lists those behind {@code after}; one that is not there any more is passed by its time. */
    Future<DeadLetters> list(Map<Priority, Management> lanes, String after, int limit) {
        List<Found> all = new ArrayList<>();
        List<Future<?>> looked = new ArrayList<>();
        lanes.forEach((lane, management) -> looked.add(look(lane, management, 0, all, new long[2])));
        return Future.all(looked).map(done -> {
            all.sort(Comparator.<Found>comparingLong(each -> each.letter.diedAt())
                    .thenComparing(each -> each.lane)
                    .thenComparingLong(each -> each.sequence));
            List<DeadLetter> letters = all.stream().map(Found::letter).toList();
            int begin = after.isEmpty() ? 0 : behind(letters, after);
            return new DeadLetters(letters.subList(begin, Math.min(letters.size(), begin + limit)), letters.size(), 0);
        });
    }

    /** Looks at a lane from a number on; {@code seen} counts how many were seen, and their bytes. */
    private Future<Void> look(Priority lane, Management management, long from, List<Found> all, long[] seen) {
        return management.peek(from, PAGE).compose(page -> {
            long last = from;
            for (Message message : page) {
                Found found = read(lane, message);
                all.add(found);
                seen[0]++;
                seen[1] += found.letter.payloadBytes();
                last = Math.max(last, found.sequence);
            }
            return page.isEmpty() || seen[0] >= MOST || seen[1] >= MOST_BYTES
                    ? Future.succeededFuture()
                    : look(lane, management, last + 1, all, seen);
        });
    }

    private static int behind(List<DeadLetter> letters, String after) {
        for (int i = 0; i < letters.size(); i++) {
            if (letters.get(i).id().equals(after)) {
                return i + 1;
            }
        }
        long time = part(after, 0);
        int begin = 0;
        while (begin < letters.size() && letters.get(begin).diedAt() <= time) {
            begin++;
        }
        return begin;
    }

    private static long part(String id, int index) {
        String[] parts = id.split("-", -1);
        return parts.length == 3 && parts[index].matches("\\d{1,18}") ? Long.parseLong(parts[index]) : 0;
    }

    private static Found read(Priority lane, Message message) {
        Map<String, Object> properties = Wire.propertiesOf(message);
        Map<String, String> texts = new LinkedHashMap<>();
        properties.forEach((name, value) -> {
            if (!name.startsWith(MessageFields.OWN) && !name.equals(Wire.REASON) && !name.equals(Wire.ERROR)) {
                texts.put(name, String.valueOf(value));
            }
        });
        byte[] body = Wire.body(message);
        String payload = body == null ? "" : new String(body, StandardCharsets.UTF_8);
        long diedAt = properties.get(Wire.DIED_AT) instanceof Number at
                ? at.longValue()
                : Wire.time(message, Wire.ENQUEUED); // nobody tells when the service made it one
        long sequence = Wire.sequence(message);
        DeadLetter letter = new DeadLetter(
                diedAt + "-" + lane.wireName() + "-" + sequence,
                Wire.of(lane, message, Integer.MAX_VALUE).key(),
                lane,
                payload.length() <= MAX_LISTED ? payload : payload.substring(0, MAX_LISTED),
                body == null ? 0 : body.length,
                text(properties.get(Wire.REASON)),
                text(properties.get(Wire.ERROR)),
                diedAt,
                texts);
        return new Found(lane, sequence, letter);
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /**
     * Has dead letters of a lane be work again.
     *
     * @param link names the link by which they come
     * @param address where they are
     * @return how many there were and had room
     */
    Future<Integer> replay(
            ProtonSession session, ProtonLinkOptions link, Priority lane, String address, List<String> ids) {
        Set<Long> wanted = new HashSet<>();
        for (String id : ids) {
            if (id.contains("-" + lane.wireName() + "-")) {
                wanted.add(part(id, 2));
            }
        }
        if (wanted.isEmpty()) {
            return Future.succeededFuture(0);
        }
        ProtonReceiver receiver = session.createReceiver(address, link);
        receiver.setPrefetch(0);
        receiver.setAutoAccept(false);
        Links.settleSecond(receiver);
        Visit visit = new Visit(receiver, address, lane, wanted);
        receiver.handler((delivery, message) -> loop.execute(() -> visit.came((ProtonDeliveryImpl) delivery, message)));
        return Links.open(receiver, "the queue " + address, loop, visit::fail)
                .compose(opened -> visit.begin())
                .onComplete(done -> receiver.close());
    }

    /** One walk over the dead letters of a lane: each is locked, and goes back at the end unless it is work again. */
    private final class Visit {
        private final ProtonReceiver receiver;
        private final String address;
        private final Priority lane;
        private final Set<Long> wanted;
        private final List<ProtonDeliveryImpl> others = new ArrayList<>();
        private final List<Future<?>> replays = new ArrayList<>();
        private final Promise<Integer> done = Promise.promise();
        private int locked;
        private int replayed;
        private @Nullable Throwable failure;

        Visit(ProtonReceiver receiver, String address, Priority lane, Set<Long> wanted) {
            this.receiver = receiver;
            this.address = address;
            this.lane = lane;
            this.wanted = wanted;
        }

        Future<Integer> begin() {
            step();
            return done.future();
        }

        /** Locks some more, unless all that is wanted was found, or there is nothing more. */
        private void step() {
            int before = locked;
            EventLoop.Timer timer = loop.schedule(Bus.ANSWER, () -> told.silent("the queue " + address));
            receiver.flow(Math.min(PAGE, MOST - locked));
            receiver.drain(
                    0,
                    drained -> loop.execute(() -> {
                        timer.cancel();
                        if (wanted.isEmpty() || locked == before || locked >= MOST) {
                            end();
                        } else {
                            step();
                        }
                    }));
        }

        void came(ProtonDeliveryImpl delivery, Message message) {
            locked++;
            if (!wanted.remove(Wire.sequence(message))) {
                others.add(delivery);
                return;
            }
            replays.add(told.replay(lane, message)
                    .compose(sent -> settled(delivery))
                    .onSuccess(settled -> replayed++)
                    .onFailure(why -> {
                        failure = why;
                        delivery.disposition(Released.getInstance(), true);
                    }));
        }

        private Future<Void> settled(ProtonDeliveryImpl delivery) {
            Promise<Void> settled = Promise.promise();
            delivery.handler(updated -> {
                if (delivery.remotelySettled()) {
                    delivery.settle();
                    loop.execute(settled::tryComplete);
                }
            });
            EventLoop.Timer timer = loop.schedule(Bus.ANSWER, () -> told.silent("the queue " + address));
            delivery.disposition(Accepted.getInstance(), false);
            return settled.future().onComplete(ended -> timer.cancel());
        }

        private void end() {
            others.forEach(each -> each.disposition(Released.getInstance(), true));
            Future.join(replays).onComplete(all -> {
                Throwable why = failure;
                if (why != null && replayed == 0) {
                    done.tryFail(why);
                } else {
                    done.tryComplete(replayed);
                }
            });
        }

        /** The link is no more. */
        void fail(BusException why) {
            done.tryFail(new BusException(Kind.UNANSWERED, String.valueOf(why.getMessage())));
        }
    }
}
