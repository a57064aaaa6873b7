//! How statements are named: by an id in any spelling that people use, by section, or by a pattern.

use fast_glob::glob_match;

use super::{FilterError, pattern::escaped};
use crate::{
    registry::{Binds, Registry, Statement},
    source::nearest,
};

/// Names statements.
#[derive(Debug, Clone)]
pub enum Named {
    /// By the id as the registry has it.
    Id(String),
    /// By the number of a section, which includes those below it.
    Section(String),
    /// By a pattern for ids, with or without `MQTT-`.
    Pattern(String),
}

impl Named {
    /// Parses an id in any spelling, the number of a section, or a pattern with `*`.
    ///
    /// # Errors
    /// It names no statement of either version. The text is a sentence that suggests one.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let named = if text.contains('*') {
            Named::Pattern(escaped(&text.trim().to_lowercase()))
        } else if text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains(['-', '§']) {
            Named::Section(text.to_owned())
        } else {
            Named::Id(spelt(text)?)
        };
        let mut statements = Registry::shared().into_iter().flat_map(Registry::iter);
        match statements.any(|statement| named.names(statement)) {
            true => Ok(named),
            false => Err(FilterError::new(format!(
                "no statement matches `{text}`; expected an id, the number of a section, or a pattern with `*`"
            ))),
        }
    }

    /// Whether it names that statement.
    #[must_use]
    pub fn names(&self, statement: &Statement) -> bool {
        match self {
            Named::Id(id) => statement.id == *id,
            Named::Section(section) => {
                let below = statement.section.strip_prefix(section.as_str());
                below.is_some_and(|below| below.is_empty() || below.starts_with('.'))
            }
            Named::Pattern(glob) => {
                glob_match(glob, statement.id.to_lowercase()) || glob_match(glob, key(&statement.id))
            }
        }
    }
}

/// The id as the registry has it, of `MQTT-3.1.2-24` in any spelling: `3.1.2-24`, `[MQTT-3.1.2-24]`, `mqtt-3.1.2-24`.
///
/// # Errors
/// Neither version of the standard has such a statement. The text is a sentence that suggests one.
pub fn spelt(text: &str) -> Result<String, FilterError> {
    // it is embedded and tested, so this fails only in a broken build
    let registry = Registry::shared().map_err(|_| FilterError::new("the registry of statements cannot be read"))?;
    let ids = || registry.iter().map(|statement| statement.id.as_str());
    let wanted = key(text);
    if let Some(id) = ids().find(|id| key(id) == wanted) {
        return Ok(id.to_owned());
    }
    let keys: Vec<(String, &str)> = ids().map(|id| (key(id), id)).collect();
    let near = nearest(&wanted, keys.iter().map(|(key, _)| key.as_str()));
    let near = near.and_then(|near| keys.iter().find(|(key, _)| key == near));
    let help = match near {
        Some((_, id)) => format!("did you mean {id}?"),
        None => "ids look like MQTT-3.1.2-24, or 5.0§4.9-a for what the standard says without a number".to_owned(),
    };
    Err(FilterError::new(format!("neither version of the standard has a statement `{text}`; {help}")))
}

/// That no case is about a statement, and why, as a sentence. `id` is as the registry has it.
pub(super) fn without_case(id: &str) -> String {
    let statements: Vec<_> = Registry::shared().ok().into_iter().flat_map(Registry::iter).collect();
    let mut statements = statements.into_iter().filter(|statement| statement.id == id).peekable();
    let only_for_clients = statements.peek().is_some_and(|statement| statement.binds == Binds::Client);
    let why = statements.find_map(|statement| statement.why_not.as_deref());
    let why = match why {
        Some(why) => format!(": {}", why.trim_end_matches('.')),
        None if only_for_clients => ": it binds only Clients".to_owned(),
        None => String::new(),
    };
    format!("{id} is a statement of the standard, but no case tests it{why}")
}

/// What spellings of the same id have in common.
fn key(text: &str) -> String {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']').to_lowercase();
    text.strip_prefix("mqtt-").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_names_the_statement() {
        for text in ["MQTT-3.1.2-24", "3.1.2-24", "[MQTT-3.1.2-24]", "mqtt-3.1.2-24", " [3.1.2-24] "] {
            assert_eq!(spelt(text).as_deref(), Ok("MQTT-3.1.2-24"), "{text}");
        }
        assert_eq!(spelt("5.0§4.9-A").as_deref(), Ok("5.0§4.9-a"));
    }

    #[test]
    fn a_section_or_a_pattern_names_several() {
        let count = |text: &str| {
            let named = Named::parse(text).unwrap_or_else(|why| panic!("{why}"));
            Registry::shared().unwrap().iter().filter(|statement| named.names(statement)).count()
        };
        assert_eq!(count("MQTT-3.12.4-*"), count("3.12.4-*"));
        assert!(count("3.1") > count("3.1.2") && count("3.1.2") > count("3.1.2-24"));
        assert_eq!(count("3.1.2-24"), 2, "one in each version");
        for (text, told) in [("3.1.2-244", "did you mean MQTT-3.1.2-24?"), ("9.9", "no statement matches `9.9`")] {
            let error = Named::parse(text).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn spellings_do_not_clash() {
        let registry = Registry::shared().unwrap();
        for statement in registry.iter() {
            assert_eq!(spelt(&statement.id).as_ref(), Ok(&statement.id));
        }
    }

    #[test]
    fn an_unknown_statement_is_explained() {
        let error = spelt("3.1.2-244").unwrap_err().to_string();
        assert!(error.contains("`3.1.2-244`; did you mean MQTT-3.1.2-24?"), "{error}");
        let error = spelt("keep alive").unwrap_err().to_string();
        assert!(error.contains("ids look like MQTT-3.1.2-24"), "{error}");
    }
}
