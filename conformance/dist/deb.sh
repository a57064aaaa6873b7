# The Debian package: the static binary with manual pages and completions. Its metadata is in conformance/Cargo.toml.

deb() {
    cargo_tool cargo-deb
    local file unpacked
    rm -f "$made"/*.deb
    rm -rf "$made/deb" && mkdir -p "$made/deb"
    gzip -9nk --stdout "$root/CHANGELOG.md" > "$made/deb/changelog.gz"
    (cd "$root/conformance" && quietly cargo deb --no-build --no-strip --package mqttspec --target "$target" \
        --profile "$profile" --output "$made/") || wrong "cargo deb failed"
    file=$(echo "$made"/mqttspec_"$version"-*_amd64.deb)
    unpacked=$(mktemp -d)
    dpkg-deb --extract "$file" "$unpacked"
    works "$unpacked/usr/bin/mqttspec"
    for installed in share/man/man1/mqttspec-check.1.gz share/bash-completion/completions/mqttspec \
        share/zsh/vendor-completions/_mqttspec share/fish/vendor_completions.d/mqttspec.fish share/doc/mqttspec/copyright; do
        [ -s "$unpacked/usr/$installed" ] || wrong "expected /usr/$installed in the package, found none"
    done
    rm -rf "$unpacked"
    say "$file"
}
