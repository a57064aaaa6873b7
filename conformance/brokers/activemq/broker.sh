# shellcheck shell=bash
# Apache ActiveMQ Classic, embedded, from Maven Central.
TITLE="ActiveMQ Classic"
VERSION=6.2.4
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { maven; }

start() { java_main "$TCP" "$WS" "$STATE"; }
