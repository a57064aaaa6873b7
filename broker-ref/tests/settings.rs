//! Settings from text: printed settings read back, and every mistake is reported with its place.

use std::{fs, net::TcpListener, time::Duration};

use mqttspec_broker::{
    core::{Config, Overlap},
    settings::Settings,
    shell::{Limits, ServeError},
};

fn read(text: &str) -> Result<Settings, String> {
    let mut settings = Settings::default();
    settings.read("f", text).map(|()| settings).map_err(|mistakes| mistakes.to_string())
}

/// Every key at another value than its default, written as in the printed file.
fn changed() -> String {
    let line = |line: &str| {
        let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            return line.to_owned();
        };
        let value = match value {
            "true" => "false".to_owned(),
            "false" => "true".to_owned(),
            "\"one\"" => "\"many\"".to_owned(),
            _ if key.ends_with("tolerate") => "\"nothing\"".to_owned(),
            "\"any\"" => "[\"https://example.com\"]".to_owned(),
            "\"\"" if key == "metrics" => "\"http://127.0.0.1:1\"".to_owned(),
            "\"\"" => "\"text\"".to_owned(),
            "2" => "1".to_owned(),
            "\"once\"" => "\"each_subscription\"".to_owned(),
            "\"end_session\"" => "\"drop_newest\"".to_owned(),
            "\"never\"" | "\"client\"" => "\"90 s\"".to_owned(),
            "\"auto\"" => "\"trace\"".to_owned(),
            _ if key == "listen" => "[\"mqtt://127.0.0.1:1\"]".to_owned(),
            text if text.ends_with("iB\"") => "\"77 KiB\"".to_owned(),
            text if text.ends_with("s\"") || text.ends_with("min\"") => "\"1500 ms\"".to_owned(),
            number => (number.parse::<u64>().unwrap() - 1).to_string(),
        };
        format!("{key} = {value}")
    };
    Settings::default().to_toml().lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn printed_settings_read_back() {
    for text in [Settings::default().to_toml(), read(&changed()).unwrap().to_toml()] {
        assert_eq!(read(&text).unwrap().to_toml(), text);
    }
    assert_eq!(values(&read(&changed()).unwrap().to_toml()), values(&changed()));
    let same = values(&changed()).into_iter().filter(|value| values(&Settings::default().to_toml()).contains(value));
    assert_eq!(same.collect::<Vec<_>>(), [""; 0], "the test changes every value");
}

fn values(text: &str) -> Vec<String> {
    text.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).map(str::to_owned).collect()
}

/// A field that no key sets would stay as it is when every key is changed.
#[test]
fn every_field_has_its_key() {
    let (before, after) = (Settings::default(), read(&changed()).unwrap());
    let fields = |settings: &Settings| {
        let (core, shell) = (format!("{:#?}", settings.core), format!("{:#?}", settings.shell));
        // nested values (an Option) take several lines: the lines between two fields belong to the first
        let mut fields: Vec<String> = Vec::new();
        for line in core.lines().chain(shell.lines()).filter(|line| line.starts_with("    ")) {
            match (line.starts_with("     ") || line.trim_start().starts_with([')', '}']), fields.last_mut()) {
                (true, Some(last)) => last.push_str(line.trim()),
                _ => fields.push(line.trim().to_owned()),
            }
        }
        fields
    };
    let unchanged = fields(&before).into_iter().filter(|field| fields(&after).contains(field));
    // what the file of users says, which is read by itself
    let unchanged: Vec<_> = unchanged.filter(|field| !field.starts_with("access:")).collect();
    assert_eq!(unchanged, [""; 0], "fields without a key in broker-ref/src/settings/keys.rs");
    assert_ne!((before.listen, before.users), (after.listen, after.users));
}

/// Clients that connected before would wait for the store, or be cut off if it cannot be used.
#[test]
fn nothing_listens_before_the_store_is_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("store.redb"), "").unwrap();
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut settings = Settings::default();
    settings.listen = vec![format!("mqtt://{}", occupied.local_addr().unwrap()).parse().unwrap()];
    assert!(matches!(settings.clone().bind(), Err(ServeError::Bind(_))));
    settings.data = Some(folder.path().to_owned());
    assert!(matches!(settings.bind(), Err(ServeError::Store(_))));
}

#[test]
fn groups_are_tables_or_dotted_keys() {
    for text in ["[limits]\nsessions = 5", "limits.sessions = 5", "limits = { sessions = 5 }"] {
        assert_eq!(read(text).unwrap().core, Config { sessions: 5, ..Settings::default().core }, "{text}");
    }
    assert_eq!(read("offer = 5").unwrap_err(), "f:1:9: offer: expected a table, [offer]");
    let settings = read("[offer]\noverlap = 'each_subscription'\nserver_keep_alive = '1 min'").unwrap();
    let core = Config { overlap: Overlap::EachSubscription, server_keep_alive: Some(60), ..Settings::default().core };
    assert_eq!(settings.core, core);
    assert_eq!(settings.shell.handshake, Limits::default().handshake);
}

