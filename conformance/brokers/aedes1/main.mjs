// aedes 1 or 2 with a TCP and a WebSocket listener: node main.mjs TCP-PORT WS-PORT
import net from 'node:net';
import { Aedes } from 'aedes';
import { WebSocketServer, createWebSocketStream } from 'ws';

const [tcpPort, wsPort] = process.argv.slice(2).map(Number);
const aedes = await Aedes.createBroker();
net.createServer(aedes.handle).listen(tcpPort, '127.0.0.1');
const server = new WebSocketServer({
  host: '127.0.0.1',
  port: wsPort,
  handleProtocols: (offered) => ['mqtt', 'mqttv3.1'].find((name) => offered.has(name)) ?? false,
});
server.on('connection', (socket, request) => aedes.handle(createWebSocketStream(socket), request));
