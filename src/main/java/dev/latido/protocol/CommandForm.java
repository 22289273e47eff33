package dev.latido.protocol;

import dev.latido.job.ExecutionId;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of one type of command: {@code {"type":"Start","job":"name","deadline":"2026-01-01T00:00:00Z"}}, of which every
 * command has the first and may have the last.
 *
 * @param type the type of command
 * @param writer writes what only this type has
 * @param reader reads that, and has the deadline
 * @param fields the names of what only this type has; empty where the reader looks after that itself
 */
record CommandForm<C extends Command>(
        Class<C> type,
        BiConsumer<C, JsonObject> writer,
        BiFunction<JsonFields, Instant, C> reader,
        Set<String> fields) {

    /** Makes the command for a job. */
    @FunctionalInterface
    interface ForJob<C> {
        C make(@Nullable String job, Instant deadline);
    }

    static <C extends Command> CommandForm<C> of(
            Class<C> type,
            BiConsumer<C, JsonObject> writer,
            BiFunction<JsonFields, Instant, C> reader,
            String... fields) {
        Set<String> known = new HashSet<>(List.of(fields));
        known.add("type");
        known.add("deadline");
        return new CommandForm<>(type, writer, reader, known);
    }

    /** Makes the form of a command that names a job and has nothing else. */
    static <C extends Command.OfJob> CommandForm<C> ofJob(Class<C> type, ForJob<C> make) {
        return of(
                type,
                (command, json) -> putJob(json, command),
                (in, deadline) -> make.make(in.string("job"), deadline),
                "job");
    }

    /** Makes the form of a command that names an execution and has nothing else. */
    static <C extends Command.OfExecution> CommandForm<C> ofExecution(
            Class<C> type, BiFunction<ExecutionId, Instant, C> make) {
        return of(
                type,
                (command, json) -> json.put("id", command.id().toString()),
                (in, deadline) -> make.apply(in.execution("id"), deadline),
                "id");
    }

    static void putJob(JsonObject json, Command.OfJob command) {
        if (command.job() != null) {
            json.put("job", command.job());
        }
    }

    /** Writes what only {@code command} has, and its deadline. */
    void write(Command command, JsonObject json) {
        writer.accept(type.cast(command), json);
        if (!command.deadline().equals(Command.NO_DEADLINE)) {
            json.put("deadline", command.deadline().toString());
        }
    }

    /**
     * Reads a command of this type.
     *
     * @throws CommandException that names the field
     */
    C read(JsonFields in) {
        C command = reader.apply(in, in.time("deadline", Command.NO_DEADLINE));
        if (!fields.isEmpty()) {
            in.onlyKnown(fields);
        }
        return command;
    }
}
