package dev.latido.queue.storagequeue;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** The XML that the service speaks. What messages say is anybody's. */
final class Xml {

    private static final XMLInputFactory FACTORY = factory();

    /** Control characters, as they are or by their numbers, and the two that are no characters. */
    private static final Pattern NOT_IN_XML = Pattern.compile("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]"
            + "|&#0*([0-8]|1[124-9]|2\\d|3[01]|6553[45]);|&#[xX]0*([0-8bBcCeEfF]|1[0-9a-fA-F]|[fF]{3}[eEfF]);");

    private Xml() {}

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        return factory;
    }

    /**
     * A message as the service tells of it.
     *
     * @param id its own for as long as it is there
     * @param receipt what proves that it was taken; empty when it was only looked at
     * @param insertedAt when it was submitted, as in the header field {@code Date}; empty when that was not told
     * @param deliveries how often it was taken, this time included
     * @param text what it says
     */
    record Told(String id, String receipt, String insertedAt, int deliveries, String text) {}

    /** Returns the body that submits a text. */
    static Buffer message(String text) {
        return Buffer.buffer("<QueueMessage><MessageText>" + escaped(text) + "</MessageText></QueueMessage>");
    }

    /** Has a text mean itself; a carriage return would be read as a line feed otherwise. */
    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\r", "&#13;");
    }

    /**
     * Reads a list of messages. Characters that XML cannot have are replaced, wherever they come from: nothing could be done
     * about the message otherwise, nor about the others of the list.
     *
     * @throws XMLStreamException when it is none
     */
    static List<Told> messages(byte[] xml) throws XMLStreamException {
        try {
            return read(xml);
        } catch (XMLStreamException e) {
            String text = new String(xml, StandardCharsets.UTF_8);
            String clean = NOT_IN_XML.matcher(text).replaceAll("\uFFFD");
            if (clean.equals(text)) {
                throw e;
            }
            return read(clean.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static List<Told> read(byte[] xml) throws XMLStreamException {
        List<Told> all = new ArrayList<>();
        Map<String, String> fields = new HashMap<>();
        XMLStreamReader reader = FACTORY.createXMLStreamReader(new ByteArrayInputStream(xml), "UTF-8");
        try {
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    String name = reader.getLocalName();
                    if (name.equals("QueueMessage")) {
                        fields.clear();
                    } else if (!name.equals("QueueMessagesList")) {
                        fields.put(name, reader.getElementText());
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT
                        && reader.getLocalName().equals("QueueMessage")) {
                    all.add(told(fields));
                }
            }
        } finally {
            reader.close();
        }
        return all;
    }

    private static Told told(Map<String, String> fields) {
        String deliveries = fields.getOrDefault("DequeueCount", "");
        return new Told(
                fields.getOrDefault("MessageId", ""),
                fields.getOrDefault("PopReceipt", ""),
                fields.getOrDefault("InsertionTime", ""),
                deliveries.matches("\\d{1,9}") ? Math.max(1, Integer.parseInt(deliveries)) : 1,
                fields.getOrDefault("MessageText", ""));
    }
}
