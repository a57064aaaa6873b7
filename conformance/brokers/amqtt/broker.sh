# shellcheck shell=bash
# amqtt, from PyPI.
TITLE=amqtt
VERSION=0.12.1
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")

install() { python_package "amqtt==$VERSION"; }

start() {
    cat > "$STATE/amqtt.yaml" <<- END
	listeners:
	  default: {type: tcp, bind: "127.0.0.1:$TCP"}
	  ws: {type: ws, bind: "127.0.0.1:$WS"}
	plugins:
	  amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}
	END
    exec "$HOME_OF/bin/amqtt" -c "$STATE/amqtt.yaml"
}
