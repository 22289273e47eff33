package dev.latido.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * How the jobs stand, as a table: those that need attention first, then by what they do, then by name. Where it is wider than there
 * is room for, columns are left out until {@code WHY} can be read, and what is still longer goes on in the lines below.
 */
final class JobTable {

    /** As wide as it needs. */
    static final int ANY_WIDTH = Integer.MAX_VALUE;

    private static final String JOB = "JOB";
    private static final String WHY = "WHY";
    private static final List<String> TEXTS = List.of(JOB, "STATE");

    /** What is given up for {@code WHY}, the first first. */
    private static final List<String> GIVEN_UP = List.of("SUCCEEDED", "DROPPED", "DELAYED", "STATE", "FAILED");

    /** So many columns {@code WHY} has, if that can be. */
    private static final int WIDTH_OF_WHY = 36;

    /** In so many lines. */
    private static final int LINES_OF_WHY = 3;

    /** Where there is little room, longer names of jobs are cut. */
    private static final int LONGEST_NAME = 20;

    private static final String BETWEEN = "  ";
    private static final String CUT = "…";

    /** What a job does, in the order of the table; the same groups as those of {@code /api/jobs?group=}. */
    private enum Group {
        DEGRADED,
        FAILED,
        WORKING,
        WAITING,
        IDLE,
        STOPPED
    }

    /**
     * A job.
     *
     * @param cells by the titles of their columns, in the order of these
     */
    private record Row(String name, Group group, Map<String, String> cells) {}

    private static final Comparator<Row> MOST_URGENT_FIRST =
            Comparator.comparing(Row::group).thenComparing(Row::name);

    private final Map<String, Row> rows = new HashMap<>();
    private Fields service = new Fields(Map.of());

    /** How many jobs are scrolled over. */
    private int first;

