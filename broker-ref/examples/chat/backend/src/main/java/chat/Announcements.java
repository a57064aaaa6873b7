package chat;

import chat.Announcing.Publisher;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.messaging.MessagingException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** What the house says: over HTTP, and the time by a schedule. */
@RestController
class Announcements {
    private static final Logger LOG = LoggerFactory.getLogger(Announcements.class);

    private final Publisher publisher;
    private final ChatSettings settings;
    private final JsonMapper json;

    Announcements(Publisher publisher, ChatSettings settings, JsonMapper json) {
        this.publisher = publisher;
        this.settings = settings;
        this.json = json;
    }

    /**
     * Announces the body, a plain text. 204: the broker has it. 503: it may not have it; the same request again does no harm,
     * because the id in the path is the id of the message.
     */
    @PutMapping("/rooms/{room}/announcements/{id}")
    ResponseEntity<String> put(@PathVariable String room, @PathVariable String id, @RequestBody byte[] body) {
        Said said = said(id, new String(body, StandardCharsets.UTF_8).strip());
        if (!Topics.isRoom(room)) return ResponseEntity.badRequest().body("no name of a room: small letters, digits, hyphens\n");
        if (!said.wellFormed()) {
            return ResponseEntity.badRequest()
                    .body("expected an id of at most " + Said.LONGEST_ID + " and a text of 1 to " + Said.LONGEST_TEXT + " characters\n");
        }
        try {
            publish(room, said);
        } catch (MessagingException error) {
            LOG.warn("the broker did not take an announcement: {}", error.getMessage());
            return ResponseEntity.status(503).body("the broker did not take it; please try again\n");
        }
        return ResponseEntity.noContent().build();
    }

    @Scheduled(cron = "${chat.clock-cron}")
    void tellTheTime() {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        try {
            String text = "It is " + LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + ".";
            publish(settings.clockRoom(), said("clock-" + now, text));
        } catch (MessagingException error) {
            LOG.warn("the time was not announced: {}", error.getMessage());
        }
    }

    private void publish(String room, Said said) {
        publisher.publish(Topics.announcement(room), json.writeValueAsBytes(said));
    }

    private static Said said(String id, String text) {
        return new Said(id, Topics.BACKEND, text, System.currentTimeMillis(), null, null, 1);
    }
}
