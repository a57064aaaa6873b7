//! Every statement that binds a Server is cited where the code meets it, or listed below with the reason why not.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Statements that no code cites. A row that is needless is a failure too.
const NOT_CITED: &[(&str, &str, &[&str])] = &[
    (
        "v5",
        "the broker adds no User Property of its own",
        &[
            "MQTT-3.2.2-20",
            "MQTT-3.4.2-3",
            "MQTT-3.5.2-3",
            "MQTT-3.6.2-3",
            "MQTT-3.7.2-3",
            "MQTT-3.9.2-2",
            "MQTT-3.11.2-2",
            "MQTT-3.14.2-4",
            "MQTT-3.15.2-3",
        ],
    ),
    (
        "v5",
        "a PUBREL, PUBCOMP, UNSUBACK and AUTH of the broker has no Reason String: none of them refuses what was asked",
        &["MQTT-3.6.2-2", "MQTT-3.7.2-2", "MQTT-3.11.2-1", "MQTT-3.15.2-2"],
    ),
    ("v3.1.1", "the broker opens no connections to other Servers", &["MQTT-7.0.0-1"]),
    ("v3.1.1", "there is no extension that a Client could be asked for", &["MQTT-7.0.0-2"]),
];

#[test]
fn every_statement_that_binds_the_server_is_cited() {
    let cited = Cited::read(&["broker-ref/src", "codec/src"]);
    let excused: BTreeSet<(&str, &str)> =
        NOT_CITED.iter().flat_map(|(version, _, ids)| ids.iter().map(|id| (*version, *id))).collect();
    let mut uncited = Vec::new();
    let mut needless = excused.clone();
    for version in VERSIONS {
        for row in statements(version).into_iter().filter(|row| row.binds_the_server()) {
            let is_excused = excused.contains(&(version, &*row.id));
            match (cited.holds(version, &row), is_excused) {
                (false, true) => needless.retain(|excuse| *excuse != (version, &*row.id)),
                (false, false) => uncited.push(format!("{version} {}: {}", row.id, row.says)),
                (true, _) => {}
            }
        }
    }
    assert_eq!(uncited, [""; 0], "{} statements are neither cited nor excused", uncited.len());
    assert_eq!(needless, BTreeSet::new(), "rows of NOT_CITED that are cited, or bind no Server");
}

#[test]
fn citations_are_read_with_their_version() {
    let mut cited = Cited::default();
    cited.scan(
        "// v5 [MQTT-1.1.1-1] section 1.2 and\n// 3.4.5. v3.1.1 [MQTT-2.1.1-1]: at 9.9\nlet x = \"5.0§6.7-a, section 1.5\";\n",
    );
    cited.scan("/// As in section 7.8, v3.1.1 sections 8.1 to 8.2: \"MQTT-5.5.5-5\"");
    let found = |version: &str, places: &[&str]| {
        places.iter().map(|place| cited.0[version].contains(*place)).collect::<Vec<_>>()
    };
    let places = ["MQTT-1.1.1-1", "1.2", "3.4.5", "MQTT-2.1.1-1", "9.9", "1.5", "7.8", "8.2"];
    assert_eq!(found("v5", &places), [true, true, true, false, false, false, true, false]);
    assert_eq!(found("v3.1.1", &places), [false, false, false, true, false, false, true, true]);
    assert_eq!(found("v5", &["5.0§6.7-a", "MQTT-5.5.5-5"]), [true, false]);
}

/// Ids and sections that are cited, by version.
#[derive(Default)]
struct Cited(BTreeMap<&'static str, BTreeSet<String>>);

impl Cited {
    fn read(folders: &[&str]) -> Self {
        let mut cited = Self::default();
        let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
        while let Some(path) = open.pop() {
            match fs::read_dir(&path) {
                Ok(entries) => open.extend(entries.map(|entry| entry.unwrap().path())),
                Err(_) => cited.scan(&fs::read_to_string(&path).unwrap()),
            }
        }
        cited
    }

    /// `// v5 [MQTT-1.5.4-2] section 1.5.4, v3.1.1 [MQTT-1.5.3-2]`: the version holds for what follows it, to the end
    /// of the comment. Without one, for both. Sections count in comments only, ids also in strings.
    fn scan(&mut self, source: &str) {
        let (mut version, mut in_sections) = (None, false);
        for line in source.lines() {
            if !line.trim_start().starts_with("//") {
                (version, in_sections) = (None, false);
            }
            let comment_at = line.find("//").unwrap_or(line.len());
            for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || "-.§".contains(c))) {
                let is_comment = word.as_ptr().addr() - line.as_ptr().addr() > comment_at;
                let word = word.trim_matches(['.', '-']);
                let is_section = word.starts_with(|c: char| c.is_ascii_digit())
                    && word.chars().all(|c| c.is_ascii_digit() || c == '.');
                let known = VERSIONS.into_iter().find(|known| *known == word);
                in_sections = match word {
                    "section" | "sections" => true,
                    "" | "and" | "to" => in_sections,
                    _ => in_sections && is_section,
                };
                version = known.or(version);
                if word.starts_with("MQTT-") || word.contains('§') || (is_section && in_sections && is_comment) {
                    for version in VERSIONS.into_iter().filter(|each| version.is_none_or(|version| version == *each)) {
                        self.0.entry(version).or_default().insert(word.to_owned());
                    }
                }
            }
        }
    }

    /// A statement with a number is cited by it; one that the registry numbered, also by its section.
    fn holds(&self, version: &str, row: &Row) -> bool {
        let cited = &self.0[version];
        cited.contains(&row.id) || (!row.id.starts_with("MQTT-") && cited.contains(&row.section))
    }
}

#[derive(Default)]
struct Row {
    id: String,
    section: String,
    binds: String,
    says: String,
}

impl Row {
    fn binds_the_server(&self) -> bool {
        ["server", "both"].contains(&&*self.binds)
    }
}

/// The rows of `vectors/statements/`, whose README describes their form.
fn statements(version: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for file in fs::read_dir(root().join("vectors/statements").join(version)).unwrap() {
        for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
            let Some((key, value)) = line.get(2..).and_then(|line| line.split_once(": ")) else { continue };
            if line.starts_with("- ") {
                rows.push(Row::default());
            }
            let Some(row) = rows.last_mut() else { continue };
            let place = match key {
                "id" => &mut row.id,
                "section" => &mut row.section,
                "binds" => &mut row.binds,
                "says" => &mut row.says,
                _ => continue,
            };
            *place = value.trim_matches('"').to_owned();
        }
    }
    assert!(rows.len() > 150 && rows.iter().all(|row| !row.id.is_empty() && !row.binds.is_empty()));
    rows
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

const VERSIONS: [&str; 2] = ["v5", "v3.1.1"];