    /** How many jobs were shown last. */
    private int shown;

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
        String name = job.textOr("name", "");
        Map<String, String> cells = new LinkedHashMap<>();
        cells.put(JOB, name);
        cells.put("STATE", job.flag("isClosed") ? "closed" : job.flag("isRunning") ? "running" : "stopped");
        cells.put("QUEUED", waiting + "/" + queue.textOr("capacity", "?"));
        cells.put("DELAYED", queue.textOr("delayed", "0"));
        cells.put("RUNNING", job.textOr("inFlight", "0") + "/" + job.textOr("concurrency", "?"));
        cells.put("SUCCEEDED", counters.textOr("succeeded", "0"));
        cells.put("FAILED", counters.textOr("failed", "0"));
        cells.put("DROPPED", counters.textOr("dropped", "0"));
        cells.put(WHY, why(job));
        rows.put(name, new Row(name, groupOf(job, waiting + queue.number("delayed")), cells));
    }

    private static Group groupOf(Fields job, long waiting) {
        if (job.text("degraded") != null) {
            return Group.DEGRADED;
        } else if (job.number("deadLetters") > 0) {
            return Group.FAILED;
        } else if (job.number("inFlight") > 0) {
            return Group.WORKING;
        } else if (!job.flag("isRunning")) {
            return Group.STOPPED;
        }
        return waiting > 0 ? Group.WAITING : Group.IDLE;
    }

    /** Says first what needs somebody, then what the job does, if that is something else. */
    private static String why(Fields job) {
        String why = job.textOr("why", "");
        // which names the job, as it is told where no table does
        String degraded = job.textOr("degraded", "").replaceFirst("^job '[^']*'(: | is | )", "");
        List<String> parts = new ArrayList<>();
        if (!why.contains(degraded)) {
            parts.add(degraded);
        }
        long deadLetters = job.number("deadLetters");
        if (deadLetters > 0) {
            parts.add(deadLetters + (deadLetters == 1 ? " dead letter" : " dead letters"));
        }
        if (!degraded.contains(why) || degraded.equals(why)) {
            parts.add(why);
        }
        return String.join("; ", parts);
    }

    /** Scrolls by so many pages, as large as the one that was shown last; backwards when negative. */
    void scrollPages(int pages) {
        scroll(pages * Math.max(1, shown));
    }

    /** Scrolls by so many jobs; backwards when negative. How far that can be, {@link #lines} knows. */
    void scroll(int jobs) {
        first = (int) Math.max(0, Math.min(rows.size(), (long) first + jobs));
    }

    /** Scrolls to the first job. */
    void scrollToTop() {
        first = 0;
    }

    /** Scrolls to the last job. */
    void scrollToEnd() {
        first = rows.size();
    }

    /**
     * Returns the table.
     *
     * @param atMost how many lines it may have; which jobs are shown is then said in the last
     * @param columns how wide a line may be, or {@link #ANY_WIDTH}
     * @param hint how to come to the others, for that line
     */
    List<String> lines(int atMost, int columns, String hint) {
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
        List<Row> sorted = rows.values().stream().sorted(MOST_URGENT_FIRST).toList();
        Layout layout = Layout.of(sorted, columns);
        List<List<String>> jobs = sorted.stream().map(layout::lines).toList();
        int room = Math.max(0, atMost - lines.size() - 1);
        lines.add(layout.title());
        if (jobs.stream().mapToInt(List::size).sum() <= room) {
            first = 0;
            shown = jobs.size();
            jobs.forEach(lines::addAll);
            return lines;
        }
        room--; // for the line that says so
        first = Math.min(first, firstOfLastPage(jobs, room));
        shown = 0;
        for (int i = first; i < jobs.size() && jobs.get(i).size() <= room; i++) {
            lines.addAll(jobs.get(i));
            room -= jobs.get(i).size();
            shown++;
        }
        if (shown == 0 && room > 0) { // not even one fits
            lines.addAll(jobs.get(first).subList(0, room));
            shown = 1;
        }
        lines.add("Jobs " + Math.min(jobs.size(), first + 1) + " to " + (first + shown) + " of " + jobs.size() + ". "
                + hint);
        return lines;
    }

    private static int firstOfLastPage(List<List<String>> jobs, int room) {
        int from = jobs.size();
        int left = room;
        while (from > 0 && jobs.get(from - 1).size() <= left) {
            from--;
            left -= jobs.get(from).size();
        }
        return Math.min(from, jobs.size() - 1);
    }

    /**
     * Which columns there are, and how wide.
     *
     * @param widths of all but the last, by their titles
     * @param why how wide the last is
     */
    private record Layout(Map<String, Integer> widths, int why) {

        static Layout of(List<Row> rows, int columns) {
            Map<String, Integer> widths = new LinkedHashMap<>();
            List<String> titles =
                    List.of(JOB, "STATE", "QUEUED", "DELAYED", "RUNNING", "SUCCEEDED", "FAILED", "DROPPED");
            for (String title : titles) {
                int widest = rows.stream()
                        .mapToInt(row -> row.cells.getOrDefault(title, "").length())
                        .max()
                        .orElse(0);
                widths.put(title, Math.max(title.length(), widest));
            }
            if (columns == ANY_WIDTH) {
                return new Layout(widths, ANY_WIDTH);
            }
            for (String title : GIVEN_UP) {
                if (columns - sum(widths) < WIDTH_OF_WHY) {
                    widths.remove(title);
                }
            }
            if (columns - sum(widths) < WIDTH_OF_WHY) {
                widths.merge(JOB, LONGEST_NAME, Math::min);
            }
            return new Layout(widths, Math.max(WHY.length(), columns - sum(widths)));
        }

        private static int sum(Map<String, Integer> widths) {
            return widths.values().stream()
                    .mapToInt(width -> width + BETWEEN.length())
                    .sum();
        }

        String title() {
            return begin(title -> title) + WHY;
        }

        List<String> lines(Row row) {
            List<String> whys = wrapped(row.cells.getOrDefault(WHY, ""), why);
            List<String> lines = new ArrayList<>();
            lines.add(begin(title -> row.cells.getOrDefault(title, "")) + whys.get(0));
            whys.stream().skip(1).forEach(more -> lines.add(" ".repeat(sum(widths)) + more));
            return lines;
        }

        private String begin(UnaryOperator<String> cell) {
            StringBuilder line = new StringBuilder();
            widths.forEach((title, width) -> {
                String text = cut(cell.apply(title), width);
                String blanks = " ".repeat(width - text.length());
                line.append(TEXTS.contains(title) ? text + blanks : blanks + text)
                        .append(BETWEEN);
            });
            return line.toString();
        }

        private static String cut(String text, int width) {
            return text.length() <= width ? text : text.substring(0, width - 1) + CUT;
        }

        /** Returns {@code text} in lines, ended between words where it can be; what is left after so many is cut. */
        private static List<String> wrapped(String text, int width) {
            List<String> lines = new ArrayList<>();
            String rest = text;
            while (rest.length() > width && lines.size() < LINES_OF_WHY - 1) {
                int blank = rest.lastIndexOf(' ', width);
                int end = blank > 0 ? blank : width;
                lines.add(rest.substring(0, end));
                rest = rest.substring(end).stripLeading();
            }
            lines.add(cut(rest, width));
            return lines;
        }
    }
}
