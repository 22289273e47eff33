package dev.latido.process;

import java.io.ObjectInputFilter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What this process deserialises of Java's own serialisation, whoever reads it: failures, which the members of a cluster
 * report in it, and what a JMX client sends. Latido itself neither writes nor reads any. Collections that hash are left out,
 * for a few nested ones compute until the end of days; so are lambdas and proxies.
 */
public final class SerialFilter implements ObjectInputFilter {

    /** How deep an object may be nested. A cause takes one level. */
    static final int MAX_DEPTH = 64;

    /** Of how many objects a stream may consist, those counted that are referred to again. */
    static final int MAX_REFERENCES = 100_000;

    /** How long an array may be. */
    static final int MAX_ARRAY = 100_000;

    /** How long a stream may be. */
    static final int MAX_BYTES = 1 << 20;

    /** Whose failures are known. */
    private static final List<String> FAILURES_OF = List.of("java.", "com.hazelcast.");

    /** What failures consist of. */
    private static final Set<Class<?>> PARTS = Set.of(
            StackTraceElement.class,
            Collections.emptyList().getClass(),
            ArrayList.class,
            Object.class, // as the array of a list
            String.class,
            Number.class,
            Boolean.class,
            Byte.class,
            Character.class,
            Double.class,
            Float.class,
            Integer.class,
            Long.class,
            Short.class,
            Enum.class,
            UUID.class);

    /**
     * What jconsole and its like send. By name, so that the modules are not loaded for it; and one by one, for there are some
     * in these packages that open ports or call what they are given.
     */
    private static final Set<String> OF_MANAGEMENT = Set.of(
            "java.rmi.MarshalledObject",
            "java.rmi.dgc.Lease",
            "java.rmi.dgc.VMID",
            "java.rmi.server.ObjID",
            "java.rmi.server.UID",
            "java.util.Vector",
            "javax.management.Attribute",
            "javax.management.AttributeList",
            "javax.management.MBeanServerNotificationFilter",
            "javax.management.NotificationFilterSupport",
            "javax.management.ObjectName",
            "javax.security.auth.Subject");

    SerialFilter() {}

    /**
     * Has the whole process read by this filter from now on, unless the user has named another with
     * {@code -Djdk.serialFilter}.
     */
    public static void install() {
        if (Config.getSerialFilter() == null) {
            Config.setSerialFilter(new SerialFilter());
        }
    }

    @Override
    public Status checkInput(FilterInfo input) {
        if (input.depth() > MAX_DEPTH
                || input.references() > MAX_REFERENCES
                || input.arrayLength() > MAX_ARRAY
                || input.streamBytes() > MAX_BYTES) {
            return Status.REJECTED;
        }
        Class<?> type = input.serialClass();
        if (type == null) {
            return Status.UNDECIDED; // a limit was asked for only
        }
        return isAllowed(type) ? Status.ALLOWED : Status.REJECTED;
    }

    private static boolean isAllowed(Class<?> type) {
        Class<?> element = type;
        while (element.isArray()) {
            element = element.getComponentType();
        }
        return element.isPrimitive()
                || PARTS.contains(element)
                || OF_MANAGEMENT.contains(element.getName())
                || isFailure(element);
    }

    private static boolean isFailure(Class<?> type) {
        return Throwable.class.isAssignableFrom(type) && FAILURES_OF.stream().anyMatch(type.getName()::startsWith);
    }
}
