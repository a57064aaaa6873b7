# shellcheck shell=bash
# mochi-mqtt, a Go module with a main program of a few lines. Some input ends it.
TITLE=mochi-mqtt
VERSION=2.7.9
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() {
    debian go golang-go
    (cd "$HERE" && go build -o "$HOME_OF/mochi" .)
}

start() { exec "$HOME_OF/mochi" "$TCP" "$WS"; }
