//! Checks that the JSON report matches `report.schema.json`: every key written is described, every required key is
//! written, and the types are those of the schema.

#[expect(dead_code, reason = "only the deaf server is used here")]
mod common;

use std::{fs, process::Command};

use common::fake::{Answer, fake};
use mqttspec::report::document::Document;
use serde_json::Value;

#[test]
fn report_matches_its_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let (report, baseline) = (folder.path().join("report.json"), folder.path().join("baseline.yaml"));
    fs::write(&baseline, "expected:\n  - case: 3.09-suback/*\n    reason: deaf\n").expect("written");
    let argument = format!("json={}", report.display());
    // a failure, an expected one and skips
    let chosen = ["--only", "3.09-suback/reason-codes/in-order", "--only", "6.0-websocket/subprotocol"];
    let output = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(["check", &fake("mqtt", Answer::Deaf { v5: false }), "--mqtt-version", "v3.1.1", "--report", &argument])
        .args(["--baseline", baseline.to_str().expect("text")])
        .args(chosen)
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_str(&fs::read_to_string(&report).expect("written")).expect("JSON");
    let schema: Value = serde_json::from_str(include_str!("../report.schema.json")).expect("JSON");
    let mut wrong = Vec::new();
    compare(&document, &schema, &schema, "$", &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(document["runs"][0]["cases"].as_array().is_some_and(|cases| cases.len() > 1));
    let run = &document["runs"][0];
    let failed = run["cases"].as_array().and_then(|cases| cases.iter().find(|case| case["verdict"] == "fail"));
    let source = failed.and_then(|case| case["source"].as_str()).expect("a failed case");
    let vectors = run["vectors"].as_object().expect("the cases as written");
    assert_eq!(vectors.keys().collect::<Vec<_>>(), [source], "those with transcripts");
    assert!(vectors[source][0].as_str().is_some_and(|line| line.starts_with("- name: in-order")), "{vectors:?}");
    // it is read back whole: every key is known, and none is lost
    let read = Document::read(&report).expect("a report");
    assert_eq!(serde_json::to_value(&read).expect("JSON"), document);
}

/// The file is named as the user named it, so that other programs find it.
#[test]
fn cases_of_the_users_own_have_their_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("own.yaml");
    let text = "title: t\nversions: [v3.1.1]\ncites: {v3.1.1: [MQTT-3.3.4-1]}\ncases:\n  - name: c\n    steps:\n      - a => CONNECT\n      - a => PUBLISH: {topic: t, qos: 1}\n";
    fs::write(&file, text).expect("written");
    let report = folder.path().join("report.json");
    let output = Command::new(env!("CARGO_BIN_EXE_mqttspec"))
        .args(["check", &fake("mqtt", Answer::Deaf { v5: false }), "--no-builtin-vectors", "--report", "github=-"])
        .args(["--report", &format!("json={}", report.display()), "--vectors"])
        .arg(&file)
        .output()
        .expect("the binary starts");
    let shown = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let document = Document::read(&report).unwrap_or_else(|error| panic!("{error}: {shown}"));
    assert_eq!(document.runs[0].cases[0].file.as_deref(), file.to_str(), "{shown}");
    assert!(shown.contains(&format!("::error file={},line=8,title=", file.display())), "{shown}");
}

#[test]
fn reports_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.json");
    let older = r#"{"tool": "mqttspec", "tool_version": "0.0.9", "format": 3, "runs": []}"#;
    for (text, why) in [
        ("{", "is not a report of"),
        ("[1]", "is not a report of"),
        (older, "has report format 3, from mqttspec \"0.0.9\"; this version reads format 4"),
        (r#"{"tool": "other", "tool_version": "1", "format": 4}"#, "is a report of \"other\", not of mqttspec"),
    ] {
        fs::write(&path, text).expect("written");
        let error = Document::read(&path).expect_err("not a report").to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn comparison_can_fail() {
    let schema: Value = serde_json::json!({
        "type": "object", "required": ["a"], "properties": { "a": { "type": "string" }, "b": { "enum": ["x"] } },
    });
    for document in [
        serde_json::json!({}),
        serde_json::json!({ "a": 1 }),
        serde_json::json!({ "a": "", "b": "y" }),
        serde_json::json!({ "a": "", "c": 1 }),
    ] {
        let mut wrong = Vec::new();
        compare(&document, &schema, &schema, "$", &mut wrong);
        assert_eq!(wrong.len(), 1, "{document}: {wrong:?}");
    }
}

/// Implements the part of JSON Schema that the file uses.
fn compare(value: &Value, schema: &Value, root: &Value, path: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointed = root.pointer(reference.trim_start_matches('#')).expect("the reference exists");
        return compare(value, pointed, root, path, wrong);
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let allowed = schema["enum"].as_array().is_none_or(|values| values.contains(value));
    let constant = schema.get("const").is_none_or(|constant| constant == value);
    if !(types.is_empty() || types.iter().any(is)) || !allowed || !constant {
        return wrong.push(format!("{path}: {value} does not match the schema"));
    }
    if let Value::Array(items) = value {
        let each = items.iter().enumerate();
        each.for_each(|(index, item)| compare(item, &schema["items"], root, &format!("{path}[{index}]"), wrong));
    }
    let Value::Object(fields) = value else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(required) {
            wrong.push(format!("{path}: {required} is missing"));
        }
    }
    for (key, field) in fields {
        match schema["properties"].get(key).or_else(|| schema.get("additionalProperties")) {
            Some(described) => compare(field, described, root, &format!("{path}.{key}"), wrong),
            None => wrong.push(format!("{path}: {key} is not described")),
        }
    }
}
