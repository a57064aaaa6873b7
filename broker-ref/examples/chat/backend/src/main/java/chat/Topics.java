package chat;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The topics of the chat, as in the page's topics.js. The broker lets everybody write only below their own name. */
final class Topics {
    static final String BACKEND = "backend";
    static final String SAID = "chat/+/from/+/say";
    static final String ASKED = "chat/+/from/+/ask";

    private static final String WORD = "[a-z0-9][a-z0-9-]{0,23}";
    private static final Pattern FROM = Pattern.compile("chat/(" + WORD + ")/from/(" + WORD + ")/(say|ask)");

    /** Where something was written, by whom, and what kind of thing it is. */
    record Place(String room, String name, String kind) {}

    static boolean isRoom(String text) {
        return text.matches(WORD);
    }

    static String announcement(String room) {
        return "chat/" + room + "/from/" + BACKEND + "/say";
    }

    /** Nothing, if it is no topic of a room. */
    static Optional<Place> read(String topic) {
        Matcher found = FROM.matcher(topic);
        return found.matches() ? Optional.of(new Place(found.group(1), found.group(2), found.group(3))) : Optional.empty();
    }

    /**
     * Whether somebody may be answered there. This back end may write more than they may, and must not be made to write in
     * their stead.
     */
    static boolean isAnswerTopicOf(String name, String topic) {
        return topic.startsWith("chat/answer/" + name + "/") && !topic.contains("+") && !topic.contains("#");
    }

    private Topics() {}
}
