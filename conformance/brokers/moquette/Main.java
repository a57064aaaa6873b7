import io.moquette.broker.Server;
import io.moquette.broker.config.MemoryConfig;
import java.util.Properties;

/** Moquette with a TCP and a WebSocket listener: Main TCP-PORT WS-PORT FOLDER. */
public class Main {
    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        settings.setProperty("host", "127.0.0.1");
        settings.setProperty("port", args[0]);
        settings.setProperty("websocket_port", args[1]);
        settings.setProperty("websocket_path", "/mqtt");
        settings.setProperty("allow_anonymous", "true");
        settings.setProperty("data_path", args[2]);
        settings.setProperty("persistence_enabled", "false");
        settings.setProperty("telemetry_enabled", "false"); // else it reports to its makers
        settings.setProperty("netty.mqtt.message_size", "1048576");
        new Server().startServer(new MemoryConfig(settings));
    }
}
