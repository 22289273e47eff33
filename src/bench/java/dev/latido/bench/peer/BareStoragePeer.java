package dev.latido.bench.peer;

import com.azure.storage.queue.QueueAsyncClient;
import com.azure.storage.queue.QueueClientBuilder;
import com.azure.storage.queue.models.QueueMessageItem;
import dev.latido.queue.storagequeue.AzuriteServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** Microsoft's own client: messages are put, got 32 at a time, and deleted, as many at once as there may be of ours. */
final class BareStoragePeer implements Peer {

    private static final int AT_ONCE = 32;
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PAUSE_NANOS = 10_000_000;

    private final QueueAsyncClient client;
    private final int producers;
    private final int concurrency = Integer.getInteger("bench.concurrency");
    private final Semaphore unsettled = new Semaphore(2 * concurrency);
    private final AtomicLong settled = new AtomicLong();
    private final Thread taking = new Thread(this::take, "bare-storage");
    private volatile @Nullable Throwable failed;
    private volatile boolean isClosed;
    private long handedIn;

    /**
     * Makes the queue at the Azurite on port {@code -Dbench.broker}, and begins to take from it.
     *
     * @param producers how many messages are not confirmed at once
     */
    BareStoragePeer(int producers) {
        this.producers = producers;
        client = new QueueClientBuilder()
                .connectionString("DefaultEndpointsProtocol=http;AccountName=" + AzuriteServer.ACCOUNT + ";AccountKey="
                        + AzuriteServer.KEY + ";QueueEndpoint=http://127.0.0.1:" + Integer.getInteger("bench.broker")
                        + "/" + AzuriteServer.ACCOUNT)
                .queueName("bare")
                .buildAsyncClient();
        client.createIfNotExists().block(PATIENCE);
        taking.setDaemon(true);
        taking.start();
    }

    @Override
    public void submit(int first, int count) {
        handedIn += count;
        Flux.range(first, count)
                .flatMap(number -> client.sendMessage(Work.payload(number)), producers)
                .then()
                .block(PATIENCE);
    }

    private void take() {
        try {
            while (!isClosed) {
                List<QueueMessageItem> come =
                        client.receiveMessages(AT_ONCE, LEASE).collectList().block(PATIENCE);
                for (QueueMessageItem each : come) {
                    unsettled.acquireUninterruptibly();
                    Work.run(each.getBody().toString());
                    client.deleteMessage(each.getMessageId(), each.getPopReceipt())
                            .subscribe(none -> {}, this::fail, () -> {
                                settled.incrementAndGet();
                                unsettled.release();
                            });
                }
                if (come.isEmpty()) {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        } catch (RuntimeException failure) {
            fail(failure);
        }
    }

    private void fail(Throwable failure) {
        failed = failure;
    }

    @Override
    public boolean isIdle() {
        Throwable failure = failed;
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
        return settled.get() == handedIn;
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
