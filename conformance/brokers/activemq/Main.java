import org.apache.activemq.broker.BrokerService;

/** ActiveMQ Classic with a TCP and a WebSocket listener: Main TCP-PORT WS-PORT FOLDER. */
public class Main {
    public static void main(String[] args) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.setDataDirectory(args[2]);
        broker.addConnector("mqtt://127.0.0.1:" + args[0]);
        broker.addConnector("ws://127.0.0.1:" + args[1]);
        broker.start();
        broker.waitUntilStopped();
    }
}
