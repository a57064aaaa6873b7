# shellcheck shell=bash
# NATS with its MQTT listener, Debian's package. MQTT over WebSocket is at the path /mqtt of its WebSocket listener.
TITLE=NATS
VERSION=2.9.10
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { debian nats-server nats-server; }

start() {
    cat > "$STATE/nats.conf" <<- END
	listen: "127.0.0.1:$((TCP + 2000))"
	server_name: mqttspec
	jetstream { store_dir: "$STATE" }
	mqtt { listen: "127.0.0.1:$TCP" }
	websocket { listen: "127.0.0.1:$WS", no_tls: true }
	END
    exec nats-server -c "$STATE/nats.conf"
}
