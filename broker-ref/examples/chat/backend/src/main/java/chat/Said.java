package chat;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A message in a room.
 *
 * @param id the same however often it comes
 * @param from who said it: the name in the topic, never one in a payload
 * @param stream the device that said it, which counts its messages in {@code seq}; both are null for announcements
 * @param at milliseconds since 1970, by the clock of who said it
 * @param qos Quality of Service with which it was published
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Said(String id, String from, String text, long at, String stream, Long seq, int qos) {
    static final int LONGEST_TEXT = 2000;
    static final int LONGEST_ID = 80;

    Said from(String name) {
        return new Said(id, name, text, at, stream, seq, qos);
    }

    boolean wellFormed() {
        return fits(id, LONGEST_ID) && fits(text, LONGEST_TEXT) && (stream == null || fits(stream, 40)) && at >= 0;
    }

    private static boolean fits(String text, int longest) {
        return text != null && !text.isEmpty() && text.length() <= longest;
    }
}
