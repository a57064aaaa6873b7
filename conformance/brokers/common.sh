# shellcheck shell=bash
# What the brokers' scripts share. Each broker is a folder with `broker.sh`, which sets
#
#   TITLE     what people call it
#   VERSION   the version that is installed
#   URLS      an array, written with $TCP and $WS, the ports on 127.0.0.1; $TCP2 is for a second TCP listener
#   OPTIONS   an array of options for `mqttspec check`, empty unless it is set
#   SURVIVES  what its state survives if it keeps it on disk: restart, or kill (then both); unset if it keeps nothing
#   install   installs it by name, in $HOME_OF, which lasts; nothing is to be done if it is there
#   start     runs it in the foreground, with its state in $STATE, a folder which is empty at first and removed at the end;
#             $KEEPS, yes or no, says whether it keeps anything there when it stops
#
# and `baseline.yaml`, the failures that are known. $HERE is the folder.

# Installs and starts a broker, and waits until each of its URLs answers: all, or those of one transport, mqtt or ws.
# Afterwards `finish` must be called.
begin() {
    local name=$1 transport=${2:-} url chosen=() deadline
    HERE=$brokers/$name HOME_OF=$INSTALLED/$name OPTIONS=() SURVIVES=nothing
    STATE=$(mktemp -d)
    OUTPUT=$STATE.output
    mkdir -p "$HOME_OF"
    choose_ports "$name" "$transport"
    # shellcheck source=/dev/null
    . "$HERE/broker.sh"
    for url in "${URLS[@]}"; do [[ $url = ${transport:-*}://* ]] && chosen+=("$url"); done
    URLS=("${chosen[@]}")
    if [ $KEEPS = yes ] && [ $SURVIVES = nothing ]; then
        WHY="its script does not say how it keeps its state on disk"
        return 1
    fi
    # One at a time, because both transports of a broker share its folder, and apt has one lock.
    (set -e && flock 9 && install) > "$OUTPUT" 2>&1 9> "$INSTALLED/lock" & # in a condition, `set -e` would have no effect
    if ! wait $!; then
        WHY="could not be installed"
        return 1
    fi
    set -m # the broker gets a process group of its own, which `finish` ends
    supervise > "$OUTPUT" 2>&1 &
    SUPERVISOR=$!
    set +m
    deadline=$((SECONDS + 180))
    for url in "${URLS[@]}"; do
        until answers "$url"; do
            if [ $SECONDS -gt $deadline ] || [ "$(starts)" -gt 3 ]; then
                WHY="does not answer at $url"
                return 1
            fi
            sleep 0.1
        done
    done
    printf '%s\n' "${URLS[@]}" > "$STATE.urls"
    echo "$STATE" > "$HOME_OF/running"
}

# Ends the broker and removes its state.
finish() {
    if [ -n "${SUPERVISOR:-}" ]; then
        kill -TERM -- "-$SUPERVISOR" 2> /dev/null
        for _ in $(seq 50); do
            kill -0 -- "-$SUPERVISOR" 2> /dev/null || break
            sleep 0.1
        done
        { kill -KILL -- "-$SUPERVISOR"; wait "$SUPERVISOR"; } 2> /dev/null
    fi
    [ -z "${STATE:-}" ] || rm -rf "$STATE" "$STATE".*
    SUPERVISOR='' STATE=''
}

# Why `begin` failed, in one line; what was printed before goes to standard error.
reason() {
    tail -n 20 "$OUTPUT" >&2
    echo "$WHY"
}

# Starts a broker anew that is running, and waits until it answers. $1 is its name, or its state for one of several; $2 the
# signal that ends it. One that is asked to stop and does not is killed after ten seconds.
restart() {
    local state=$1 signal=$2 urls before url process
    [ -d "$state" ] || read -r state < "$INSTALLED/$1/running" || return 2
    mapfile -t urls < "$state.urls" || return 2
    before=$(wc -l < "$state.starts")
    process=$(tail -n 1 "$state.starts")
    kill "-$signal" "$process" 2> /dev/null # it may have ended by itself
    for _ in $(seq 100); do
        [ "$(wc -l < "$state.starts")" -eq "$before" ] || break
        sleep 0.1
    done
    [ "$(wc -l < "$state.starts")" -gt "$before" ] || kill -KILL "$process" 2> /dev/null
    for _ in $(seq 300); do
        sleep 0.1
        [ "$(wc -l < "$state.starts")" -gt "$before" ] || continue
        for url in "${urls[@]}"; do answers "$url" || continue 2; done
        return 0
    done
    return 2
}

# Runs the broker, and again whenever it ends: some input ends some brokers.
supervise() {
    local broker
    cd "$STATE" || return
    while :; do
        start &
        broker=$!
        echo "$broker" >> "$STATE.starts"
        wait "$broker"
        echo "the broker has ended with exit code $?"
        sleep 0.2
    done
}

# How often the broker was started.
starts() { wc -l < "$STATE.starts"; }

# Whether a broker answers a CONNECT (mqtt://) or an opening handshake (ws://).
answers() {
    local address=${1#*://} port path
    port=${address#*:} port=${port%%/*} path=/${address#*/}
    case $1 in
        mqtt://*)
            [[ $(exchange "$port" 1 '\x10\x12\x00\x04MQTT\x04\x02\x00\x3c\x00\x06waiter') = 20 ]] ||
                [[ $(exchange "$port" 1 '\x10\x13\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x06waiter') = 20 ]]
            ;;
        ws://*) # HTTP/1.1 101
            [[ $(exchange "$port" 12 "GET $path HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n$(
            )Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n$(
            )Sec-WebSocket-Protocol: mqtt\r\n\r\n") = 485454502f312e3120313031 ]]
            ;;
    esac
}

# Sends bytes, in the notation of printf, to a port, and prints the first so many bytes of what comes back in hex.
exchange() {
    # shellcheck disable=SC2016 # the inner shell expands its arguments
    timeout 3 bash -c 'exec 3<> /dev/tcp/127.0.0.1/$0 && printf "$2" >&3 && head -c "$1" <&3' "$@" 2> /dev/null |
        od -An -tx1 | tr -d ' \n'
}

# Sets TCP, TCP2 and WS: the ports of the broker's place among the folders, or others if something listens there, so that
# two runs can coexist.
choose_ports() {
    local place moved first=0
    [ "$2" != ws ] || first=100 # the other transport starts at the same time
    place=$(cd "$brokers" && printf '%s\n' */broker.sh | grep -n "^$1/" | cut -d : -f 1)
    for moved in $(seq $first 200 900); do
        TCP=$((18800 + 2 * place + moved)) TCP2=$((TCP + 1)) WS=$((TCP + 1000))
        listens "$TCP" || listens "$TCP2" || listens "$WS" || return 0
    done
}

listens() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }

# Debian packages, if the command is missing. No service is started: a policy keeps Debian from it.
debian() {
    local command=$1
    shift
    [ -x "$command" ] || command -v "$command" > /dev/null && return
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' > $policy && chmod +x $policy
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" > /dev/null
}

# npm packages, into $HOME_OF.
npm_packages() {
    debian npm nodejs npm
    [ -f "$HOME_OF/installed" ] && [ "$(cat "$HOME_OF/installed")" = "$*" ] && return
    (cd "$HOME_OF" && npm install --silent --no-audit --no-fund --no-save "$@") && echo "$*" > "$HOME_OF/installed"
}

# A Maven project beside the script: its dependencies and Main.java, into $HOME_OF.
maven() {
    debian javac openjdk-17-jdk-headless
    debian mvn maven
    [ "$HOME_OF/classpath" -nt "$HERE/pom.xml" ] ||
        mvn --quiet --batch-mode --file "$HERE/pom.xml" -Dmaven.repo.local="$INSTALLED/maven" \
            dependency:build-classpath -Dmdep.outputFile="$HOME_OF/classpath"
    mkdir -p "$HOME_OF/classes"
    javac -nowarn -d "$HOME_OF/classes" -cp "$(cat "$HOME_OF/classpath")" "$HERE"/*.java
}

# The Maven project's Main, with arguments.
java_main() { exec java -Xmx512m -cp "$HOME_OF/classes:$(cat "$HOME_OF/classpath")" Main "$@"; }

# A PyPI package, into an environment of its own.
python_package() {
    [ -x "$HOME_OF/bin/python" ] || python3 -m venv "$HOME_OF"
    "$HOME_OF/bin/pip" install --quiet --disable-pip-version-check "$@"
}

# A binary from crates.io, built with its newest dependencies: their lock files are older than the compiler.
rust_binary() {
    [ -x "$HOME_OF/bin/$1" ] || cargo install --quiet --root "$HOME_OF" --version "$VERSION" "$@"
}
