# The wheel: the static binary for `pip install mqttspec`, without Python code.

wheel() {
    python_tool maturin
    cargo_for_musl # the same command as for the binary, so that nothing is compiled again
    local folder=$made/wheel
    rm -rf "$folder" "$made"/mqttspec-*.whl
    mkdir -p "$folder"
    sed "s|@CRATE@|$root/conformance|" "$dist/wheel/pyproject.toml" > "$folder/pyproject.toml"
    cp "$root"/LICENSE-* "$made/THIRD-PARTY.txt" "$folder"
    (cd "$folder" && quietly "$tools/maturin/bin/maturin" build --locked --profile "$profile" --target "$target" \
        --target-dir "$target_dir" "${unstable[@]}" "${features[@]}" --compatibility manylinux2014 musllinux_1_1 --out "$made") ||
        wrong "maturin failed"

    local file fresh
    file=$(echo "$made/mqttspec-$version"-py3-none-*.whl)
    fresh=$(mktemp -d)
    quietly python3 -m venv "$fresh" || not_built "python3 makes no virtual environment"
    quietly "$fresh/bin/pip" install --disable-pip-version-check --no-index "$file" || wrong "pip does not install $file"
    works "$fresh/bin/mqttspec"
    serves_the_page "$fresh/bin/mqttspec"
    rm -rf "$fresh"
    say "$file"
}
