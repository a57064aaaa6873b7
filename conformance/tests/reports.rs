//! Checks what the formats of reports say, by reading them as other programs do, with a broker that says hostile things.

mod made;

use std::{fs, process::Command};

use made::{HOSTILE, case, document, failing, run, statement_of};
use mqttspec::{
    Format, Reports,
    report::document::{CaseName, Document, Flips, Leak, Observed, Verdict},
};
use pulldown_cmark::{Event, Options, Parser, Tag};
use quick_junit::{NonSuccessKind, TestCaseStatus};

fn written(format: Format, document: &Document, since: Option<&Document>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report");
    let reports = Reports::default().write(format, &path).expect("writable").since(since.cloned());
    reports.of(document).expect("written");
    fs::read_to_string(&path).expect("text")
}

/// One of each verdict, all of it hostile, with a leak, a stale entry and a flip.
fn hostile() -> Document {
    let mut blocked = failing("3.03-publish/file/blocked", "v5", "MQTT-3.1.2-24", HOSTILE);
    blocked.verdict = Verdict::Blocked;
    blocked.by = Some(CaseName { version: "v5".into(), id: "3.01-connect/file/fails[x=1]".into() });
    let mut known = failing("3.03-publish/file/known", "v5", "MQTT-3.3.1-1", HOSTILE);
    known.expected_failure = Some(HOSTILE.into());
    let mut flips = case("3.03-publish/file/flips", "v5", Verdict::Skip);
    flips.flips = Some(Flips { counts: [("pass".into(), 2), ("skip".into(), 1)].into(), others: Vec::new() });
    let cases = vec![
        case("3.01-connect/file/passes", "v5", Verdict::Pass),
        failing("3.01-connect/file/fails[x=1]", "v5", "MQTT-3.1.2-24", HOSTILE),
        case("3.03-publish/file/skipped", "v3.1.1", Verdict::Skip),
        case("3.03-publish/file/errs", "v5", Verdict::Error),
        blocked,
        known,
        flips,
    ];
    let mut found = run(HOSTILE, cases);
    found.leaks = vec![Leak {
        statement: "MQTT-3.3.2-3".into(),
        topic: HOSTILE.into(),
        seen_by: CaseName { version: "v5".into(), id: "a/b/c".into() },
        published_by: None,
        observed: Observed { connection: "a".into(), packet: HOSTILE.into(), hex: "30zz".into(), wrong_byte: None },
    }];
    found.summary.stale_baseline_entries = vec![HOSTILE.into()];
    document(vec![found])
}

#[test]
fn every_format_has_the_versions() {
    let document = Document { tool_version: "7.8.9".to_owned(), vectors_version: "4.5.6".to_owned(), ..hostile() };
    // the page carries the whole document compressed; its own tests unpack it
    for (name, _) in Format::all().filter(|(name, _)| *name != "html") {
        let text = written(name.parse().expect("a format"), &document, None).replace("&#46;", ".");
        assert!(text.contains("7.8.9") && text.contains("4.5.6"), "{name}: {text}");
    }
}

#[test]
fn junit_is_read_by_another_reader() {
    let text = written(Format::Junit, &hostile(), None);
    let report = quick_junit::Report::deserialize_from_str(&text).expect("JUnit XML");
    let names: Vec<&str> = report.test_suites.iter().map(|suite| suite.name.as_str()).collect();
    let label = statement_of(HOSTILE);
    let suites = ["3.01-connect", "3.03-publish", "run"].map(|section| format!("{label} / {section}"));
    assert_eq!(names, suites);
    assert_eq!((report.tests, report.failures, report.errors), (9, 4, 1));
    let tests: Vec<_> = report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    let of = |name: &str| tests.iter().find(|test| test.name.as_str() == name).unwrap_or_else(|| panic!("{name}"));
    assert!(matches!(of("v5 passes").status, TestCaseStatus::Success { .. }));
    assert_eq!(of("v5 passes").classname.as_ref().map(quick_junit::XmlString::as_str), Some("3.01-connect.file"));
    let failure = |name: &str| match &of(name).status {
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, message, ty, .. } => {
            (ty.clone().expect("a type").to_string(), message.clone().expect("a message").to_string())
        }
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(failure("v5 fails[x=1]"), ("v5 [MQTT-3.1.2-24]".to_owned(), label.clone()));
    assert_eq!(failure("v5 blocked").1, format!("blocked by v5 3.01-connect/file/fails[x=1]: {label}"));
    assert_eq!(failure("v5 flips").1, "2 pass, 1 skip");
    failure("messages reach only those who subscribed to them");
    for skipped in ["v3.1.1 skipped", "v5 known"] {
        assert!(matches!(of(skipped).status, TestCaseStatus::Skipped { .. }), "{skipped}");
    }
    assert!(matches!(of("v5 errs").status, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. }));
    let block = of("v5 fails[x=1]").system_out.as_ref().expect("the block").to_string();
    for line in [
        "statement  v5 [MQTT-3.1.2-24]",
        "says       ",
        "expected   CONNACK",
        "observed   client <- ",
        "bytes      20 02 00 85",
        "                      ^^ byte 3",
        "exchanged  ",
        "rerun      mqttspec check mqtt://there --mqtt-version v5 --only '3.01-connect/file/fails[x=1]'",
    ] {
        assert!(block.contains(line), "`{line}` is not in\n{block}");
    }
}

