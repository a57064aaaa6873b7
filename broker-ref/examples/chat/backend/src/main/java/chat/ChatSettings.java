package chat;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The settings below {@code chat}; application.yaml says what each is for. */
@ConfigurationProperties("chat")
record ChatSettings(
        String listenUri, String announceUri, String user, String password, Path folder, String clockRoom, String clockCron) {}
