package dev.latido.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Lists that the service tells a page at a time. */
final class Pages {

    private Pages() {}

    /**
     * Returns the first items of a list, each as JSON, as it came.
     *
     * @param path where the list is, perhaps with parameters
     * @param field the field of a page that has its items
     * @param page how many a page may have
     * @param atMost how many are wanted
     */
    static List<String> items(Connection connection, String path, String field, int page, int atMost) {
        List<String> items = new ArrayList<>();
        String cursor = "";
        String separator = path.indexOf('?') < 0 ? "?" : "&";
        while (cursor != null && items.size() < atMost) {
            int limit = Math.min(page, atMost - items.size());
            String from = cursor.isEmpty() ? "" : "&cursor=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
            Answer answer = connection.get(path + separator + "limit=" + limit + from);
            items.addAll(RawJson.items(answer.body(), field));
            cursor = answer.fields().text("cursor");
        }
        return items;
    }
}
