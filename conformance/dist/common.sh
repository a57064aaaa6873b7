# What the scripts of this folder share. `run` reads it first.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
dist=$root/conformance/dist
target_dir=${CARGO_TARGET_DIR:-$root/target}
made=$target_dir/dist
tools=$made/tools
target=x86_64-unknown-linux-musl
version=$(sed -n '/^\[workspace.package\]/,/^\[[^w]/s/^version = "\(.*\)"/\1/p' "$root/Cargo.toml")
binary=$made/mqttspec
mkdir -p "$made" "$tools"

# Ends the piece in progress: what it needs cannot be had here.
not_built() {
    echo "NOT BUILT: $*" >&2
    exit 77
}

# Ends the piece in progress: it was made, and is wrong.
wrong() {
    echo "WRONG: $*" >&2
    exit 1
}

# Names a file that was made, with its size.
say() {
    local file
    for file in "$@"; do
        [ -s "$file" ] || wrong "expected a file $file, found none"
        printf 'made %s, %d KiB\n' "${file#"$root"/}" $(($(stat -c %s "$file") / 1024 + 1))
    done
}

# Runs a command; what it printed is shown only if it fails.
quietly() {
    local log
    log=$(mktemp)
    "$@" > "$log" 2>&1 || { cat "$log" >&2 && rm -f "$log" && return 1; }
    rm -f "$log"
}

# Installs packages of Debian that are missing.
debian() {
    dpkg --status "$@" > /dev/null 2>&1 ||
        { quietly apt-get update -qq && quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"; }
}

# Installs a package of PyPI into a virtual environment for tools: the name of its command, and its own if that differs.
python_tool() {
    local folder=$tools/$1 package=${2:-$1}
    [ ! -x "$folder/bin/$1" ] || return 0
    quietly python3 -m venv "$folder" && quietly "$folder/bin/pip" install --disable-pip-version-check "$package" ||
        not_built "pip cannot install $package"
}

# The value of a key of a Cargo.toml.
of_manifest() {
    sed -n "s/^$2 = \"\(.*\)\"/\1/p" "$1" | head -n 1
}

# `mqttspec web` gives the files of the page as they are, if the binary was made with it.
serves_the_page() {
    [ -s "$made/page/suite_bg.wasm" ] || return 0
    local log server url
    log=$(mktemp)
    "$@" web --listen 127.0.0.1:0 > "$log" &
    server=$!
    for _ in $(seq 50); do
        url=$(sed -n 's|^\(http://[^ ]*\) .*|\1|p' "$log")
        [ -n "$url" ] && break
        sleep 0.1
    done
    python3 -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1] + "suite_bg.wasm").read())' "$url" |
        cmp - "$made/page/suite_bg.wasm"
    local same=$?
    kill "$server"
    rm -f "$log"
    [ $same -eq 0 ] || wrong "expected the page from $* web, found another one or none"
}

# A binary as it must be, wherever it came from: it says its version, and its cases pass.
works() {
    local said
    said=$("$@" --version) || wrong "$* --version failed"
    [ "$said" = "mqttspec $version" ] || wrong "expected \"mqttspec $version\" from $* --version, found \"$said\""
    quietly "$@" check --only 3.12-pingreq || wrong "$* check --only 3.12-pingreq failed"
}
