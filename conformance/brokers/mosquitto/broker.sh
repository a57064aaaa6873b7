# shellcheck shell=bash
# Eclipse Mosquitto, Debian's package: one TCP and one WebSocket listener, nothing kept on disk.
TITLE=mosquitto
VERSION=2.0.11
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { debian /usr/sbin/mosquitto mosquitto; }

start() {
    # without socket_domain the WebSocket listener binds every interface
    cat > "$STATE/mosquitto.conf" <<- END
	allow_anonymous true
	persistence false
	listener $TCP 127.0.0.1
	protocol mqtt
	listener $WS 127.0.0.1
	protocol websockets
	socket_domain ipv4
	END
    exec /usr/sbin/mosquitto -c "$STATE/mosquitto.conf"
}
