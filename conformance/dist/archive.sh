# The archive for a release page: the binary with what belongs to it.

archive() {
    local name=mqttspec-$version-$target folder
    folder=$made/$name
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r "$binary" "$made/completions" "$made/man" "$made/THIRD-PARTY.txt" "$root"/LICENSE-* "$root/CHANGELOG.md" "$folder"
    cp "$root/conformance/README.md" "$root/conformance/report.schema.json" "$folder"
    # the same input gives the same bytes
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -C "$made" -c "$name" | gzip -9n > "$folder.tar.gz"
    rm -rf "$folder"
    (cd "$made" && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")

    local fresh
    fresh=$(mktemp -d)
    tar -xzf "$folder.tar.gz" -C "$fresh" && works "$fresh/$name/mqttspec"
    rm -rf "$fresh"
    say "$folder.tar.gz"
}
