package dev.latido.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What became of the lines of a batch. */
final class Tally {

    /** How many refusals are told one by one; all are counted. */
    static final int MAX_TOLD = 100;

    private long lines;
    private long accepted;
    private long dropped;
    private long refused;

    /** How many others were dropped meanwhile. */
    private long evicted;

    private final List<RefusedLine> told = new ArrayList<>();

    /**
     * A line that was not accepted.
     *
     * @param status the HTTP status that it would have got alone
     */
    record RefusedLine(long number, int status, String type, String detail) {}

    /** Counts a line that was taken, as an execution in {@code state}. */
    void taken(String state) {
        lines++;
        if (state.equals("dropped")) {
            dropped++;
        } else {
            accepted++;
        }
    }

    /** Counts a line, and tells whether it is one of those that are told. */
    boolean refused(RefusedLine line) {
        lines++;
        refused++;
        if (told.size() < MAX_TOLD) {
            told.add(line);
            return true;
        }
        return false;
    }

    /** Notes how many executions of the job were dropped while it was submitted, lines of it or others. */
    void droppedInAll(long count) {
        evicted = Math.max(0, count - dropped);
    }

    long lines() {
        return lines;
    }

    long refused() {
        return refused;
    }

    int exitCode() {
        if (refused == 0 && dropped == 0) {
            return ExitCode.DONE;
        }
        return refused == lines ? ExitCode.REFUSED : ExitCode.NOT_ALL_DONE;
    }

    /** Says what happened before it was interrupted. */
    String soFar() {
        String rest = dropped == 0 && refused == 0
                ? ""
                : String.format(Locale.ROOT, ", %,d dropped, %,d refused", dropped, refused);
        return String.format(Locale.ROOT, "%,d accepted", accepted) + rest;
    }

    String inWords() {
        return lines + (lines == 1 ? " line: " : " lines: ") + accepted + " accepted, " + dropped + " dropped, "
                + refused + " refused."
                + (evicted == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, " To make room, the queue dropped %,d that it had accepted.", evicted));
    }

    String json() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("lines", lines);
            json.writeNumberField("accepted", accepted);
            json.writeNumberField("dropped", dropped);
            json.writeNumberField("refused", refused);
            json.writeNumberField("evicted", evicted);
            json.writeArrayFieldStart("refusals");
            for (RefusedLine line : told) {
                json.writeStartObject();
                json.writeNumberField("line", line.number());
                json.writeNumberField("status", line.status());
                json.writeStringField("type", line.type());
                json.writeStringField("detail", line.detail());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException noIoInHere) {
            throw new UncheckedIOException(noIoInHere);
        }
        return text.toString();
    }
}
