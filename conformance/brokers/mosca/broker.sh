# shellcheck shell=bash
# mosca, the predecessor of aedes, from npm. Newer versions of jsonschema break it.
TITLE=mosca
VERSION=2.8.3
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { npm_packages "mosca@$VERSION" jsonschema@1.2.6 && cp "$HERE/main.js" "$HOME_OF/"; }

start() { exec node "$HOME_OF/main.js" "$TCP" "$WS"; }
