package chat;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The back end of the chat: it announces ({@link Announcements}), archives what is said ({@link Archive}) and answers
 * requests ({@link Answers}). {@link Listening} and {@link Announcing} connect it to the broker.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
public class Backend {
    public static void main(String[] arguments) {
        SpringApplication.run(Backend.class, arguments);
    }
}
