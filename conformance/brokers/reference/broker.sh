# shellcheck shell=bash
# The reference broker, to stand beside the others in a report. With a data folder it keeps what it acknowledges.
TITLE="reference broker"
SURVIVES="kill"
VERSION=$("$mqttspec" --version | cut -d ' ' -f 2)
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { :; }

start() {
    local keeps=()
    [ "$KEEPS" = no ] || keeps=(--data "$STATE/data")
    exec "$mqttspec" broker --listen "mqtt://127.0.0.1:$TCP" --listen "ws://127.0.0.1:$WS/mqtt" "${keeps[@]}"
}
