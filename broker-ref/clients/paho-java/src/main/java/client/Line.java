package client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.springframework.integration.endpoint.MessageProducerSupport;
import org.springframework.integration.mqtt.core.DefaultMqttPahoClientFactory;
import org.springframework.integration.mqtt.inbound.MqttPahoMessageDrivenChannelAdapter;
import org.springframework.integration.mqtt.inbound.Mqttv5PahoMessageDrivenChannelAdapter;
import org.springframework.integration.mqtt.outbound.MqttPahoMessageHandler;
import org.springframework.integration.mqtt.outbound.Mqttv5PahoMessageHandler;
import org.springframework.integration.mqtt.support.DefaultPahoMessageConverter;
import org.springframework.messaging.MessageHandler;

/** Where the broker is and how it is spoken to: the adapters of one version, and the Paho client beneath them. */
sealed interface Line {
    /** Receives `topic` at `qos`; `resume`: its Session outlives its connection. */
    MessageProducerSupport inbound(String client, String topic, int qos, boolean resume);

    /** Publishes where, and as, the headers say. */
    MessageHandler outbound(String client);

    /** A client with a Will ends with it or without it. No adapter can end with its Will, so this is Paho alone. */
    void ends(String client, String willTopic, boolean withWill) throws Exception;

    /** Milliseconds: Paho waits this long after DISCONNECT, whatever the broker does. */
    long QUIESCE = 200;
    /** Longer than any run, in seconds. */
    long SESSION_EXPIRY = 600;
    int DISCONNECT_WITH_WILL = 0x04;
    byte[] GONE = "gone".getBytes();

    record V311(String url, SocketFactory sockets) implements Line {
        @Override
        public MessageProducerSupport inbound(String client, String topic, int qos, boolean resume) {
            var adapter = new MqttPahoMessageDrivenChannelAdapter(client, factory(!resume), topic);
            var converter = new DefaultPahoMessageConverter();
            converter.setPayloadAsBytes(true);
            adapter.setConverter(converter);
            adapter.setQos(qos);
            adapter.setDisconnectCompletionTimeout(QUIESCE);
            return adapter;
        }

        @Override
        public MessageHandler outbound(String client) {
            var handler = new MqttPahoMessageHandler(client, factory(true));
            handler.setDisconnectCompletionTimeout(QUIESCE);
            return handler;
        }

        @Override
        public void ends(String client, String willTopic, boolean withWill) throws Exception {
            var options = options(true);
            options.setWill(willTopic, GONE, 1, false);
            var paho = new org.eclipse.paho.client.mqttv3.MqttAsyncClient(
                    url, client, new org.eclipse.paho.client.mqttv3.persist.MemoryPersistence());
            paho.connect(options).waitForCompletion();
            if (withWill) {
                paho.disconnectForcibly(0, QUIESCE, false);
            } else {
                paho.disconnect().waitForCompletion();
            }
            paho.close();
        }

        private DefaultMqttPahoClientFactory factory(boolean clean) {
            var factory = new DefaultMqttPahoClientFactory();
            factory.setConnectionOptions(options(clean));
            return factory;
        }

        private MqttConnectOptions options(boolean clean) {
            var options = new MqttConnectOptions();
            options.setServerURIs(new String[] {url});
            options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1); // else it tries 3.1 when this one fails
            options.setCleanSession(clean);
            options.setSocketFactory(sockets);
            return options;
        }
    }

    record V5(String url, SocketFactory sockets) implements Line {
        @Override
        public MessageProducerSupport inbound(String client, String topic, int qos, boolean resume) {
            var adapter = new Mqttv5PahoMessageDrivenChannelAdapter(options(!resume), client, topic);
            adapter.setQos(qos);
            adapter.setDisconnectCompletionTimeout(QUIESCE);
            return adapter;
        }

        @Override
        public MessageHandler outbound(String client) {
            var handler = new Mqttv5PahoMessageHandler(options(true), client);
            handler.setDisconnectCompletionTimeout(QUIESCE);
            return handler;
        }

        @Override
        public void ends(String client, String willTopic, boolean withWill) throws Exception {
            var options = options(true);
            options.setWill(willTopic, new org.eclipse.paho.mqttv5.common.MqttMessage(GONE, 1, false, null));
            var paho = new org.eclipse.paho.mqttv5.client.MqttAsyncClient(
                    url, client, new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
            paho.connect(options).waitForCompletion();
            if (withWill) {
                // not by going silently: over TLS it would leave its socket open
                paho.disconnectForcibly(0, QUIESCE, DISCONNECT_WITH_WILL, new MqttProperties());
            } else {
                paho.disconnect().waitForCompletion();
            }
            paho.close();
        }

        private MqttConnectionOptions options(boolean clean) {
            var options = new MqttConnectionOptions();
            options.setServerURIs(new String[] {url});
            options.setCleanStart(clean);
            options.setSessionExpiryInterval(clean ? 0 : SESSION_EXPIRY);
            options.setSocketFactory(sockets);
            return options;
        }
    }

    /** Sockets that trust the authority in this PEM file and no other. */
    static SocketFactory trusting(String authority) throws GeneralSecurityException, IOException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (var pem = Files.newInputStream(Path.of(authority))) {
            trusted.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context.getSocketFactory();
    }
}
