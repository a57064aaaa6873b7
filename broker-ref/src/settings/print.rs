//! Settings for people: as a settings file, and as the table of the README.

use std::fmt::Write;

use super::{
    Settings,
    form::Value,
    keys::{GROUPS, KEYS},
};

/// A settings file with every key.
pub(super) fn toml(settings: &Settings) -> String {
    let defaults = Settings::default();
    let mut text = String::new();
    let mut open = None;
    for key in KEYS {
        let (group, name) = key.parts();
        if group != open {
            open = group;
            for (name, sentence) in GROUPS.iter().filter(|(name, _)| Some(*name) == group) {
                let _ = write!(text, "\n# {sentence}\n[{name}]\n");
            }
        }
        let default = (key.read)(&defaults);
        text.push('\n');
        for line in key.doc {
            let _ = writeln!(text, "#{line}");
        }
        let _ = writeln!(text, "# {}; default {}", key.form.expected(), key.form.show(&default));
        let _ = writeln!(text, "{name} = {}", key.form.show(&(key.read)(settings)));
    }
    text.trim_start().to_owned()
}

/// A row for every key.
pub(super) fn markdown(defaults: &Settings) -> String {
    let mut text = "| key | default | values | what |\n|---|---|---|---|\n".to_owned();
    for key in KEYS {
        let default = match (key.read)(defaults) {
            Value::Texts(texts) => texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" "),
            value => format!("`{}`", key.form.show(&value)),
        };
        let (range, what) = (key.form.range(), key.sentence());
        let _ = writeln!(text, "| `{}` | {default} | {} | {} |", key.name, escaped(&range), escaped(&what));
    }
    text
}

fn escaped(cell: &str) -> String {
    cell.replace('|', "\\|")
}
