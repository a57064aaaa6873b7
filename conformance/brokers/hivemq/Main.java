import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.parameter.*;
import com.hivemq.extension.sdk.api.services.Services;
import java.nio.file.*;

/** HiveMQ CE with a TCP and a WebSocket listener: Main TCP-PORT WS-PORT FOLDER. */
public class Main {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[2]);
        Path conf = Files.createDirectories(folder.resolve("conf"));
        Path data = Files.createDirectories(folder.resolve("data"));
        Path extensions = Files.createDirectories(folder.resolve("extensions"));
        Files.writeString(conf.resolve("config.xml"), """
            <hivemq>
              <listeners>
                <tcp-listener><port>%s</port><bind-address>127.0.0.1</bind-address></tcp-listener>
                <websocket-listener>
                  <port>%s</port><bind-address>127.0.0.1</bind-address><path>/mqtt</path>
                </websocket-listener>
              </listeners>
              <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
            </hivemq>
            """.formatted(args[0], args[1]));
        EmbeddedExtension open = EmbeddedExtension.builder()
            .withId("open").withName("open").withVersion("1").withAuthor("mqttspec").withPriority(0).withStartPriority(1)
            .withExtensionMain(new Open()).build();
        EmbeddedHiveMQ.builder().withConfigurationFolder(conf).withDataFolder(data).withExtensionsFolder(extensions)
            .withEmbeddedExtension(open).build().start().join();
    }

    /** Lets everybody in; without an authenticator nobody is. */
    static class Open implements ExtensionMain {
        @Override
        public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
            SimpleAuthenticator open = (in, out) -> out.authenticateSuccessfully();
            Services.securityRegistry().setAuthenticatorProvider(in -> open);
        }

        @Override
        public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {}
    }
}
