package client;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.event.EventListener;
import org.springframework.integration.channel.QueueChannel;
import org.springframework.integration.dsl.IntegrationFlow;
import org.springframework.integration.dsl.context.IntegrationFlowContext;
import org.springframework.integration.dsl.context.IntegrationFlowContext.IntegrationFlowRegistration;
import org.springframework.integration.mqtt.event.MqttSubscribedEvent;
import org.springframework.integration.mqtt.support.MqttHeaders;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;

/** spring-integration-mqtt over Paho: 3.1.1 and 5.0, over TCP and WebSocket, plain and with TLS. */
@SpringBootApplication
public class Client {
    private static final long WAIT = 10_000; // milliseconds
    // Paho holds ten that are not taken, and none is while the adapter waits for SUBACK: with more it reads no further
    private static final int OFFLINE = 8;

    private final IntegrationFlowContext flows;
    private final BlockingQueue<MqttSubscribedEvent> subscribed = new LinkedBlockingQueue<>();

    Client(IntegrationFlowContext flows) {
        this.flows = flows;
    }

    public static void main(String[] arguments) throws Exception {
        var application = new SpringApplicationBuilder(Client.class).web(WebApplicationType.NONE);
        try (var context = application.properties("spring.main.banner-mode=off", "logging.level.root=error").run()) {
            context.getBean(Client.class).run();
        }
    }

    private void run() throws Exception {
        var tls = Line.trusting(System.getenv("CA"));
        for (var transport : List.of("TCP", "WebSocket", "TCP, TLS", "WebSocket, TLS")) {
            var port = System.getenv(switch (transport) {
                case "TCP" -> "TCP_PORT";
                case "WebSocket" -> "WS_PORT";
                case "TCP, TLS" -> "TLS_PORT";
                default -> "WSS_PORT";
            });
            var sockets = transport.endsWith("TLS") ? tls : null;
            var scheme = switch (transport) {
                case "TCP" -> "tcp";
                case "WebSocket" -> "ws";
                case "TCP, TLS" -> "ssl";
                default -> "wss";
            };
            var url = scheme + "://127.0.0.1:" + port + (scheme.startsWith("ws") ? "/mqtt" : "");
            run(new Line.V311(url, sockets), "3.1.1 " + transport);
            run(new Line.V5(url, sockets), "5.0 " + transport);
        }
    }

    private void run(Line line, String name) throws Exception {
        var topic = "java-" + ProcessHandle.current().pid() + "-" + name.replace(", ", "-").replace(' ', '-');
        try (var sender = new Sender(line, topic + "-sender")) {
            for (var qos : List.of(0, 1, 2)) {
                try (var receiver = new Receiver(line, topic + "-a", topic + "/" + qos, qos, false)) {
                    var payload = new byte[] {qos.byteValue(), (byte) 0xFF};
                    sender.publish(topic + "/" + qos, payload, qos, false);
                    receiver.expect(topic + "/" + qos, payload, qos, false);
                }
            }
            System.out.println("ok  " + name + ": QoS 0, 1 and 2");
            retained(line, sender, topic + "/kept");
            System.out.println("ok  " + name + ": retained");
            will(line, sender, topic + "/will");
            System.out.println("ok  " + name + ": Will");
            resumedSession(line, sender, topic + "/offline");
            System.out.println("ok  " + name + ": resumed session");
        }
    }

    private void retained(Line line, Sender sender, String topic) throws Exception {
        sender.publish(topic, "kept".getBytes(), 1, true);
        try (var receiver = new Receiver(line, topic + "-b", topic, 1, false)) {
            receiver.expect(topic, "kept".getBytes(), 1, true);
            sender.publish(topic, new byte[0], 1, true);
            receiver.expect(topic, new byte[0], 1, false);
        }
    }

