//! Checks that `vectors/schema.json` matches the tables. `MQTTSPEC_WRITE_SCHEMA=1 cargo test --test loader_schema`
//! updates it.

use std::{env, fs, path::Path};

use mqttspec::{
    packet::fields::{self, Field, Kind},
    vector::{CASE_KEYS, COMMON_KEYS, EXPECTATION_KEYS, FILE_KEYS, Library, capabilities},
};
use mqttspec_codec::{PacketType, ReasonCode};
use mqttspec_vectors::LANGUAGE_VERSION;
use serde_json::{Map, Value, json};

#[test]
fn schema_matches_the_tables() {
    let wanted = schema();
    if env::var_os("MQTTSPEC_WRITE_SCHEMA").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/schema.json");
        return fs::write(path, format!("{}\n", serde_json::to_string_pretty(&wanted).unwrap())).unwrap();
    }
    let written: Value = serde_json::from_str(embedded("schema.json")).unwrap();
    assert!(
        written == wanted,
        "vectors/schema.json is out of date; run MQTTSPEC_WRITE_SCHEMA=1 cargo test --test loader_schema"
    );
}

#[test]
fn readme_shows_the_example_vector_and_lists_all_keys() {
    let (page, vector) = (embedded("README.md"), embedded("readme.yaml"));
    let shown = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(shown, vector);
    assert!(Library::parse("readme.yaml", vector).is_ok());
    let names = capabilities().into_iter().map(|(name, _)| name);
    for key in names.chain(FILE_KEYS).chain(CASE_KEYS).chain(COMMON_KEYS) {
        assert!(page.contains(&format!("`{key}`")), "{key} is not in the README");
    }
}

fn embedded(path: &str) -> &'static str {
    mqttspec_vectors::get(path).expect("it is among the vectors")
}

fn schema() -> Value {
    let common = common();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A file of vectors of mqttspec",
        "description": format!("An exchange in version {LANGUAGE_VERSION} of the vector language."),
        "type": "object",
        "required": FILE_KEYS,
        "additionalProperties": false,
        "properties": merged([("title", text("the behaviour, as a sentence")), ("cases", array(reference("case")))], &common),
        "definitions": definitions(&common),
    })
}

fn common() -> Map<String, Value> {
    let client = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {"version": text("of the client"), "node": {"description": "which URL of a cluster, from 1"}},
    });
    let requires: Map<String, Value> =
        capabilities().into_iter().map(|(name, kind)| (name.to_owned(), value(kind))).collect();
    let framing = json!({"anyOf": [
        {"enum": ["bytes", "joined"]},
        {"type": "object", "required": ["cut"], "properties": {"cut": {}}, "additionalProperties": false},
    ]});
    let of = |key: &str| match key {
        "versions" => array(json!({"enum": ["v3.1", "v3.1.1", "v5"]})),
        "cites" | "client_breaks" => reference("cites"),
        "requires" => json!({"type": "object", "properties": requires, "additionalProperties": false}),
        "connected" => array(text("a client that is connected first")),
        "clients" => json!({"type": "object", "additionalProperties": client}),
        "framing" => framing.clone(),
        "no_prefix" => json!({"type": "boolean"}),
        other => panic!("the schema does not know {other}"),
    };
    COMMON_KEYS.iter().map(|key| ((*key).to_owned(), of(key))).collect()
}

fn definitions(common: &Map<String, Value>) -> Map<String, Value> {
    let case = json!({
        "type": "object",
        "required": ["name", "steps"],
        "additionalProperties": false,
        "properties": merged(
            [("name", text("in kebab-case")), ("for", json!({"type": ["object", "array"]})), ("steps", reference("steps"))],
            common,
        ),
    });
    let mut all: Map<String, Value> = kinds().into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect();
    let ids = json!({"anyOf": [text("an id of the registry"), array(text("an id of the registry"))]});
    all.insert("cites".to_owned(), json!({"type": "object", "additionalProperties": ids}));
    all.insert("case".to_owned(), case);
    all.insert("steps".to_owned(), array(json!({"anyOf": [{"type": "string"}, reference("step")]})));
    all.insert("step".to_owned(), step());
    all.insert("will".to_owned(), object(&fields::will(), &[]));
    all.insert("subscription".to_owned(), object(fields::SUBSCRIPTION, &["for"]));
    for packet_type in PacketType::ALL {
        let fields = fields::of(*packet_type);
        all.insert(packet_type.name().to_owned(), object(&fields, &[]));
        all.insert(format!("expected {packet_type}"), expected(&fields, &EXPECTATION_KEYS));
    }
    all
}

