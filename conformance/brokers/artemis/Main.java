import java.io.File;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.ActiveMQServers;

/** Artemis with a TCP and a WebSocket listener: Main TCP-PORT WS-PORT FOLDER. */
public class Main {
    public static void main(String[] args) throws Exception {
        ConfigurationImpl settings = new ConfigurationImpl();
        settings.setBrokerInstance(new File(args[2]));
        settings.setPersistenceEnabled(false).setSecurityEnabled(false)
            .addAcceptorConfiguration("tcp", "tcp://127.0.0.1:" + args[0] + "?protocols=MQTT")
            .addAcceptorConfiguration("ws", "tcp://127.0.0.1:" + args[1] + "?protocols=MQTT");
        ActiveMQServers.newActiveMQServer(settings, false).start();
    }
}
