# The composite action: its steps are run as a runner would, against the reference broker; its files are linted.

action() {
    python_tool yaml2json remarshal
    local folder=$made/action broker url file
    rm -rf "$folder" && mkdir -p "$folder"
    for file in action/action.yml examples/github.yml examples/gitlab.yml examples/mqttspec.yaml; do
        sed "s|@VERSION@|$version|g" "$dist/$file" > "$folder/$(basename "$file")"
    done
    lint_workflow "$folder"
    "$tools/yaml2json/bin/yaml2json" "$folder/gitlab.yml" > "$folder/gitlab.json" || wrong "gitlab.yml is no YAML"
    "$tools/yaml2json/bin/yaml2json" "$folder/action.yml" > "$folder/action.json" || wrong "action.yml is no YAML"

    "$binary" broker --listen mqtt://127.0.0.1:0 > "$folder/broker" &
    broker=$!
    trap "kill $broker 2> /dev/null" EXIT
    for _ in $(seq 50); do
        url=$(sed -n 's/^listening on //p' "$folder/broker")
        [ -n "$url" ] && break
        sleep 0.1
    done
    as_step 0 "$made/mqttspec-$version"-py3-none-*.whl
    rm -rf "$folder/temp" "$folder/path"
    as_step 0 "$made/mqttspec-$version-$target.tar.gz"
    as_step 1 ""
    grep -q passed "$folder/summary.md" || wrong "expected a summary of the job, found $(cat "$folder/summary.md")"
    python3 -c 'import sys, xml.etree.ElementTree as t; sys.exit(not list(t.parse(sys.argv[1]).iter("testcase")))' \
        "$folder/report.xml" || wrong "expected test cases in the JUnit report"
    say "$folder/summary.md" "$folder/report.xml"
}

# Runs a step as a runner does, with the variables of `action`: as_step NUMBER INSTALL
as_step() {
    local script=$folder/step-$1.sh
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["runs"]["steps"][int(sys.argv[2])]["run"])' \
        "$folder/action.json" "$1" > "$script" || wrong "the action has no script in step $1"
    (
        cd "$folder" && mkdir -p temp || exit
        [ ! -s path ] || PATH=$(cat path):$PATH
        env RUNNER_TEMP="$folder/temp" GITHUB_PATH="$folder/path" GITHUB_STEP_SUMMARY="$folder/summary.md" \
            INSTALL="$2" VERSION="" URL="$url" REPORT=report.xml BASELINE=mqttspec.yaml \
            ARGS="--mqtt-version v5 --only 3.12-*" bash --noprofile --norc -eo pipefail "$script"
    ) > "$folder/log-$1" 2>&1 || { cat "$folder/log-$1" >&2 && wrong "step $1 of the action failed"; }
}

# actionlint, where Go is there to build it. It looks at the inputs of the action, too, if that lies in a repository.
lint_workflow() {
    command -v go > /dev/null || { echo "not linted, as Go is not installed: the workflow" && return; }
    [ -x "$tools/actionlint" ] || GOBIN=$tools quietly go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 ||
        { echo "not linted, as actionlint cannot be built: the workflow" && return; }
    local repository=$1/repository
    mkdir -p "$repository/.github/workflows" "$repository/action"
    cp "$1/action.yml" "$repository/action"
    sed 's|uses: mqttspec/mqttspec/.*|uses: ./action|' "$1/github.yml" > "$repository/.github/workflows/github.yml"
    (cd "$repository" && git init --quiet && "$tools/actionlint" -no-color) || wrong "actionlint finds the above"
}
