# The image of suite and broker. Where no Docker engine runs, the Dockerfile is checked for what can be checked without.

docker() {
    local folder=$made/docker file
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$binary" "$made/THIRD-PARTY.txt" "$dist/Dockerfile" "$folder"
    debian ca-certificates || not_built "there are no authorities for TLS to put into the image"
    cp /etc/ssl/certs/ca-certificates.crt "$folder"
    for file in $(sed -n 's/^COPY \(\S*\) .*/\1/p' "$folder/Dockerfile"); do
        [ -s "$folder/$file" ] || wrong "the Dockerfile copies $file, which docker.sh does not provide"
    done
    lint_dockerfile "$folder/Dockerfile"
    command docker info > /dev/null 2>&1 || not_built "no Docker engine runs here; the Dockerfile was only checked"
    quietly command docker build --tag "mqttspec:$version" "$folder" || wrong "docker build failed"
    works command docker run --rm --network host "mqttspec:$version"
    echo "made the image mqttspec:$version, $(command docker image inspect --format '{{.Size}}' "mqttspec:$version") bytes"
}

lint_dockerfile() {
    local lint=$tools/dockerfilelint
    [ -d "$lint" ] || quietly command npm install --no-audit --no-fund --prefix "$lint" dockerfilelint ||
        { echo "not linted: npm cannot install dockerfilelint" && return; }
    "$lint/node_modules/.bin/dockerfilelint" "$1" > "$made/dockerfilelint" || { cat "$made/dockerfilelint" && wrong "$1"; }
}
