# The Debian package: the static binary with manual pages and completions.

deb() {
    command -v dpkg-deb > /dev/null || not_built "there is no dpkg-deb"
    local folder=$made/deb file=$made/mqttspec_$version-1_amd64.deb unpacked
    local share=$folder/usr/share
    rm -rf "$folder" "$file"
    install -D --mode 755 "$binary" "$folder/usr/bin/mqttspec"
    install -D --mode 644 --target-directory "$share/man/man1" "$made"/man/*.1
    gzip -9n "$share"/man/man1/*
    install -D --mode 644 "$made/completions/mqttspec.bash" "$share/bash-completion/completions/mqttspec"
    install -D --mode 644 "$made/completions/_mqttspec" "$share/zsh/vendor-completions/_mqttspec"
    install -D --mode 644 "$made/completions/mqttspec.fish" "$share/fish/vendor_completions.d/mqttspec.fish"
    install -D --mode 644 --target-directory "$share/doc/mqttspec" "$root/CHANGELOG.md" "$root/conformance/README.md"
    gzip -9n "$share/doc/mqttspec/CHANGELOG.md"
    cat "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$made/THIRD-PARTY.txt" > "$share/doc/mqttspec/copyright"
    mkdir -p "$folder/DEBIAN"
    cat > "$folder/DEBIAN/control" << END
Package: mqttspec
Version: $version-1
Architecture: amd64
Maintainer: mqttspec maintainers <maintainers@mqttspec.invalid>
Installed-Size: $(du -sk "$folder/usr" | cut -f 1)
Section: net
Priority: optional
Description: $(of_manifest "$root/conformance/Cargo.toml" description)
 Cases for MQTT 3.1.1 and 5.0, each with the statements that it tests, are
 played against a broker; a failure is shown with the bytes that prove it.
 A reference broker, a decoder and a load generator are in the same binary.
END
    chmod -R u=rwX,go=rX "$folder"
    quietly dpkg-deb --build --root-owner-group -Zxz "$folder" "$file" || wrong "dpkg-deb failed"

    unpacked=$(mktemp -d)
    dpkg-deb --extract "$file" "$unpacked"
    works "$unpacked/usr/bin/mqttspec"
    if command -v man > /dev/null; then
        MANPATH=$unpacked/usr/share/man man mqttspec-check 2> /dev/null | grep -q -- --baseline || wrong "man finds no page"
    fi
    completed_by_bash "$unpacked/usr/share/bash-completion/completions/mqttspec" || wrong "bash does not complete"
    rm -rf "$unpacked"
    say "$file"
}
