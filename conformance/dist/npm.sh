# The npm package: the static binary with a launcher, for `npx mqttspec`.

npm() {
    command -v node > /dev/null && type -P npm > /dev/null || debian nodejs npm || not_built "npm cannot be installed"
    local folder=$made/npm file=$made/mqttspec-$version.tgz fresh
    rm -rf "$folder" "$file"
    mkdir -p "$folder"
    sed -e "s|@VERSION@|$version|" -e "s|@LICENSE@|$(of_manifest "$root/Cargo.toml" license)|" \
        -e "s|@DESCRIPTION@|$(of_manifest "$root/conformance/Cargo.toml" description)|" \
        "$dist/npm/package.json" > "$folder/package.json"
    cp "$binary" "$dist/npm/mqttspec.js" "$root"/LICENSE-* "$made/THIRD-PARTY.txt" "$folder"
    cp "$root/conformance/README.md" "$folder"
    (cd "$folder" && quietly command npm pack --pack-destination "$made") || wrong "npm pack failed"

    fresh=$(mktemp -d)
    (
        cd "$fresh" || exit 1
        quietly command npm init --yes && quietly command npm install --no-audit --no-fund --offline "$file" ||
            wrong "npm does not install $file"
        works npx --no-install mqttspec
        npx --no-install mqttspec check ws://127.0.0.1:1 > /dev/null 2>&1
        [ $? -eq 2 ] || wrong "expected the exit code 2 of the binary from the launcher"
    ) || exit
    rm -rf "$fresh"
    say "$file"
}
