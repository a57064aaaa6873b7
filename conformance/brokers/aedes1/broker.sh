# shellcheck shell=bash
# aedes 1, from npm.
TITLE=aedes
VERSION=1.2.0
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { npm_packages "aedes@$VERSION" ws@8 && cp "$brokers/aedes1/main.mjs" "$HOME_OF/"; }

start() { exec node "$HOME_OF/main.mjs" "$TCP" "$WS"; }
