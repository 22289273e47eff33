package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("fast")
class ServeArgumentsTest {

    @Test
    void isTheServiceWithoutACommandOrWithServe() {
        assertThat(ServeArguments.parse()).contains(new ServeArguments(null));
        assertThat(ServeArguments.parse("serve")).contains(new ServeArguments(null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--config|my file.yaml",
                "--config=my file.yaml",
                "serve|--config|my file.yaml",
                "serve|--config=my file.yaml"
            })
    void takesAConfigurationFile(String arguments) {
        assertThat(ServeArguments.parse(arguments.split("\\|"))).contains(new ServeArguments("my file.yaml"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "status",
                "--config",
                "--config=",
                "--config| ",
                "--config|--json",
                "serve|--help",
                "serve|serve",
                "--config|a|status",
                "--config|a|--config|b",
                "serve|--url=x",
                "--configs=a",
                "--help",
                "serve|x"
            })
    void leavesTheRestToTheCommandLine(String arguments) {
        assertThat(ServeArguments.parse(arguments.split("\\|"))).isEmpty();
    }
}
