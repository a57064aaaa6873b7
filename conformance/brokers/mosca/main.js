// mosca with a TCP and a WebSocket listener: node main.js TCP-PORT WS-PORT
const { Server, persistence } = require('mosca');

const [tcpPort, wsPort] = process.argv.slice(2).map(Number);
new Server({
  interfaces: [
    { type: 'mqtt', host: '127.0.0.1', port: tcpPort },
    { type: 'http', host: '127.0.0.1', port: wsPort, bundle: false },
  ],
  // else neither Sessions nor retained messages are kept
  persistence: { factory: persistence.Memory },
});
