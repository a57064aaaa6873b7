package chat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.persist.MqttDefaultFilePersistence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.IntegrationMessageHeaderAccessor;
import org.springframework.integration.acks.SimpleAcknowledgment;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.mqtt.inbound.Mqttv5PahoMessageDrivenChannelAdapter;
import org.springframework.integration.mqtt.outbound.Mqttv5PahoMessageHandler;
import org.springframework.integration.mqtt.support.MqttHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.MessageHeaders;
import org.springframework.messaging.support.MessageBuilder;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Listens to all rooms over MQTT 5.0, by a Session that lasts: what is said while the back end is away waits at the broker. A
 * message is acknowledged after it is on the disk. QoS 1 is enough for that, as the archive knows what it has.
 */
@Configuration
class Listening {
    private static final Logger LOG = LoggerFactory.getLogger(Listening.class);

    /** How long the broker keeps the Session while the back end is away, in seconds: a week. */
    private static final long SESSION_EXPIRY = 7 * 24 * 3600;

    /**
     * More messages may not be under way at once. Paho 1.2.5 holds 10 that nobody has taken, and then stops reading. The adapter
     * subscribes before it takes any: with more, it would wait for its SUBACK behind them, for half a minute.
     */
    private static final int RECEIVE_MAXIMUM = 8;

    /** Paho waits for an answer to its DISCONNECT, which does not exist; in milliseconds. */
    private static final long DISCONNECT_TIMEOUT = 500;

    private final ChatSettings settings;
    private final Archive archive;
    private final Answers answers;
    private final JsonMapper json;

    Listening(ChatSettings settings, Archive archive, Answers answers, JsonMapper json) {
        this.settings = settings;
        this.archive = archive;
        this.answers = answers;
        this.json = json;
    }

    @Bean
    IntegrationFlow listen() {
        var options = options();
        options.setCleanStart(false);
        options.setSessionExpiryInterval(SESSION_EXPIRY);
        options.setReceiveMaximum(RECEIVE_MAXIMUM);
        var adapter = new Mqttv5PahoMessageDrivenChannelAdapter(options, "chat-backend-listen", Topics.SAID, Topics.ASKED);
        adapter.setPersistence(new MqttDefaultFilePersistence(settings.folder().resolve("session").toString()));
        adapter.setQos(1);
        adapter.setManualAcks(true);
        adapter.setDisconnectCompletionTimeout(DISCONNECT_TIMEOUT);
        return IntegrationFlow.from(adapter).handle(this::receive).channel("answer.input").get();
    }

    /** Answers go through a connection of their own: waiting for its acknowledgement must not hold up the one that listens. */
    @Bean
    IntegrationFlow answer() {
        var handler = new Mqttv5PahoMessageHandler(options(), "chat-backend-answer");
        handler.setDefaultQos(1);
        handler.setAsync(true);
        handler.setDisconnectCompletionTimeout(DISCONNECT_TIMEOUT);
        return flow -> flow.handle(handler);
    }

    private MqttConnectionOptions options() {
        var options = new MqttConnectionOptions();
        options.setServerURIs(new String[] {settings.listenUri()});
        options.setUserName(settings.user());
        options.setPassword(settings.password().getBytes(StandardCharsets.UTF_8));
        options.setAutomaticReconnect(true);
        options.setAutomaticReconnectDelay(1, 5); // seconds
        return options;
    }

    /** An exception leaves the message without acknowledgement, and the broker sends it again with the next connection. */
    private Object receive(byte[] payload, MessageHeaders headers) {
        var place = Topics.read(headers.get(MqttHeaders.RECEIVED_TOPIC, String.class));
        Message<byte[]> answer = null;
        try {
            if (place.isPresent() && place.get().kind().equals("say")) keep(place.get(), payload);
            if (place.isPresent() && place.get().kind().equals("ask")) answer = answer(place.get(), payload, headers).orElse(null);
        } catch (JacksonException malformed) {
            LOG.warn("{} sent something that is no JSON of the chat: {}", place.get().name(), malformed.getOriginalMessage());
        }
        headers.get(IntegrationMessageHeaderAccessor.ACKNOWLEDGMENT_CALLBACK, SimpleAcknowledgment.class).acknowledge();
        return answer;
    }

    private void keep(Topics.Place place, byte[] payload) {
        Said said = json.readValue(payload, Said.class);
        if (said != null && said.wellFormed()) archive.keep(place.room(), said.from(place.name()));
    }

    private Optional<Message<byte[]>> answer(Topics.Place place, byte[] payload, MessageHeaders headers) {
        String topic = headers.get(MqttHeaders.RESPONSE_TOPIC, String.class);
        if (topic == null || !Topics.isAnswerTopicOf(place.name(), topic)) {
            LOG.warn("{} wants to be answered at {}, which is not theirs", place.name(), topic);
            return Optional.empty();
        }
        Map<String, Object> answer = answers.answer(place.room(), json.readValue(payload, Answers.Request.class));
        return Optional.of(MessageBuilder.withPayload(json.writeValueAsBytes(answer))
                .setHeader(MqttHeaders.TOPIC, topic)
                .setHeader(MqttHeaders.CORRELATION_DATA, headers.get(MqttHeaders.CORRELATION_DATA))
                .build());
    }
}
