package dev.latido.queue.memory;

import dev.latido.job.Priority;
import dev.latido.loop.EventLoop;
import dev.latido.queue.Capabilities;
import dev.latido.queue.JobQueueContract;
import dev.latido.queue.Member;
import dev.latido.queue.PausableLoop;
import dev.latido.queue.QueueBed;
import dev.latido.queue.QueueBinding;
import dev.latido.simulation.VirtualTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;

/** The suite holds for the least that keeps the promises, on virtual time. */
@Tag("fast")
class MemoryQueueTest extends JobQueueContract {

    @Override
    protected QueueBed makeBed() {
        return new Bed(Long.getLong("seed", new Random().nextLong()));
    }

    private static final class Bed implements QueueBed {

        private final long seed;
        private final VirtualTime time;
        private final EventLoop clock;
        private final Map<String, MemoryServer> servers = new HashMap<>();
        private final Network network;
        private final Map<Member, PausableLoop> loops = new HashMap<>();

        private Bed(long seed) {
            this.seed = seed;
            time = new VirtualTime(seed);
            clock = time.loop("broker");
            network = new Network(clock, new Random(seed));
        }

        @Override
        public Capabilities capabilities() {
            return MemoryBroker.CAPABILITIES;
        }

        @Override
        public Duration shortLease() {
            return Duration.ofSeconds(3);
        }

        @Override
        public Member member(String process, QueueBinding binding) {
            PausableLoop loop = new PausableLoop(time.loop(process));
            Member member = new Member(process, new MemoryBroker(network, this::server), binding, loop);
            loops.put(member, loop);
            return member;
        }

        private MemoryServer server(String queue) {
            return servers.computeIfAbsent(queue, ignored -> new MemoryServer(time::nanos));
        }

        private PausableLoop loop(Member member) {
            return loops.computeIfAbsent(member, unknown -> {
                throw new IllegalArgumentException("not of this bed: " + unknown.process);
            });
        }

        @Override
        public void freeze(Member member) {
            loop(member).pause();
        }

        @Override
        public void thaw(Member member) {
            loop(member).resume();
        }

        @Override
        public void kill(Member member) {
            freeze(member);
        }

        @Override
        public void breakDown() {
            network.breakDown();
        }

        @Override
        public void bringBack() {
            network.bringBack();
        }

        @Override
        public void put(String queue, Priority lane, Map<String, String> fields) {
            server(queue).put(lane, fields);
        }

        @Override
        public void await(String what, BooleanSupplier condition) {
            long end = time.nanos() + Duration.ofHours(1).toNanos();
            while (!condition.getAsBoolean()) {
                if (!time.step(end)) {
                    throw new AssertionError("waited in vain for " + what);
                }
            }
        }

        @Override
        public void pass(Duration span) {
            time.pass(span);
        }

        @Override
        public long nanos() {
            return time.nanos();
        }

        @Override
        public void close() {
            // nothing is left running
        }

        @Override
        public String toString() {
            return "virtual time, -Dseed=" + seed;
        }
    }
}
