# Completions for shells, and manual pages.

completions() {
    local shell
    rm -rf "$made/completions" "$made/man"
    mkdir -p "$made/completions"
    "$binary" completions bash > "$made/completions/mqttspec.bash" || wrong "no completions for bash"
    "$binary" completions zsh > "$made/completions/_mqttspec" || wrong "no completions for zsh"
    "$binary" completions fish > "$made/completions/mqttspec.fish" || wrong "no completions for fish"
    "$binary" completions elvish > "$made/completions/mqttspec.elv" || wrong "no completions for elvish"
    "$binary" completions powershell > "$made/completions/mqttspec.ps1" || wrong "no completions for powershell"
    "$binary" man "$made/man" || wrong "no manual pages"
    completed_by_bash "$made/completions/mqttspec.bash" || wrong "bash does not complete \"mqttspec ch\""
    for shell in zsh fish; do
        command -v "$shell" > /dev/null || { echo "not tried, as it is not installed: the script for $shell" && continue; }
        "$shell" -n "$made"/completions/*"${shell/zsh/_mqttspec}" || wrong "$shell does not read its script"
    done
    if command -v man > /dev/null; then
        man --warnings -l "$made/man/mqttspec-check.1" 2>&1 < /dev/null | grep -q -- --baseline || wrong "man shows no --baseline"
    fi
    say "$made"/completions/* "$made/man/mqttspec.1" "$made/man/mqttspec-check.1"
}

# Whether bash completes "mqttspec ch" with this script.
completed_by_bash() {
    # shellcheck disable=SC2016 # the inner shell expands it
    bash --norc -c '. "$1"; COMP_WORDS=(mqttspec ch) COMP_CWORD=1; _mqttspec mqttspec ch mqttspec; [ "${COMPREPLY[*]}" = check ]' \
        bash "$1"
}
