// What the test starts beside the browser: a server of files, and brokers on loopback.
import { execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as listener } from "node:net";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

/** Serves a folder, and gives its URL. */
export async function files(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    try {
      const body = readFileSync(join(folder, path === "/" ? "index.html" : path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/html" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** The reference broker. */
export async function reference() {
  const broker = spawn(process.env.MQTTSPEC, ["broker", "--listen", "ws://127.0.0.1:0/mqtt"], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of broker.stdout) {
    text += chunk;
    const url = text.match(/listening on (ws:\S+)/)?.[1];
    if (url) return { url, close: () => broker.kill() };
  }
  throw new Error(`the reference broker has not started: ${text}`);
}

/** mosquitto, or null where it is not installed. */
export async function mosquitto() {
  const command = ["mosquitto", "/usr/sbin/mosquitto"].find((command) => !spawnSync(command, ["-h"]).error);
  if (!command) return null;
  const [plain, port] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), "mosquitto-"));
  // 2.0.11 does not start without a plain listener
  const settings = ["allow_anonymous true", "persistence false", `listener ${plain} 127.0.0.1`, `listener ${port} 127.0.0.1`, "protocol websockets", "socket_domain ipv4"];
  writeFileSync(join(folder, "mosquitto.conf"), `${settings.join("\n")}\n`);
  const broker = spawn(command, ["-c", join(folder, "mosquitto.conf")], { stdio: "ignore" });
  const close = () => broker.kill() && rmSync(folder, { recursive: true });
  for (let tries = 0; tries < 100; tries += 1) {
    if (await answers(port)) return { url: `ws://127.0.0.1:${port}/mqtt`, close };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  close();
  throw new Error("mosquitto has not started");
}

/** The JSON report of the command line on that URL; `only` is a pattern, or empty for all cases. */
export function commandLine(url, only) {
  const chosen = only ? ["--only", only] : [];
  return new Promise((resolve, reject) => {
    execFile(process.env.MQTTSPEC, ["check", url, "--report", "json=-", ...chosen], { maxBuffer: 1 << 28 }, (error, out) => {
      try {
        resolve(JSON.parse(out));
      } catch {
        reject(error);
      }
    });
  });
}

async function freePort() {
  const server = listener();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true) ?? socket.destroy());
    socket.on("error", () => resolve(false));
  });
}