/// A step. JSON Schema can describe its key only by a pattern.
fn step() -> Value {
    let mut patterns = Map::new();
    let mut add =
        |arrow: &str, what: &str, value: Value| patterns.insert(format!("^[a-z0-9]{{1,12}} +{arrow} +{what}$"), value);
    for packet_type in PacketType::ALL {
        add("(->|=>)", packet_type.name(), reference(packet_type.name()));
        add("(<-|<=)", packet_type.name(), reference(&format!("expected {packet_type}")));
    }
    add("(->|<-)", "hex", json!({"type": "string"}));
    add("->", "(close|drop)", json!({"type": ["object", "null"], "maxProperties": 0}));
    add("->", "open", plain(&["subprotocols", "path"]));
    add("->", "frame", plain(&["opcode", "fin", "hex"]));
    add("<-", "open", expected(&[], &["subprotocol", "after", "within", "cites"]));
    add("<-", "closed", expected(&[], &["reason_code", "after", "within", "cites"]));
    add("<-", "nothing", expected(&[], &["within", "cites"]));
    json!({
        "type": "object",
        "properties": {
            "wait": text("such as 3s or 500ms"),
            "broker": {"enum": ["restart", "kill"]},
            "all of": reference("steps"),
            "any of": reference("steps"),
            "may": reference("steps"),
            "steps": reference("steps"),
            "only": {"enum": ["v3.1", "v3.1.1", "v5"]},
            "for": {"type": ["object", "array"]},
            "warn": text("the case passes with this warning"),
        },
        "patternProperties": patterns,
        "additionalProperties": false,
    })
}

fn object(table: &[Field], others: &[&str]) -> Value {
    let mut properties: Map<String, Value> =
        table.iter().map(|field| (field.name.to_owned(), value(field.kind))).collect();
    properties.extend(others.iter().map(|name| ((*name).to_owned(), json!({}))));
    json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false})
}

/// An object that may cite one statement for each version.
fn expected(table: &[Field], others: &[&str]) -> Value {
    let mut object = object(table, others);
    object["properties"]["cites"] = json!({"type": "object", "additionalProperties": text("an id of the registry")});
    object
}

fn plain(keys: &[&str]) -> Value {
    let properties: Map<String, Value> = keys.iter().map(|key| ((*key).to_owned(), json!({}))).collect();
    json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false})
}

/// The values of a field.
fn value(kind: Kind) -> Value {
    match kind {
        Kind::Flag => reference("flag"),
        Kind::Number(0xFF) => reference("byte"),
        Kind::Number(most) => {
            json!({"anyOf": [{"type": "integer", "minimum": 0, "maximum": most}, reference("other")]})
        }
        Kind::Qos => reference("qos"),
        Kind::PacketId => reference("packet_id"),
        Kind::ReasonCode => reference("reason_code"),
        Kind::Text | Kind::Topic | Kind::Filter | Kind::ClientId | Kind::Binary => {
            json!({"type": ["string", "object"]})
        }
        Kind::Will => json!({"anyOf": [reference("will"), {"type": "string"}]}),
        Kind::Subscriptions => array(reference("subscription")),
        Kind::ReasonCodes | Kind::Filters | Kind::UserProperties | Kind::SubscriptionIdentifiers => {
            json!({"type": ["array", "object", "string"]})
        }
    }
}

/// The kinds that several fields have: a literal, or what may replace it.
fn kinds() -> [(&'static str, Value); 6] {
    let or_other = |literal: Value| json!({"anyOf": [literal, reference("other")]});
    // a word or a name, or a map such as `{v5: ..}` and `{any of: [..]}`
    let words = json!({"type": "string", "pattern": "^(any|absent|failure|\\$[a-z][a-z0-9_]*)$"});
    [
        ("other", json!({"anyOf": [words, {"type": "object"}]})),
        ("flag", or_other(json!({"type": "boolean"}))),
        ("byte", or_other(json!({"type": ["boolean", "integer"], "minimum": 0, "maximum": 0xFF}))),
        ("qos", or_other(json!({"enum": [0, 1, 2]}))),
        ("packet_id", or_other(json!({"type": "integer", "minimum": 1, "maximum": 0xFFFF}))),
        ("reason_code", json!({"anyOf": [{"enum": reason_codes()}, {"type": "integer"}, reference("other")]})),
    ]
}

fn reason_codes() -> Vec<&'static str> {
    ReasonCode::ALL.iter().map(|code| code.name()).chain(["granted_qos_0", "normal_disconnection"]).collect()
}

fn merged<const N: usize>(own: [(&str, Value); N], common: &Map<String, Value>) -> Map<String, Value> {
    let mut all: Map<String, Value> = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    all.extend(common.clone());
    all
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/definitions/{}", name.replace(' ', "%20"))})
}

fn array(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}
