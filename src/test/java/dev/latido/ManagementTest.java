package dev.latido;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.tools.attach.VirtualMachine;
import io.vertx.core.json.JsonObject;
import java.io.InvalidClassException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;

/** What the real program reads of what a JMX client, which is Java's own, sends it. */
class ManagementTest {

    private static final Object[] SETS = {new HashSet<>(Set.of(1))};
    private static final String[] TYPES = {"java.util.Set"};

    @SuppressWarnings("BanJNDI") // the address is that of a process of our own
    private static JMXConnector connect(MainProcess program) throws Exception {
        VirtualMachine machine = VirtualMachine.attach(Long.toString(program.pid()));
        try {
            return JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()));
        } finally {
            machine.detach();
        }
    }

    @Test
    void isWatchedByJmxAndDeserialisesNothingElse() throws Exception {
        try (MainProcess program = MainProcess.start(new JsonObject())) {
            program.awaitUp();
            try (JMXConnector connector = connect(program)) {
                MBeanServerConnection beans = connector.getMBeanServerConnection();
                ObjectName memory = new ObjectName("java.lang:type=Memory");
                ObjectName threads = new ObjectName("java.lang:type=Threading");
                assertThat(beans.queryNames(new ObjectName("java.lang:*"), null))
                        .contains(memory, threads);
                assertThat(beans.getAttributes(memory, new String[] {"HeapMemoryUsage", "Verbose"}))
                        .hasSize(2);
                assertThat(beans.invoke(
                                threads, "getThreadInfo", new Object[] {new long[] {1}, 3}, new String[] {"[J", "int"}))
                        .isNotNull();
                beans.addNotificationListener(memory, (notification, ignored) -> {}, null, null);
                assertThatThrownBy(() -> beans.invoke(memory, "gc", SETS, TYPES))
                        .isInstanceOf(InvalidClassException.class)
                        .hasMessage("filter status: REJECTED");
                assertThat(beans.getAttribute(memory, "Verbose")).isEqualTo(false);
            }
        }
    }

    @Test
    void leavesTheFilterThatTheUserNamed() throws Exception {
        try (MainProcess program =
                MainProcess.startWith(List.of("-Djdk.serialFilter=maxdepth=100"), new JsonObject())) {
            program.awaitUp();
            try (JMXConnector connector = connect(program)) {
                assertThatThrownBy(() -> connector
                                .getMBeanServerConnection()
                                .invoke(new ObjectName("java.lang:type=Memory"), "gc", SETS, TYPES))
                        .as("there is no such operation, which is known only after the arguments were read")
                        .isInstanceOf(javax.management.ReflectionException.class);
            }
        }
    }
}
