// MQTT.js in headless Chromium: 3.1.1 and 5.0 over WebSocket, plain and with TLS; each also with every byte in a frame of
// its own, which is what it did with the first of each packet before it learned to join what it writes.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { chromium } from 'playwright-core'

const { CHROMIUM, WS_PORT, WSS_PORT } = process.env
const files = {
  '/': ['text/html', '<!doctype html><title>MQTT.js</title><script src="/mqtt.min.js"></script>'],
  '/mqtt.min.js': ['text/javascript', readFileSync('node_modules/mqtt/dist/mqtt.min.js')],
  '/scenarios.mjs': ['text/javascript', readFileSync('scenarios.mjs')],
}
const server = createServer((request, response) => {
  const [type, body] = files[request.url] ?? ['text/plain', '']
  response.writeHead(body ? 200 : 404, { 'Content-Type': type }).end(body)
})
await new Promise((ready) => server.listen(0, '127.0.0.1', ready))

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-sync'],
})
let oneByteFrames = 0
try {
  // the authority is made for this run; that Chromium refuses strangers is its own business
  const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage()
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => { oneByteFrames += payload.length === 1 ? 1 : 0 }))
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  const urls = [`ws://127.0.0.1:${WS_PORT}/mqtt`, `wss://127.0.0.1:${WSS_PORT}/mqtt`]
  for (const [url, oneByOne] of [...urls.map((url) => [url, false]), ...urls.map((url) => [url, true])]) {
    for (const [protocolVersion, version] of [[4, '3.1.1'], [5, '5.0']]) {
      const name = `WebSocket${url.startsWith('wss') ? ', TLS' : ''}${oneByOne ? ', byte by byte' : ''}`
      const prefix = `chromium-${process.pid}-${protocolVersion}-${name.length}`
      const done = await page.evaluate(async ([url, oneByOne, protocolVersion, prefix]) => {
        const { scenarios } = await import('/scenarios.mjs')
        if (oneByOne && !window.whole) {
          window.whole = WebSocket.prototype.send
          WebSocket.prototype.send = function (data) {
            for (const byte of new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength)) {
              window.whole.call(this, new Uint8Array([byte]))
            }
          }
        }
        return scenarios(window.mqtt, url, { protocolVersion }, prefix)
      }, [url, oneByOne, protocolVersion, prefix])
      for (const what of done) console.log(`ok  ${version} ${name}: ${what}`)
    }
  }
} finally {
  await browser.close()
  server.close()
}
if (oneByteFrames < 100) throw new Error(`only ${oneByteFrames} frames of one byte were sent`)
console.log(`ok  ${oneByteFrames} frames of one byte`)
