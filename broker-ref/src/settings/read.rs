//! From text to settings. The whole file is read, even if it contains mistakes.

use toml::de::{DeTable, DeValue};

use super::{
    Settings,
    key::Key,
    keys::KEYS,
    mistake::{Mistake, Mistakes, place},
    near::nearest,
};

/// Reads a settings file into `settings`.
pub(super) fn file(settings: &mut Settings, file: &str, text: &str) -> Result<(), Mistakes> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut found: Vec<Found> = errors
        .into_iter()
        .map(|error| Found {
            at: error.span().map_or(0, |span| span.start),
            key: None,
            wrong: error.message().to_owned(),
        })
        .collect();
    table(settings, "", document.get_ref(), &mut found);
    found.sort_by_key(|found| found.at);
    let mistake = |found: Found| Mistake::new(place(file, text, found.at), found.key, found.wrong);
    Mistakes::none_of(found.into_iter().map(mistake).collect())
}

/// Reads `key=value`, as a flag has it.
pub(super) fn assignment(settings: &mut Settings, assignment: &str) -> Result<(), Mistakes> {
    let mistake = |key: Option<&str>, wrong: String| {
        Mistake::new(format!("--set {assignment}"), key.map(str::to_owned), wrong).into()
    };
    let Some((name, text)) = assignment.split_once('=') else {
        return Err(mistake(None, "expected key=value, such as limits.sessions=1000".to_owned()));
    };
    let (name, text) = (name.trim(), text.trim());
    let Some(key) = find(name) else { return Err(mistake(Some(name), unknown(name))) };
    let bare = DeValue::String(text.into());
    let read = match DeValue::parse(text) {
        Ok(value) if key.form.read(value.get_ref()).is_some() => write(settings, key, value.get_ref()),
        _ => write(settings, key, &bare),
    };
    read.map_err(|wrong| mistake(Some(name), wrong))
}

/// A mistake, and the byte where it begins.
struct Found {
    at: usize,
    key: Option<String>,
    wrong: String,
}

fn table(settings: &mut Settings, group: &str, table: &DeTable<'_>, found: &mut Vec<Found>) {
    for (name, value) in table {
        let name_at = name.span().start;
        let name = if group.is_empty() { name.get_ref().to_string() } else { format!("{group}.{}", name.get_ref()) };
        let known = find(&name);
        let is_group = groups().any(|group| group == name);
        let (at, wrong) = match (known, value.get_ref()) {
            (Some(key), toml) => match write(settings, key, toml) {
                Ok(()) => continue,
                Err(wrong) => (value.span().start, wrong),
            },
            (None, DeValue::Table(inner)) if is_group => {
                self::table(settings, &name, inner, found);
                continue;
            }
            (None, _) if is_group => (value.span().start, format!("expected a table, [{name}]")),
            (None, DeValue::Table(_)) if group.is_empty() => (name_at, unknown_group(&name)),
            (None, _) => (name_at, unknown(&name)),
        };
        found.push(Found { at, key: Some(name), wrong });
    }
}

fn write(settings: &mut Settings, key: &Key, toml: &DeValue<'_>) -> Result<(), String> {
    match key.form.read(toml) {
        Some(value) => (key.write)(settings, value),
        None => Err(format!("expected {}, found {}", key.form.expected(), shown(toml))),
    }
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

fn groups() -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter_map(|key| key.parts().0)
}

fn unknown(name: &str) -> String {
    match nearest(name, KEYS.iter().map(|key| key.name)) {
        Some(near) => format!("unknown key, did you mean {near}?"),
        None => "unknown key, --print-settings shows all".to_owned(),
    }
}

fn unknown_group(name: &str) -> String {
    match nearest(name, groups()) {
        Some(near) => format!("unknown table, did you mean [{near}]?"),
        None => "unknown table, --print-settings shows all".to_owned(),
    }
}

/// The value found, shortened for people.
fn shown(toml: &DeValue<'_>) -> String {
    match toml {
        DeValue::String(text) if text.chars().count() > LONGEST => {
            format!("\"{}...\"", text.chars().take(LONGEST).collect::<String>().escape_debug())
        }
        DeValue::String(text) => format!("\"{}\"", text.escape_debug()),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(array) if array.is_empty() => "an empty list".to_owned(),
        DeValue::Array(_) => "a list of something else".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// In characters.
const LONGEST: usize = 40;
