# shellcheck shell=bash
# Moquette, from Maven Central.
TITLE=Moquette
VERSION=0.17
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { maven; }

start() { java_main "$TCP" "$WS" "$STATE"; }
