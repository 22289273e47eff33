package dev.latido.queue.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.job.Priority;
import dev.latido.queue.BrokerConfig;
import dev.latido.queue.BrokerConfig.Login;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class RedisConfigTest {

    @Test
    void readsAUrl() throws Exception {
        RedisConfig config = RedisConfig.of(BrokerConfig.ofRedis("rediss://latido:s3cret@redis.internal:7000/2"));
        assertThat(config.address().host()).isEqualTo("redis.internal");
        assertThat(config.address().port()).isEqualTo(7000);
        assertThat(config.isSecure()).isTrue();
        assertThat(config.login().call()).isEqualTo(new Login("latido", "s3cret"));
        assertThat(config.database()).isEqualTo(2);
        assertThat(RedisConfig.of(BrokerConfig.ofRedis("redis://h")).address().port())
                .isEqualTo(6379);
        assertThat(RedisConfig.of(BrokerConfig.ofRedis("redis://:only@h"))
                        .login()
                        .call())
                .isEqualTo(new Login(null, "only"));
        assertThat(RedisConfig.of(BrokerConfig.ofRedis("redis://h/")).database())
                .isZero();
    }

    @Test
    void showsNoSecret() {
        RedisConfig config = RedisConfig.of(BrokerConfig.ofRedis("rediss://latido:s3cret@redis.internal:7000/2"));
        assertThat(config.place()).isEqualTo("rediss://redis.internal:7000/2");
        assertThat(config.toString()).doesNotContain("s3cret").doesNotContain("latido");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://u:s3cret@h",
                "redis://u:s3cret@h/x",
                "redis://u:s3cret@h/1/2",
                "redis://u:s3cret@h?protocol=2",
                "redis://u:s3cret@",
                "redis://u:s3cret@h:port",
                "red is://u:s3cret@h"
            })
    void refusesWhatIsNoneAndShowsNothingOfIt(String url) {
        assertThatThrownBy(() -> RedisConfig.of(BrokerConfig.ofRedis(url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("s3cret")
                .hasNoCause();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{orders}", "or{ders", "orders}"})
    void refusesNamesThatAClusterWouldTakeApart(String name) {
        assertThatThrownBy(() -> Keys.of(name, List.of(Priority.NORMAL))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesKeysSoThatAClusterHasThemInOnePlace() {
        Keys keys = Keys.of("orders", List.of(Priority.HIGH, Priority.NORMAL));
        assertThat(keys.lanes()).containsExactly("{orders}:high", "orders");
        assertThat(List.of(keys.delayed(), keys.dead(), keys.known("k{x}"), keys.outcome("k")))
                .containsExactly("{orders}:delayed", "{orders}:dead", "{orders}:key:k{x}", "{orders}:outcome:k");
    }
}
