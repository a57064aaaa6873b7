# shellcheck shell=bash
# RabbitMQ as a cluster of two nodes on loopback, over TCP only; the rest is as in ../rabbitmq.
TITLE="RabbitMQ, two nodes"
VERSION=3.10.8
URLS=("mqtt://127.0.0.1:$TCP")
OPTIONS=(--node "mqtt://127.0.0.1:$TCP2")

install() { debian /usr/lib/rabbitmq/bin/rabbitmq-server rabbitmq-server; }

start() {
    export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((TCP + 4000)) HOME=$STATE
    epmd &
    echo "[rabbitmq_mqtt]." > "$STATE/plugins"
    # both would make a cookie at the same time
    [ -e "$STATE/.erlang.cookie" ] || (umask 077 && echo mqttspec > "$STATE/.erlang.cookie")
    node "$TCP2" &
    until listens "$TCP2"; do sleep 0.2; done
    node "$TCP"
}

# A node whose clients connect to that port. The first that starts waits for no other.
node() {
    local port=$1 amqp=$(($1 + 2000)) folder=$STATE/$1
    mkdir -p "$folder"
    cat > "$folder/rabbitmq.conf" <<- END
	listeners.tcp.1 = 127.0.0.1:$amqp
	distribution.listener.interface = 127.0.0.1
	cluster_formation.peer_discovery_backend = classic_config
	cluster_formation.classic_config.nodes.1 = mqttspec$TCP2@localhost
	cluster_formation.classic_config.nodes.2 = mqttspec$TCP@localhost
	mqtt.listeners.tcp.1 = 127.0.0.1:$port
	mqtt.allow_anonymous = true
	mqtt.default_user = guest
	mqtt.default_pass = guest
	END
    # the command in sbin drops to another user
    RABBITMQ_NODENAME=mqttspec$port@localhost RABBITMQ_DIST_PORT=$((port + 3000)) \
        RABBITMQ_CONFIG_FILE=$folder/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$STATE/plugins \
        RABBITMQ_MNESIA_BASE=$folder RABBITMQ_LOG_BASE=$folder exec /usr/lib/rabbitmq/bin/rabbitmq-server
}
