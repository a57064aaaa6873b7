# shellcheck shell=bash
# RabbitMQ with its MQTT plugins, Debian's package. Its name server has a port of its own, so that it ends with the broker.
TITLE=RabbitMQ
VERSION=3.10.8
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/ws")

install() { debian /usr/lib/rabbitmq/bin/rabbitmq-server rabbitmq-server; }

start() {
    local amqp=$((TCP + 2000)) distribution=$((TCP + 3000))
    export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((TCP + 4000)) HOME=$STATE
    epmd &
    echo "[rabbitmq_mqtt,rabbitmq_web_mqtt]." > "$STATE/plugins"
    cat > "$STATE/rabbitmq.conf" <<- END
	listeners.tcp.1 = 127.0.0.1:$amqp
	distribution.listener.interface = 127.0.0.1
	mqtt.listeners.tcp.1 = 127.0.0.1:$TCP
	mqtt.allow_anonymous = true
	mqtt.default_user = guest
	mqtt.default_pass = guest
	web_mqtt.tcp.ip = 127.0.0.1
	web_mqtt.tcp.port = $WS
	web_mqtt.ws_path = /ws
	END
    # the command in sbin drops to another user
    RABBITMQ_NODENAME=mqttspec$TCP@localhost RABBITMQ_DIST_PORT=$distribution RABBITMQ_CONFIG_FILE=$STATE/rabbitmq.conf \
        RABBITMQ_ENABLED_PLUGINS_FILE=$STATE/plugins RABBITMQ_MNESIA_BASE=$STATE RABBITMQ_LOG_BASE=$STATE \
        exec /usr/lib/rabbitmq/bin/rabbitmq-server
}
