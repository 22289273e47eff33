package dev.latido.queue.rabbitmq;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import dev.latido.job.Priority;
import dev.latido.queue.QueueBinding;
import dev.latido.queue.Route;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a queue has at RabbitMQ: names, and how each is declared. To declare one that is there with the same arguments changes
 * nothing; with others RabbitMQ refuses it, so that to declare is to check.
 *
 * <p>A message that is delayed goes through a queue for each binary digit of its delay, in which messages expire after that
 * step: a time to live works at the head of a queue only, so that in each of them all have the same. Expired messages go to the
 * exchange of the next lower digit, which reads its own digit in the routing key; the last one leads to the lane.
 */
record Topology(QueueBinding binding) {

    /** How many digits a delay has. */
    static final int STEPS = 24;

    /** The shortest step. */
    static final Duration STEP = Duration.ofMillis(250);

    /** The exchange that leads to each queue by its name. */
    static final String DEFAULT_EXCHANGE = "";

    /** The header that says to which lane a delayed message goes. */
    static final String LANE = "latido-lane";

    /** How often a message is delivered before RabbitMQ makes it a dead letter: a last bound, as nobody but a fault comes to it. */
    static final int MAX_DELIVERIES = 1_000;

    /** Without a limit of its own a queue has one of 20 since RabbitMQ 4.0, and 3.x knows no word for none. */
    private static final int ANY_DELIVERIES = 1_000_000_000;

    private static final long MAX_DEAD = 10_000;
    private static final Duration DEAD_AGE = Duration.ofDays(14);

    String lane(Priority lane) {
        return lane == Priority.NORMAL ? binding.name() : binding.name() + "." + lane.wireName();
    }

    List<String> lanes() {
        return binding.lanes().stream().map(this::lane).toList();
    }

    String dead() {
        return binding.name() + ".dead";
    }

    /** The queue of a step, and the exchange before it. */
    String step(int step) {
        return binding.name() + ".delay." + step;
    }

    /** The exchange behind the last step. */
    private String due() {
        return binding.name() + ".delay";
    }

    /** Returns where all is published instead of in the queue, and nothing is taken; null where there is a queue. */
    @Nullable Route published() {
        return binding.isTaken() ? null : binding.route();
    }

    /** Declares what every process needs; or finds it, where others declare it, whose arguments cannot be asked for. */
    void declare(Channel channel) throws IOException {
        Route published = published();
        if (published != null) {
            channel.exchangeDeclarePassive(published.exchange());
            return;
        }
        if (!binding.isDeclared()) {
            for (String lane : lanes()) {
                channel.queueDeclarePassive(lane);
            }
            if (!binding.isOfResults()) {
                channel.queueDeclarePassive(dead());
            }
            return;
        }
        if (!binding.isOfResults()) {
            Map<String, Object> dead = quorum();
            dead.put("x-max-length", MAX_DEAD);
            dead.put("x-overflow", "drop-head");
            dead.put("x-message-ttl", DEAD_AGE.toMillis());
            dead.put("x-delivery-limit", ANY_DELIVERIES);
            declare(channel, dead(), dead);
        }
        for (String lane : lanes()) {
            Map<String, Object> arguments = quorum();
            bound(arguments);
            if (binding.isOfResults()) {
                arguments.put("x-message-ttl", Math.max(1, binding.outcomes().toMillis()));
                arguments.put("x-delivery-limit", ANY_DELIVERIES);
            } else {
                arguments.put("x-delivery-limit", MAX_DELIVERIES);
                deadLettersTo(arguments, DEFAULT_EXCHANGE);
                arguments.put("x-dead-letter-routing-key", dead());
            }
            declare(channel, lane, arguments);
        }
        Route bound = binding.route();
        if (bound != null) {
            channel.queueBind(lane(Priority.NORMAL), bound.exchange(), bound.routingKey());
        }
    }

    /** Returns how many of the shortest steps a delay has: not fewer than it is long. */
    static int units(Duration delay) {
        long step = STEP.toMillis();
        long units = (delay.plusNanos(999_999).toMillis() + step - 1) / step;
        return (int) Math.min((1 << STEPS) - 1, units);
    }

    /** Returns the steps of a delay, the longest first. */
    static List<Integer> steps(int units) {
        List<Integer> steps = new ArrayList<>();
        for (int step = STEPS - 1; step >= 0; step--) {
            if ((units >> step & 1) == 1) {
                steps.add(step);
            }
        }
        return steps;
    }

    /** Returns the routing key of a delay: its digits, the highest first. */
    static String digits(int units) {
        StringBuilder key = new StringBuilder();
        for (int step = STEPS - 1; step >= 0; step--) {
            key.append(units >> step & 1).append(step == 0 ? "" : ".");
        }
        return key.toString();
    }

    /** Declares what a delay needs. */
    void declareDelay(Channel channel, int units) throws IOException {
        channel.exchangeDeclare(due(), BuiltinExchangeType.HEADERS, true);
        for (Priority lane : binding.lanes()) {
            channel.queueBind(lane(lane), due(), "", Map.of("x-match", "all", LANE, lane.wireName()));
        }
        List<Integer> steps = steps(units);
        for (int step = 0; step <= steps.get(0); step++) {
            channel.exchangeDeclare(step(step), BuiltinExchangeType.TOPIC, true);
            channel.exchangeBind(next(step), step(step), pattern(step, 0));
            if (steps.contains(step)) {
                Map<String, Object> arguments = quorum();
                arguments.put("x-message-ttl", STEP.toMillis() << step);
                bound(arguments);
                deadLettersTo(arguments, next(step));
                declare(channel, step(step), arguments);
                channel.queueBind(step(step), step(step), pattern(step, 1));
            }
        }
    }

    private String next(int step) {
        return step == 0 ? due() : step(step - 1);
    }

    private static String pattern(int step, int digit) {
        return "*.".repeat(STEPS - 1 - step) + digit + ".#";
    }

    private static Map<String, Object> quorum() {
        Map<String, Object> arguments = new HashMap<>();
        arguments.put("x-queue-type", "quorum");
        return arguments;
    }

    /** What is refused is not lost, as what is thrown away would be. */
    private void bound(Map<String, Object> arguments) {
        arguments.put("x-overflow", "reject-publish");
        if (binding.capacity() > 0) {
            arguments.put("x-max-length", binding.capacity());
        }
    }

    private static void deadLettersTo(Map<String, Object> arguments, String exchange) {
        arguments.put("x-dead-letter-exchange", exchange);
        arguments.put("x-dead-letter-strategy", "at-least-once"); // which needs reject-publish
    }

    private static void declare(Channel channel, String queue, Map<String, Object> arguments) throws IOException {
        channel.queueDeclare(queue, true, false, false, arguments);
    }
}
