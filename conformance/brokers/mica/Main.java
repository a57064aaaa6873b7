import org.dromara.mica.mqtt.core.server.MqttServer;

/** mica-mqtt with a TCP and a WebSocket listener: Main TCP-PORT WS-PORT. */
public class Main {
    public static void main(String[] args) {
        MqttServer.create()
            .enableMqtt(x -> x.serverNode("127.0.0.1", Integer.parseInt(args[0])).build())
            .enableMqttWs(x -> x.serverNode("127.0.0.1", Integer.parseInt(args[1])).build())
            .start();
    }
}
