package dev.latido.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That each path has one form, in which it is routed. */
@Tag("fast")
class PathsTest {

    private final Paths paths = new Paths();

    PathsTest() {
        for (String path : List.of("/", "/api/jobs", "/api/jobs/:job", "/api/jobs/:job/start", "/docs/some.iife.JS")) {
            paths.add(path);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/,                              /",
        "//,                             /",
        "/.,                             /",
        "/..,                            /",
        "/x/..,                          /",
        "/api/jobs,                      /api/jobs",
        "/API/JOBS/,                     /api/jobs",
        "//api///jobs//,                 /api/jobs",
        "/api/./jobs/.,                  /api/jobs",
        "/api/x/../jobs,                 /api/jobs",
        "/api/jobs/x/..,                 /api/jobs",
        "/../../api/jobs,                /api/jobs",
        "/%61p%69/%4Aobs,                /api/jobs",
        "/api/x/%2e%2E/jobs,             /api/jobs",
        "/api/jobs/Email,                /api/jobs/Email",
        "/API/Jobs/Email/START/,         /api/jobs/Email/start",
        "/api/jobs/start/start,          /api/jobs/start/start",
        "/api/jobs/.../start,            /api/jobs/.../start",
        "/api/jobs/.a,                   /api/jobs/.a",
        "/api/jobs/%20%C3%a4%62,         /api/jobs/%20%C3%a4b",
        "/api/jobs/a;b=c,                /api/jobs/a;b=c",
        "/docs/some.iife.js,             /docs/some.iife.JS",
        "/DOCS/some.iife.JS,             /docs/some.iife.JS"
    })
    void findsTheFormInWhichTheRouterKnowsAPath(String path, String form) {
        assertThat(paths.find(path)).isEqualTo(form);
        assertThat(paths.find(form)).as("the form's form").isEqualTo(form);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/x",
                "/api",
                "/api/job",
                "/api/jobs/a/b",
                "/api/jobs/a/start/b",
                "/docs",
                "/api%20/jobs",
                "/%2561pi/jobs"
            })
    void findsNothingWhereNothingIs(String path) {
        assertThat(paths.find(path)).isNull();
    }

    @Test
    void aFormIsItsOwnForm() {
        long seed = Long.getLong("seed", System.nanoTime());
        SplittableRandom random = new SplittableRandom(seed);
        List<String> parts =
                List.of("/", "/", "api", "jobs", "JOBS", ".", "..", "%2e", "%41", "%25", "41", "a", "start");
        int found = 0;
        for (int i = 0; i < 100_000; i++) {
            StringBuilder path = new StringBuilder(random.nextBoolean() ? "/api/jobs/" : "/");
            for (int j = random.nextInt(12); j > 0; j--) {
                path.append(parts.get(random.nextInt(parts.size())));
            }
            String form = paths.find(path.toString());
            if (form != null) {
                found++;
                assertThat(paths.find(form)).as("-Dseed=%d %s", seed, path).isEqualTo(form);
            }
        }
        assertThat(found).isGreaterThan(1_000);
    }
}