/// The schema that Jenkins reads JUnit XML by, of its xUnit plugin (MIT licence, in the file).
#[test]
fn junit_is_valid_by_the_schema_of_jenkins() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("junit.xml");
    // a version is text of the file, which XML may not contain
    let document = Document { tool_version: "1\u{1}\u{FFFE}".to_owned(), ..hostile() };
    fs::write(&path, written(Format::Junit, &document, None)).expect("written");
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/junit-10.xsd");
    match Command::new("xmllint").args(["--noout", "--schema", schema]).arg(&path).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => println!("not checked, as xmllint does not start: {error}"),
    }
}

#[test]
fn markdown_shows_hostile_text_as_it_is() {
    let text = written(Format::Markdown, &hostile(), None);
    let (mut shown, mut tags) = (String::new(), Vec::new());
    for event in Parser::new_ext(&text, Options::all()) {
        match event {
            Event::Text(text) => shown.push_str(&text),
            Event::InlineHtml(html) | Event::Html(html) => tags.push(html.to_string()),
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::Strong | Tag::Emphasis) => {
                panic!("markup from the broker: {event:?}")
            }
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                panic!("markup from the broker: {event:?}")
            }
            _ => {}
        }
    }
    // what is below <details> is HTML for the parser
    let html = tags.join("");
    for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let ours = ["details", "/details", "summary", "/summary", "b", "/b", "pre", "/pre"];
        assert!(ours.contains(&tag), "<{tag}> comes from the broker");
    }
    let mention = "\u{40}\u{200B}someone";
    let outside = statement_of(HOSTILE).replace('@', "@\u{200B}").replace('#', "#\u{200B}");
    assert!(outside.contains(mention) && shown.contains(&outside), "{shown}");
    assert!(!shown.contains("@someone"), "a mention: {shown}");
    assert!(html.contains("&lt;script"), "{html}");
}

