package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.latido.config.LogConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLoggerFactory;

class LogControlTest {

    @Test
    void leavesAnotherLibrarysLogAlone() {
        LogControl control = new LogControl(new NOPLoggerFactory());

        assertThat(control.apply(LogConfig.DEFAULT)).isTrue();
        assertThat(control.apply(new LogConfig(LogConfig.Format.JSON, LogConfig.Level.INFO)))
                .as("said, and the service starts")
                .isFalse();
        assertThat(control.levels()).isEmpty();
        assertThatThrownBy(() -> control.set(Map.of("dev.latido", "debug")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not Logback's");
    }
}
