package chat;

import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.springframework.stereotype.Component;

/** What requests are answered: the history of a room, and the questions to the bot. */
@Component
class Answers {
    /** Together at most some 400 kB, below what brokers accept in a packet. */
    private static final int NEWEST = 100;

    private static final String HELP = """
            /time: what time it is here
            /count: how many messages this room has
            /find TEXT: the last messages with this text""";

    private final Archive archive;

    Answers(Archive archive) {
        this.archive = archive;
    }

    record Request(String ask, String text) {}

    /** What becomes the payload, as JSON. */
    Map<String, Object> answer(String room, Request request) {
        if ("history".equals(request.ask())) return Map.of("messages", archive.newest(room, NEWEST));
        return Map.of("text", bot(room, request.text() == null ? "" : request.text().strip()));
    }

    private String bot(String room, String question) {
        String[] words = question.split("\\s+", 2);
        return switch (words[0]) {
            case "/time" -> "It is " + LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + ".";
            case "/count" -> "Messages in #" + room + ": " + archive.all(room).size();
            case "/find" -> words.length < 2 ? HELP : find(room, words[1]);
            default -> HELP;
        };
    }

    private String find(String room, String text) {
        List<String> found = archive.all(room).stream()
                .filter(said -> said.text().toLowerCase().contains(text.toLowerCase()))
                .map(said -> said.from() + ": " + said.text())
                .toList();
        return found.isEmpty()
                ? "Nobody has said that."
                : String.join("\n", found.subList(Math.max(0, found.size() - 5), found.size()));
    }
}
