package dev.latido.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How the jobs stand, as a table by name. */
final class JobTable {

    private static final List<String> TITLES =
            List.of("JOB", "STATE", "QUEUED", "DELAYED", "RUNNING", "SUCCEEDED", "FAILED", "DROPPED", "WHY");
    private static final int FIRST_NUMBER = 2;
    private static final int LAST = TITLES.size() - 1;

    private final Map<String, List<String>> rows = new TreeMap<>();
    private Fields service = new Fields(Map.of());

    /** Takes what the stream tells, and says whether the table is another one now. */
    boolean take(Message message) {
        Fields data = Answer.fields(message.data());
        switch (message.event()) {
            case "snapshot" -> {
                if (data.number("part") == 1) {
                    rows.clear();
                }
                service = data;
                data.objects("jobs").forEach(this::put);
                return data.number("part") == data.number("of");
            }
            case "jobs" -> data.objects("jobs").forEach(this::put);
            case "service" -> service = data;
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Takes a job. */
    void put(Fields job) {
        Fields queue = job.object("queue");
        Fields queued = queue.object("queued");
        long waiting =
                queued.values().keySet().stream().mapToLong(queued::number).sum();
        Fields counters = job.object("counters");
        rows.put(
                job.textOr("name", ""),
                List.of(
                        job.textOr("name", ""),
                        job.flag("isClosed") ? "closed" : job.flag("isRunning") ? "running" : "stopped",
                        waiting + "/" + queue.textOr("capacity", "?"),
                        queue.textOr("delayed", "0"),
                        job.textOr("inFlight", "0") + "/" + job.textOr("concurrency", "?"),
                        counters.textOr("succeeded", "0"),
                        counters.textOr("failed", "0"),
                        counters.textOr("dropped", "0"),
                        job.textOr("why", "")));
    }

    /**
     * Returns the table.
     *
     * @param atMost how many lines it may have; what is left out is said in the last
     */
    List<String> lines(int atMost) {
        List<String> lines = new ArrayList<>();
        if (service.text("pausedAt") != null) {
            lines.add("Everything is paused since " + service.text("pausedAt") + ".");
        }
        if (service.text("storeProblem") != null) {
            lines.add("The store: " + service.text("storeProblem"));
        }
        if (service.flag("isStopping")) {
            lines.add("The service is stopping.");
        }
        List<List<String>> table = new ArrayList<>(List.of(TITLES));
        int room = Math.max(0, atMost - lines.size() - 1);
        boolean fits = rows.size() <= room;
        rows.values().stream().limit(fits ? room : Math.max(0, room - 1)).forEach(table::add);
        int[] widths = new int[LAST];
        table.forEach(row -> {
            for (int i = 0; i < LAST; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        table.forEach(row -> lines.add(line(row, widths)));
        if (!fits) {
            lines.add("… and " + (rows.size() - table.size() + 1) + " more; name those that you want to see.");
        }
        return lines;
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < LAST; i++) {
            String blanks = " ".repeat(widths[i] - row.get(i).length());
            line.append(i < FIRST_NUMBER ? row.get(i) + blanks : blanks + row.get(i))
                    .append("  ");
        }
        return line.append(row.get(LAST)).toString();
    }
}
