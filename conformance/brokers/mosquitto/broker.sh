# shellcheck shell=bash
# Eclipse Mosquitto, Debian's package: one TCP and one WebSocket listener. It writes its state to disk when it stops.
TITLE=mosquitto
VERSION=2.0.11
SURVIVES="restart"
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

# the anonymous clients of the suite have all rights but these
OPTIONS=(--denied-topic 'denied/#')

install() { debian /usr/sbin/mosquitto mosquitto; }

start() {
    local persistence=false
    [ "$KEEPS" = no ] || persistence=true
    # without socket_domain the WebSocket listener binds every interface; another user could not write to $STATE
    cat > "$STATE/rights" <<- END
	topic readwrite #
	topic read \$SYS/#
	topic deny denied/#
	END
    cat > "$STATE/mosquitto.conf" <<- END
	acl_file $STATE/rights
	allow_anonymous true
	user $(id -un)
	persistence $persistence
	persistence_location $STATE/
	listener $TCP 127.0.0.1
	protocol mqtt
	listener $WS 127.0.0.1
	protocol websockets
	socket_domain ipv4
	END
    exec /usr/sbin/mosquitto -c "$STATE/mosquitto.conf"
}
