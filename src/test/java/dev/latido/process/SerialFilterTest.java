package dev.latido.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InvalidClassException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.management.BadAttributeValueExpException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("fast")
class SerialFilterTest {

    private static Object read(Object written) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes(written)))) {
            in.setObjectInputFilter(new SerialFilter());
            return in.readObject();
        }
    }

    private static byte[] bytes(Object written) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(written);
        }
        return bytes.toByteArray();
    }

    private static Throwable nested(int causes) {
        Throwable failure = new IllegalStateException("the first");
        for (int i = 0; i < causes; i++) {
            failure = new RuntimeException("so deep: " + i, failure);
        }
        return failure;
    }

    /** Arguments of a parameterized test must not be arrays. */
    private static Object inList(Object[] array) {
        return new ArrayList<>(Arrays.asList(array, null));
    }

    private static String[] strings(int count, int length) {
        return IntStream.range(0, count).mapToObj(i -> i + "x".repeat(length)).toArray(String[]::new);
    }

    private static Object lists(int depth) {
        Object list = new ArrayList<>();
        for (int i = 1; i < depth; i++) {
            list = new ArrayList<>(List.of(list));
        }
        return list;
    }

    private static Throwable withSuppressed() {
        Throwable failure = new RetryableHazelcastException("closing");
        failure.addSuppressed(new IOException("on top"));
        return failure;
    }

    static Stream<Object> taken() throws Exception {
        return Stream.of(
                new HazelcastException("x", new CallerNotMemberException("y")),
                withSuppressed(),
                nested(SerialFilter.MAX_DEPTH / 2),
                lists(SerialFilter.MAX_DEPTH),
                new byte[SerialFilter.MAX_ARRAY],
                inList(new String[][] {{"a"}}),
                new ArrayList<>(List.of(1, 2L, 3.0, true, 'c')),
                new ObjectName("java.lang:type=Memory"));
    }

    @ParameterizedTest
    @MethodSource("taken")
    void takesFailuresAndWhatManagementSends(Object object) throws Exception {
        assertThat(read(object)).hasSameClassAs(object);
    }

    static Stream<Object> refused() {
        return Stream.of(
                new HashSet<>(Set.of(new HashSet<>())),
                new HashMap<>(Map.of(1, 2)),
                inList(new Object[] {new HashSet<>()}),
                new ArrayList<>(List.of(new Own())),
                new OwnFailure(),
                (Callable<String> & Serializable) () -> "run",
                Proxy.newProxyInstance(
                        SerialFilterTest.class.getClassLoader(), new Class<?>[] {Callable.class}, new Handler()),
                new BadAttributeValueExpException("called when it is read"),
                nested(SerialFilter.MAX_DEPTH),
                lists(SerialFilter.MAX_DEPTH + 1),
                new byte[SerialFilter.MAX_ARRAY + 1],
                new ArrayList<>(
                        List.of(strings(60, 20_000), 1)), // what is no object of a class is asked for with the next
                inList(IntStream.range(0, SerialFilter.MAX_ARRAY).boxed().toArray()));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesEverythingElse(Object object) {
        assertThatThrownBy(() -> read(object)).isInstanceOf(InvalidClassException.class);
    }

    private static final class Own implements Serializable {
        private static final long serialVersionUID = 1;
    }

    private record Handler() implements InvocationHandler, Serializable {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) {
            return "run";
        }
    }

    private static final class OwnFailure extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
