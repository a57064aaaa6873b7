# shellcheck shell=bash
# ejabberd's mod_mqtt, Debian's package. It refuses a CONNECT without User Name.
TITLE=ejabberd
VERSION=23.01
URLS=("mqtt://127.0.0.1:$TCP" "ws://127.0.0.1:$WS/mqtt")
OPTIONS=(--user-name suite --password suite)

install() { debian /usr/sbin/ejabberdctl ejabberd; }

start() {
    cat > "$STATE/ejabberd.yml" <<- END
	hosts: [localhost]
	loglevel: 3
	auth_method: [anonymous]
	anonymous_protocol: login_anon
	listen:
	  - {port: $TCP, ip: "127.0.0.1", module: mod_mqtt}
	  - {port: $WS, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {/mqtt: mod_mqtt}}
	modules:
	  mod_mqtt:
	    access_publish: {"#": [{allow: all}]}
	    access_subscribe: {"#": [{allow: all}]}
	END
    # as its script does, but without a name in a network of nodes, and not as another user
    ERL_LIBS=$(echo /usr/lib/*-linux-gnu) EJABBERD_CONFIG_PATH=$STATE/ejabberd.yml EJABBERD_LOG_PATH=$STATE/ejabberd.log HOME=$STATE \
        exec erl -noinput -mnesia dir "\"$STATE/mnesia\"" -s ejabberd
}
