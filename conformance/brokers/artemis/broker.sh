# shellcheck shell=bash
# Apache ActiveMQ Artemis, embedded, from Maven Central.
TITLE="ActiveMQ Artemis"
VERSION=2.55.0
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { maven; }

start() { java_main "$TCP" "$WS" "$STATE"; }