#[test]
fn markdown_stays_below_the_limit_of_a_job_summary() {
    let cases = (0..4000).map(|number| {
        let name = format!("3.01-connect/file/case-{number}");
        failing(&name, "v5", "MQTT-3.1.2-24", &"<&>".repeat(100))
    });
    let text = written(Format::Markdown, &document(vec![run("mqtt://there", cases.collect())]), None);
    assert!(text.len() <= 1024 * 1024, "{} bytes", text.len());
    assert!(text.contains("This summary would be too long"));
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn markdown_says_what_changed() {
    let older = document(vec![run("mqtt://there", vec![case("a/b/c", "v5", Verdict::Pass)])]);
    let newer = document(vec![run("mqtt://there", vec![failing("a/b/c", "v5", "MQTT-3.1.2-24", "late")])]);
    let text = written(Format::Markdown, &newer, Some(&older));
    assert!(text.contains("newly failing case") || text.contains("newly failing 1"), "{text}");
    assert!(text.contains("Something got worse"), "{text}");
    assert!(!written(Format::Markdown, &newer, None).contains("Something got worse"));
}

#[test]
fn annotations_cannot_be_forged_and_are_few() {
    let text = written(Format::Github, &hostile(), None);
    for line in text.lines() {
        let (head, _) = line.strip_prefix("::").and_then(|line| line.split_once("::")).expect("a command");
        let (command, properties) = head.split_once(' ').expect("properties");
        let properties = properties.strip_prefix("title=").expect("a title, and no place");
        assert!(["error", "warning", "notice"].contains(&command), "{line}");
        assert!(!properties.contains([':', ',']), "{line}");
    }
    assert!(text.contains("%25") && text.contains("%0A") && text.contains("%3A"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("::warning") && line.contains("flips: 2 pass, 1 skip")), "{text}");

    let cases = (0..12).map(|number| failing(&format!("a/b/{number}"), "v5", "MQTT-3.1.2-24", &format!("w{number}")));
    let text = written(Format::Github, &document(vec![run("mqtt://there", cases.collect())]), None);
    assert_eq!(text.matches("::error ").count(), 10, "{text}");
    assert!(text.contains("12 errors, of which the first 10 are shown"), "{text}");
}

#[test]
fn annotations_are_at_the_steps_of_the_users_own_vectors() {
    let mut own = failing("a/b/own", "v5", "MQTT-3.1.2-24", "late");
    own.file = Some("my vectors/a,b.yaml".into());
    let mut flips = case("a/b/flips", "v5", Verdict::Pass);
    (flips.file, flips.source) = (own.file.clone(), "a,b.yaml:7:9".into());
    flips.flips = Some(Flips { counts: [("pass".into(), 2), ("skip".into(), 1)].into(), others: Vec::new() });
    let cases = vec![own, failing("a/b/built-in", "v5", "MQTT-3.1.2-25", "early"), flips];
    let text = written(Format::Github, &document(vec![run("mqtt://there", cases)]), None);
    let starts = [
        "::error file=my vectors/a%2Cb.yaml,line=2,title=mqtt%3A//there%3A v5 [MQTT-3.1.2-24]::late%0A",
        "::error title=mqtt%3A//there%3A v5 [MQTT-3.1.2-25]::early%0A",
        "::warning file=my vectors/a%2Cb.yaml,line=7,title=mqtt%3A//there%3A changes its verdict::",
    ];
    for (line, start) in text.lines().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

/// What readers of JUnit XML rely on, whether or not the schema can be checked here.
#[test]
fn junit_has_its_parts_in_their_order_and_counts_them() {
    let text = written(Format::Junit, &hostile(), None);
    let document = elements(&text);
    assert_eq!(document.name, "testsuites");
    for suite in &document.children {
        assert_eq!((suite.name.as_str(), suite.children[0].name.as_str()), ("testsuite", "properties"));
        let tests = &suite.children[1..];
        let with =
            |name: &str| tests.iter().filter(|test| test.children.iter().any(|child| child.name == name)).count();
        for (attribute, count) in [
            ("tests", tests.len()),
            ("failures", with("failure")),
            ("errors", with("error")),
            ("skipped", with("skipped")),
        ] {
            assert_eq!(suite.attributes[attribute], count.to_string(), "{attribute} of {}", suite.attributes["name"]);
        }
        let mut names = std::collections::BTreeSet::new();
        for test in tests {
            assert_eq!(test.name, "testcase");
            let name = (&test.attributes["classname"], &test.attributes["name"]);
            assert!(names.insert(name), "{name:?} twice");
            let time: f64 = test.attributes["time"].parse().expect("seconds");
            assert!(time >= 0.0);
            let parts: Vec<&str> = test.children.iter().map(|child| child.name.as_str()).collect();
            let known: [&[&str]; 6] =
                [&[], &["skipped"], &["error"], &["failure"], &["failure", "system-out"], &["skipped", "system-out"]];
            assert!(known.contains(&&*parts), "{parts:?}");
        }
    }
    let sum = |attribute: &str| {
        document
            .children
            .iter()
            .map(|suite| suite.attributes[attribute].parse::<usize>().expect("a number"))
            .sum::<usize>()
    };
    for attribute in ["tests", "failures", "errors"] {
        assert_eq!(document.attributes[attribute], sum(attribute).to_string(), "{attribute}");
    }
}

#[test]
fn badge_says_the_counts_and_is_xml() {
    let text = written(Format::Badge, &hostile(), None);
    let mut reader = quick_xml_events(&text);
    assert_eq!(reader.next().as_deref(), Some("svg"));
    assert!(text.contains("1 of 4, 3 deviations, not all judged"), "{text}");
    assert!(text.contains("role=\"img\"") && text.contains("<title>MQTT conformance: 1 of 4"), "{text}");
    assert!(!text.contains("<script"));
    let passed = document(vec![run("mqtt://there", vec![case("a/b/c", "v5", Verdict::Pass)])]);
    let green = written(Format::Badge, &passed, None);
    assert!(green.contains(">1 of 1<") && green.contains("#2a7f1f") && !text.contains("#2a7f1f"), "{green}");
    assert!(written(Format::Badge, &document(Vec::new()), None).contains("not tested"));
}

/// An element of XML, without its text.
#[derive(Default)]
struct Element {
    name: String,
    attributes: std::collections::BTreeMap<String, String>,
    children: Vec<Element>,
}

/// The root of an XML text; panics if it is not well-formed.
fn elements(text: &str) -> Element {
    use quick_xml::{Reader, events::Event as Xml};
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    loop {
        let event = reader.read_event().expect("well-formed");
        match &event {
            Xml::Start(start) | Xml::Empty(start) => {
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.expect("an attribute");
                    (attribute.key.as_ref().to_owned(), attribute.value.as_ref().to_owned())
                });
                let name = start.name().as_ref().to_owned();
                let attributes = attributes.collect();
                open.push(Element { name, attributes, children: Vec::new() });
            }
            Xml::Eof => return open.pop().and_then(|mut root| root.children.pop()).expect("a root"),
            _ => {}
        }
        if matches!(event, Xml::End(_) | Xml::Empty(_)) {
            let done = open.pop().expect("open");
            open.last_mut().expect("a parent").children.push(done);
        }
    }
}

/// The names of the elements; panics if the text is not well-formed.
fn quick_xml_events(text: &str) -> impl Iterator<Item = String> {
    use quick_xml::{Reader, events::Event as Xml};
    let mut reader = Reader::from_str(text);
    let mut names = Vec::new();
    loop {
        match reader.read_event().expect("well-formed") {
            Xml::Start(start) | Xml::Empty(start) => {
                names.push(start.name().as_ref().to_owned());
                start.attributes().for_each(|attribute| drop(attribute.expect("an attribute")));
            }
            Xml::Eof => return names.into_iter(),
            _ => {}
        }
    }
}
