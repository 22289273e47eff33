package dev.latido.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.latido.stream.ChangedJobs.Changes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("fast")
class ChangedJobsTest {

    private static ChangedJobs of(List<String> names) {
        ChangedJobs jobs = new ChangedJobs();
        names.forEach(name -> jobs.define(name, 0));
        return jobs;
    }

    @Test
    void knowsWhatChangedInTheOrderOfTheLatestChange() {
        ChangedJobs jobs = of(List.of("a", "b", "c"));
        long begin = jobs.orderAt(0);
        assertThat(jobs.since(begin, Set.of(), 9, 0).jobs()).isEmpty();
        jobs.changed("a", 1);
        jobs.changed("b", 2);
        jobs.changed("a", 3);
        jobs.changed("unknown", 4);
        Changes all = jobs.since(begin, Set.of(), 9, 4);
        assertThat(all.jobs()).containsExactly("b", "a");
        assertThat(all.sequence()).isEqualTo(4);
        assertThat(jobs.since(all.order(), Set.of(), 9, 4).jobs()).isEmpty();
        assertThat(jobs.since(jobs.orderAt(2), Set.of(), 9, 4).jobs()).containsExactly("a");
        assertThat(jobs.since(begin, Set.of("a", "c"), 9, 4).jobs()).containsExactly("a");

        Changes first = jobs.since(begin, Set.of(), 1, 4);
        assertThat(first.jobs()).containsExactly("b");
        assertThat(first.sequence()).as("before the change that is left").isEqualTo(2);
        assertThat(jobs.since(first.order(), Set.of(), 1, 4).jobs()).containsExactly("a");
    }

    @Test
    void goesThroughAllThatChangedAtOnce() {
        List<String> names = IntStream.range(0, 10).mapToObj(i -> "j" + i).toList();
        ChangedJobs jobs = of(names);
        jobs.changed("j3", 6);
        jobs.allChanged(7);
        Set<String> seen = new HashSet<>();
        long order = jobs.orderAt(0);
        for (int i = 0; i < 4; i++) {
            Changes some = jobs.since(order, Set.of(), 3, 7);
            assertThat(some.sequence()).isEqualTo(i < 3 ? 6 : 7);
            order = some.order();
            seen.addAll(some.jobs());
        }
        assertThat(seen).containsExactlyInAnyOrderElementsOf(names);
    }

    /** However it is read, nobody who comes back with what it was told misses a change. */
    @Test
    void missesNothingWhereverOneComesBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> names = IntStream.range(0, 20).mapToObj(i -> "j" + i).toList();
        ChangedJobs jobs = of(names);
        Map<String, Long> latest = new HashMap<>();
        Map<String, Long> seen = new HashMap<>();
        long order = jobs.orderAt(0);
        for (long sequence = 1; sequence <= 20_000; sequence++) {
            if (random.nextInt(1_000) == 0) {
                jobs.allChanged(sequence);
                long now = sequence;
                names.forEach(name -> latest.put(name, now));
            } else {
                String name = names.get(random.nextInt(names.size()));
                jobs.changed(name, sequence);
                latest.put(name, sequence);
            }
            if (random.nextInt(10) == 0) {
                Set<String> filter = random.nextBoolean() ? Set.of() : Set.copyOf(names);
                Changes some = jobs.since(order, filter, 1 + random.nextInt(30), sequence);
                long now = sequence;
                some.jobs().forEach(name -> seen.put(name, now));
                order = random.nextBoolean() ? some.order() : jobs.orderAt(some.sequence());
                for (Map.Entry<String, Long> change : latest.entrySet()) {
                    if (change.getValue() <= some.sequence()) {
                        assertThat(seen.getOrDefault(change.getKey(), 0L))
                                .as("%s, told up to %s, seed %d", change, some.sequence(), seed)
                                .isGreaterThanOrEqualTo(change.getValue());
                    }
                }
            }
        }
        Changes rest = jobs.since(order, Set.of(), 30, 20_000);
        assertThat(rest.sequence()).isEqualTo(20_000);
    }
}
