# shellcheck shell=bash
# RMQTT's broker, from crates.io with its lock file: one TCP and one WebSocket listener, anonymous clients, retained
# messages and shared subscriptions. They are plug-ins, and so is the HTTP API, which would listen on every interface.
TITLE=RMQTT
VERSION=0.24.0
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() {
    debian protoc protobuf-compiler
    rust_binary rmqttd --locked
}

start() {
    mkdir -p "$STATE/plugins"
    printf 'storage.type = "ram"\n' > "$STATE/plugins/rmqtt-retainer.toml"
    # a broker that is busy would refuse clients
    cat > "$STATE/rmqtt.toml" <<- END
	node.busy.check_enable = false
	rpc.server_addr = "127.0.0.1:$TCP2"
	log.to = "console"
	log.level = "warn"
	[plugins]
	dir = "$STATE/plugins"
	default_startups = ["rmqtt-retainer", "rmqtt-shared-subscription"]
	disabled_default_startups = ["rmqtt-http-api", "rmqtt-acl", "rmqtt-counter"]
	[listener.tcp.suite]
	addr = "127.0.0.1:$TCP"
	allow_anonymous = true
	[listener.ws.suite]
	addr = "127.0.0.1:$WS"
	allow_anonymous = true
	END
    exec "$HOME_OF/bin/rmqttd" -f "$STATE/rmqtt.toml"
}
