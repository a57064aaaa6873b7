# shellcheck shell=bash
# HiveMQ CE, embedded, from Maven Central, with an extension that lets everybody in.
TITLE="HiveMQ CE"
VERSION=2025.5
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { maven; }

start() { java_main "$TCP" "$WS" "$STATE"; }
