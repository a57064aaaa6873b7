# shellcheck shell=bash
# mica-mqtt, from Maven Central.
TITLE=mica-mqtt
VERSION=2.5.10
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { maven; }

start() { java_main "$TCP" "$WS"; }
