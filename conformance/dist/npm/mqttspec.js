#!/usr/bin/env node
// Starts the binary beside this file, hands on signals, and ends as it ends.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { join } = require("node:path");

const child = spawn(join(__dirname, "mqttspec"), process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  // a terminal sends SIGINT to both, and the binary cleans up on the broker before it ends
  process.on(signal, () => signal === "SIGINT" && process.stdin.isTTY || child.kill(signal));
}
child.on("error", (error) => {
  console.error(`mqttspec: cannot start ${child.spawnfile}: ${error.message}`);
  process.exit(2);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
