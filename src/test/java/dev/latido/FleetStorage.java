package dev.latido;

import dev.latido.queue.storagequeue.AzuriteServer;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Puts messages into queues at Azurite, one by one, as any program does. */
final class FleetStorage implements FleetProducers.Stream {

    /** What cannot be work, with the reason. */
    private static final Map<String, String> UNFIT = Map.of("{\"n\":", "malformed", "huge", "too-large");

    private final FleetJournal journal;
    private final String queue;
    private final AzuriteServer server;
    private final int tooManyBytes;

    /**
     * Makes one.
     *
     * @param tooManyBytes a payload's that is too large
     */
    FleetStorage(FleetJournal journal, String queue, AzuriteServer server, int tooManyBytes) {
        this.journal = journal;
        this.queue = queue;
        this.server = server;
        this.tooManyBytes = tooManyBytes;
    }

    @Override
    public void run(Random random, int messages, String name) {
        List<String> unfit = new ArrayList<>(UNFIT.keySet());
        int acknowledged = 0;
        while (acknowledged < messages || !unfit.isEmpty()) {
            if (!unfit.isEmpty()) {
                putUnfit(unfit.remove(0), name);
                continue;
            }
            int number = journal.next();
            String lane = random.nextInt(4) == 0 ? queue + "-high" : queue;
            if (put(lane, "{\"n\":" + number + "}")) {
                journal.streamed(number);
                acknowledged++;
            } else {
                journal.unanswered(number);
                FleetProducers.pause();
            }
        }
    }

    private void putUnfit(String payload, String name) {
        String reason = UNFIT.getOrDefault(payload, "");
        String unfit = name + "-" + reason;
        journal.sendsRefusable(unfit, reason);
        String data = payload.equals("huge") ? '"' + "x".repeat(tooManyBytes) + '"' : payload;
        String properties = "{\\\"unfit\\\":\\\"" + unfit + "\\\"}";
        if (put(
                queue,
                "{\"latido\":\"1\",\"specversion\":\"1.0\",\"latidoproperties\":\"" + properties + "\",\"data\":" + data
                        + "}")) {
            journal.acknowledgedRefusable(unfit);
        }
    }

    private boolean put(String lane, String text) {
        try {
            return server.put(lane, text);
        } catch (UncheckedIOException lost) {
            return false;
        }
    }
}
