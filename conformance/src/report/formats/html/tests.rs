//! What is in the page. That it shows it is tested in a browser, by `conformance/page-test`.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::GzDecoder;

use super::*;
use crate::{
    report::document::{Case, Run, Verdict},
    text::Text,
};

fn page(document: &Document) -> String {
    let mut out = Vec::new();
    write(document, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

fn payload(page: &str) -> serde_json::Value {
    let packed = STANDARD.decode(between(page, "id=\"data\">", "<")).unwrap();
    let mut json = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn failed(what: &str) -> Document {
    let case = serde_json::json!({
        "id": "3.12-pingreq/answered/once", "version": "v5", "title": what, "source": "a.yaml:1:1",
        "statements": ["MQTT-3.12.4-1"], "verdict": "fail", "milliseconds": 1.0, "accused": "MQTT-3.12.4-1",
        "failure": {"what": what, "expected": [what], "observed": {"connection": "c", "packet": what, "hex": "d000"}},
        "transcript": [
            {"milliseconds": 0.5, "connection": "c", "direction": "received", "packet": what, "hex": "d000", "automatic": false}
        ],
    });
    let case: Case = serde_json::from_value(case).unwrap();
    let run = Run { target: what.into(), name: Some(what.into()), cases: vec![case], ..Run::default() };
    Document { runs: vec![run], ..Document::default() }
}

#[test]
fn page_has_the_document_and_the_rules_that_it_names() {
    let document = failed("no PINGRESP came");
    let payload = payload(&page(&document));
    assert_eq!(serde_json::from_value::<Document>(payload["document"].clone()).unwrap(), document);
    let [rule] = payload["rules"].as_array().unwrap().as_slice() else { panic!("{}", payload["rules"]) };
    assert_eq!([&rule["version"], &rule["id"], &rule["level"]], ["v5", "MQTT-3.12.4-1", "must"]);
    assert!(rule["says"].as_str().unwrap().contains("PINGRESP"));
}

#[test]
fn transcripts_of_passed_cases_are_left_out() {
    let mut document = failed("as it must");
    let case = &mut document.runs[0].cases[0];
    (case.verdict, case.failure, case.accused) = (Verdict::Pass, None, None);
    assert!(payload(&page(&document))["document"]["runs"][0]["cases"][0].get("transcript").is_none());
}

#[test]
fn nothing_that_a_broker_says_is_markup() {
    let says = "</script><img src=x onerror=alert(1)><!-- \u{202E}%%script%%";
    let page = page(&failed(says));
    for part in ["<img", "onerror", "alert(1)", "\u{202E}"] {
        assert!(!page.contains(part), "{part}");
    }
    assert_eq!(page.matches("</script>").count(), 2, "the data and the script");
    let shown = payload(&page)["document"]["runs"][0]["name"].as_str().unwrap().to_owned();
    assert_eq!(Text::from(shown.as_str()), Text::from(says));
}

#[test]
fn policy_lets_only_the_page_itself_run() {
    let page = page(&Document::default());
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    let (style, script) = (between(&page, "<style>", "</style>"), page.rsplit_once("<script>").unwrap().1);
    let script = script.split_once("</script>").unwrap().0;
    assert_eq!(policy, policy::of(style, script));
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(PAGE.split("%%").count(), 9, "four places, each between two marks");
}

/// The policy would stop most of this too; a browser without it would not.
#[test]
fn scripts_never_make_markup_or_ask_for_anything() {
    let script = SCRIPTS.concat();
    let forbidden = [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "DOMParser",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttpRequest",
        "import(",
        "</",
    ];
    for word in forbidden {
        assert!(!script.contains(word), "{word}");
    }
    for word in ["url(", "@import", "</"] {
        assert!(!STYLE.contains(word), "{word}");
    }
    for word in ["://", "src=", "<link"] {
        assert!(!PAGE.contains(word), "{word}");
    }
}
