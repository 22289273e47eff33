package dev.latido;

import dev.latido.config.Config;
import dev.latido.core.SharedQueue;
import dev.latido.loop.VertxLoop;
import dev.latido.owner.ProducerUse;
import dev.latido.owner.QueueUse;
import dev.latido.queue.Broker;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.Producer;
import dev.latido.queue.ProducerConfig;
import dev.latido.queue.rabbitmq.RabbitBroker;
import dev.latido.queue.rabbitmq.RabbitConfig;
import dev.latido.queue.redis.RedisBroker;
import dev.latido.queue.redis.RedisConfig;
import dev.latido.queue.servicebus.ServiceBusBroker;
import dev.latido.queue.servicebus.ServiceBusConfig;
import dev.latido.queue.storagequeue.StorageBroker;
import dev.latido.queue.storagequeue.StorageConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The brokers that the configuration names. None is connected to before a job's queue is opened. */
final class BrokerSet {

    private final Vertx vertx;
    private final Map<String, Broker> byName = new HashMap<>();

    BrokerSet(Config config, Vertx vertx) {
        this.vertx = vertx;
        config.brokers().forEach((name, broker) -> byName.put(name, make(broker, vertx)));
    }

    private static Broker make(BrokerConfig config, Vertx vertx) {
        return switch (config.type()) {
            case REDIS -> new RedisBroker(vertx, RedisConfig.of(config), new SplittableRandom());
            case RABBITMQ ->
                new RabbitBroker(vertx, RabbitConfig.of(config), System::currentTimeMillis, new SplittableRandom());
            case SERVICE_BUS ->
                new ServiceBusBroker(
                        vertx, ServiceBusConfig.of(config), System::currentTimeMillis, new SplittableRandom());
            case STORAGE_QUEUE ->
                new StorageBroker(vertx, StorageConfig.of(config), System::currentTimeMillis, new SplittableRandom());
        };
    }

    /** Returns all of them by their names. */
    Map<String, Broker> byName() {
        return Map.copyOf(byName);
    }

    /** Returns the queue of a job; null when it has none at a broker. */
    @Nullable QueueUse queueOf(Config.Job job) {
        SharedQueue queue = job.definition().shared();
        Broker broker = queue == null ? null : byName.get(queue.broker());
        return queue == null || broker == null ? null : new QueueUse(broker, queue);
    }

    /** Returns where the results of a job go; null when they go to no broker. */
    @Nullable ProducerUse resultsOf(Config.Job job) {
        ProducerConfig target = job.definition().resultQueue();
        Broker broker = target == null ? null : byName.get(target.broker());
        return target == null || broker == null ? null : new ProducerUse(broker, target);
    }

    /** Makes one who submits; called back on a loop of its own. */
    Producer producer(ProducerConfig target) {
        Broker broker = byName.get(target.broker());
        if (broker == null) {
            throw new IllegalArgumentException("there is no broker " + target.broker());
        }
        return new Producer(broker, target.binding(), new VertxLoop(vertx.getOrCreateContext()));
    }

    /** Ends all connections. */
    Future<?> close() {
        return Future.join(
                List.copyOf(byName.values()).stream().map(Broker::close).toList());
    }
}
