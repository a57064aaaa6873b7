# shellcheck shell=bash
# The reference broker, to stand beside the others in a report.
TITLE="reference broker"
VERSION=$("$mqttspec" --version | cut -d ' ' -f 2)
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { :; }

start() { exec "$mqttspec" broker --listen "mqtt://127.0.0.1:$TCP" --listen "ws://127.0.0.1:$WS/mqtt"; }