#[test]
fn all_mistakes_are_reported_with_their_places() {
    let text = "liste = ['mqtt://127.0.0.1']\nlisten = ['mqtt://127.0.0.1', 'http://h']\noffer = { '\u{e9}' = 5, maximum_qos = 3 }\n\
                [limts]\nsessions = 1\n[limits]\nsessions = 'many'\nqueued_bytes = '1 MB'\nstalled = 10\n\
                in_flight = 0\nqueue_full = 'drop'\nsessions = 4\nretain_available = 1\n= 1\n";
    let mistakes = read(text).unwrap_err();
    let expected = "\
        f:1:1: liste: unknown key, did you mean listen?\n\
        f:2:10: listen: cannot listen on \"http://h\": unknown scheme, expected ws://host:port/path or mqtt://host:port, \
        under TLS wss:// or mqtts://\n\
        f:3:11: offer.\u{e9}: unknown key, --print-settings shows all\n\
        f:3:34: offer.maximum_qos: expected a whole number from 0 to 2, found 3\n\
        f:4:2: limts: unknown table, did you mean [limits]?\n\
        f:7:12: limits.sessions: expected a whole number from 0 to 4294967295, found \"many\"\n\
        f:8:16: limits.queued_bytes: expected a size from 0 to \"1024 GiB\", such as \"1 MiB\" (B, KiB, MiB, GiB) or a \
        number of bytes, found \"1 MB\"\n\
        f:9:11: limits.stalled: expected a time from \"1 ms\" to \"1 d\", such as \"10 s\" (ms, s, min, h, d), found 10\n\
        f:10:13: limits.in_flight: expected a whole number from 1 to 65535, found 0\n\
        f:11:14: limits.queue_full: expected \"end_session\" or \"drop_newest\", found \"drop\"\n";
    assert!(mistakes.starts_with(expected), "{mistakes}");
    let rest: Vec<&str> = mistakes[expected.len()..].lines().collect();
    assert!(rest[0].starts_with("f:12:1: duplicate key"), "{rest:?}");
    assert_eq!(rest[1], "f:13:1: limits.retain_available: unknown key, did you mean offer.retain_available?");
    assert!(rest[2].starts_with("f:14:1: "), "{rest:?}");
}

#[test]
fn file_with_a_mistake_changes_nothing() {
    let mut settings = Settings::default();
    settings.read("f", "limits.sessions = 5\nlimits.backlog = -1").unwrap_err();
    assert_eq!(settings.core, Settings::default().core);
}

#[test]
fn one_key_can_be_set_with_or_without_quotes() {
    let mut settings = Settings::default();
    let all = ["limits.queued_bytes=2 MiB", "limits.stalled = '5 s'", "offer.maximum_qos=1", "offer.overlap=once"];
    for assignment in all.into_iter().chain(["listen=['ws://127.0.0.1:0']", "offer.retain_available=false"]) {
        settings.set(assignment).unwrap();
    }
    assert_eq!((settings.core.queued_bytes, settings.shell.stalled), (2 * 1024 * 1024, Duration::from_secs(5)));
    assert_eq!(settings.listen[0].to_string(), "ws://127.0.0.1:0/mqtt");
    for (assignment, mistake) in [
        ("sessions", "--set sessions: expected key=value, such as limits.sessions=1000"),
        ("sessions=5", "--set sessions=5: sessions: unknown key, did you mean limits.sessions?"),
        (
            "offer.maximum_qos=3",
            "--set offer.maximum_qos=3: offer.maximum_qos: expected a whole number from 0 to 2, found \"3\"",
        ),
        ("colour=red", "--set colour=red: colour: unknown key, --print-settings shows all"),
    ] {
        assert_eq!(settings.set(assignment).unwrap_err().to_string(), mistake);
    }
}

/// Each limit is in the README's table, with a test that exists.
#[test]
fn every_limit_has_its_test() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let readme = fs::read_to_string(root.to_owned() + "README.md").unwrap();
    let (_, table) = readme.split_once("| what | limit | test |\n|---|---|---|\n").unwrap();
    for test in table.split('`').filter(|word| word.contains("::")) {
        let (file, name) = test.split_once("::").unwrap();
        let source = fs::read_to_string(format!("{root}tests/{file}.rs")).unwrap();
        assert!(source.contains(&format!("#[test]\nfn {name}() {{")), "there is no test {test}");
    }
    let keys = Settings::table();
    for key in keys.split('`').filter(|word| word.starts_with("limits.")) {
        assert!(table.contains(&format!("`{key}`")), "{key} is not in the README's table of limits");
    }
}

/// The table of the README is the table of the code.
#[test]
fn readme_has_every_key() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let table = Settings::table();
    assert!(readme.contains(&table), "README.md of broker-ref should contain this table:\n\n{table}");
}