    private void will(Line line, Sender sender, String topic) throws Exception {
        try (var witness = new Receiver(line, topic + "-a", topic, 1, false)) {
            line.ends(topic + "-b", topic, true);
            witness.expect(topic, Line.GONE, 1, false);
            line.ends(topic + "-c", topic, false);
            sender.publish(topic, "after".getBytes(), 1, false);
            witness.expect(topic, "after".getBytes(), 1, false); // and no Will of the one that said goodbye
        }
    }

    private void resumedSession(Line line, Sender sender, String topic) throws Exception {
        new Receiver(line, topic + "-a", topic, 2, true).close();
        for (int number = 0; number < OFFLINE; number++) {
            sender.publish(topic, new byte[] {(byte) number}, 1 + number % 2, false);
        }
        var received = List.of(new ArrayList<Integer>(), new ArrayList<Integer>()); // at QoS 1, at QoS 2
        try (var receiver = new Receiver(line, topic + "-a", topic, 2, true)) {
            for (int number = 0; number < OFFLINE; number++) {
                var message = receiver.next();
                var qos = header(message, MqttHeaders.RECEIVED_QOS, Integer.class);
                received.get(qos - 1).add((int) message.getPayload()[0]);
            }
        }
        // one QoS may overtake the other
        for (int qos = 1; qos <= 2; qos++) {
            var wanted = new ArrayList<Integer>();
            for (int number = qos - 1; number < OFFLINE; number += 2) {
                wanted.add(number);
            }
            same(wanted, received.get(qos - 1));
        }
        new Receiver(line, topic + "-a", topic, 2, false).close(); // a clean start ends the Session
    }

    private static <T> T header(Message<?> message, String name, Class<T> type) {
        return message.getHeaders().get(name, type);
    }

    private static void same(Object wanted, Object found) {
        if (!wanted.equals(found)) {
            throw new IllegalStateException("wanted " + wanted + ", found " + found);
        }
    }

    @EventListener
    void subscribed(MqttSubscribedEvent event) {
        subscribed.add(event);
    }

    private final class Sender implements AutoCloseable {
        private final IntegrationFlowRegistration flow;

        Sender(Line line, String client) {
            // in a flow: as a bean of its own the handler is never stopped
            flow = flows.registration(sent -> sent.handle(line.outbound(client))).register();
        }

        /** Returns when it is acknowledged; at QoS 0, when it is sent. */
        void publish(String topic, byte[] payload, int qos, boolean retain) {
            flow.getInputChannel().send(MessageBuilder.withPayload(payload)
                    .setHeader(MqttHeaders.TOPIC, topic)
                    .setHeader(MqttHeaders.QOS, qos)
                    .setHeader(MqttHeaders.RETAINED, retain)
                    .build());
        }

        @Override
        public void close() {
            flow.destroy();
        }
    }

    /** Subscribed when it is made. */
    private final class Receiver implements AutoCloseable {
        private final QueueChannel received = new QueueChannel();
        private final IntegrationFlowRegistration flow;

        Receiver(Line line, String client, String topic, int qos, boolean resume) throws InterruptedException {
            var inbound = line.inbound(client, topic, qos, resume);
            flow = flows.registration(IntegrationFlow.from(inbound).channel(received).get()).register();
            var event = subscribed.poll(WAIT, TimeUnit.MILLISECONDS);
            same(inbound, event == null ? "no SUBACK" : event.getSource());
        }

        @SuppressWarnings("unchecked")
        Message<byte[]> next() {
            var message = received.receive(WAIT);
            if (message == null) {
                throw new IllegalStateException("no message came");
            }
            return (Message<byte[]>) message;
        }

        void expect(String topic, byte[] payload, int qos, boolean retained) {
            var message = next();
            same(List.of(topic, Arrays.toString(payload), qos, retained), List.of(
                    header(message, MqttHeaders.RECEIVED_TOPIC, String.class),
                    Arrays.toString(message.getPayload()),
                    header(message, MqttHeaders.RECEIVED_QOS, Integer.class),
                    header(message, MqttHeaders.RECEIVED_RETAINED, Boolean.class)));
        }

        @Override
        public void close() {
            flow.destroy();
        }
    }
}
