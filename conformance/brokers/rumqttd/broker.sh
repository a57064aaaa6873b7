# shellcheck shell=bash
# rumqttd, from crates.io: 3.1.1 and 5.0 on ports of their own, 3.1.1 alone over WebSocket. Some input ends the thread
# that routes; then CONNECT is no longer answered.
TITLE=rumqttd
VERSION=0.20.0
URLS=("mqtt://127.0.0.1:$TCP" "mqtt://127.0.0.1:$TCP2" "ws://127.0.0.1:$WS/mqtt")

install() { rust_binary rumqttd --features websocket; }

start() {
    local limits="connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 100
dynamic_filters = true"
    cat > "$STATE/rumqttd.toml" <<- END
	id = 0
	[router]
	id = 0
	max_connections = 10010
	max_outgoing_packet_count = 200
	max_segment_size = 104857600
	max_segment_count = 10
	[v4.1]
	name = "v4"
	listen = "127.0.0.1:$TCP"
	next_connection_delay_ms = 1
	[v4.1.connections]
	$limits
	[v5.1]
	name = "v5"
	listen = "127.0.0.1:$TCP2"
	next_connection_delay_ms = 1
	[v5.1.connections]
	$limits
	[ws.1]
	name = "ws"
	listen = "127.0.0.1:$WS"
	next_connection_delay_ms = 1
	[ws.1.connections]
	$limits
	END
    exec "$HOME_OF/bin/rumqttd" -c "$STATE/rumqttd.toml"
}
