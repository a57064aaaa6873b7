package chat;

import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.integration.annotation.Gateway;
import org.springframework.integration.annotation.IntegrationComponentScan;
import org.springframework.integration.annotation.MessagingGateway;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.mqtt.core.DefaultMqttPahoClientFactory;
import org.springframework.integration.mqtt.outbound.MqttPahoMessageHandler;
import org.springframework.integration.mqtt.support.MqttHeaders;
import org.springframework.messaging.handler.annotation.Header;

/** Publishes over MQTT 3.1.1, as the application did that this one is modelled on. */
@Configuration
@IntegrationComponentScan
class Announcing {
    /** How long the broker has to acknowledge, in milliseconds. */
    private static final long PATIENCE = 5_000;

    @MessagingGateway
    interface Publisher {
        /** Returns when the broker has taken the message over, and throws if it does not. */
        @Gateway(requestChannel = "announce.input")
        void publish(@Header(MqttHeaders.TOPIC) String topic, byte[] payload);
    }

    @Bean
    IntegrationFlow announce(ChatSettings settings) {
        var options = new MqttConnectOptions();
        options.setServerURIs(new String[] {settings.announceUri()});
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setUserName(settings.user());
        options.setPassword(settings.password().toCharArray());
        options.setConnectionTimeout(5); // seconds
        var factory = new DefaultMqttPahoClientFactory();
        factory.setConnectionOptions(options);
        var handler = new MqttPahoMessageHandler("chat-backend-announce", factory);
        handler.setDefaultQos(1);
        handler.setCompletionTimeout(PATIENCE);
        return flow -> flow.handle(handler);
    }
}
