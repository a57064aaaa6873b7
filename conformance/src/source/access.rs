//! Reads a node as the expected type, or reports what was found instead.

use super::{Entry, Mark, Mistake, Node, Tree, nearest};

impl Node {
    /// The text.
    ///
    /// # Errors
    /// The node is not a string. Numbers, true, false and null must be quoted to be texts.
    pub fn text(&self) -> Result<&str, Mistake> {
        match &self.value {
            Tree::Text(text) => Ok(text),
            Tree::List(_) | Tree::Map(_) => Err(self.expected("a string")),
            Tree::Null => Err(self.mistake("expected a string, found nothing; write `\"\"` for the empty text")),
            other => Err(self.mistake(format!("expected a string, found {}; quote it", other.kind()))),
        }
    }

    /// The whole number.
    ///
    /// # Errors
    /// The node is not a whole number.
    pub fn number(&self) -> Result<u64, Mistake> {
        match &self.value {
            Tree::Number(number) => Ok(*number),
            _ => Err(self.expected("a whole number")),
        }
    }

    /// The boolean.
    ///
    /// # Errors
    /// The node is not a boolean; `on` and `no` are texts.
    pub fn boolean(&self) -> Result<bool, Mistake> {
        match &self.value {
            Tree::Bool(value) => Ok(*value),
            _ => Err(self.expected("true or false")),
        }
    }

    /// The items.
    ///
    /// # Errors
    /// The node is not a list.
    pub fn list(&self) -> Result<&[Node], Mistake> {
        match &self.value {
            Tree::List(items) => Ok(items),
            _ => Err(self.expected("a list")),
        }
    }

    /// The entries.
    ///
    /// # Errors
    /// The node is not a map.
    pub fn map(&self) -> Result<&[Entry], Mistake> {
        match &self.value {
            Tree::Map(entries) => Ok(entries),
            _ => Err(self.expected("a map")),
        }
    }

    /// A mistake in this node.
    #[must_use]
    pub fn mistake(&self, what: impl Into<String>) -> Mistake {
        Mistake::new(self.at, what)
    }

    /// The mistake that `what` was expected here.
    #[must_use]
    pub fn expected(&self, what: &str) -> Mistake {
        self.mistake(format!("expected {what}, found {}", self.written()))
    }

    /// The value as written if it is short, otherwise its kind.
    #[must_use]
    pub fn written(&self) -> String {
        match &self.value {
            Tree::Text(text) if !text.is_empty() && text.chars().count() <= 40 => format!("`{text}`"),
            Tree::Number(number) => format!("`{number}`"),
            Tree::OtherNumber(number) => format!("`{number}`"),
            Tree::Bool(value) => format!("`{value}`"),
            other => other.kind().to_owned(),
        }
    }
}

/// The entries of a map, taken one by one by key. The keys left over at the end are unknown keys.
#[derive(Debug)]
pub struct Keys<'a> {
    at: Mark,
    what: &'a str,
    entries: &'a [Entry],
    asked: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    /// The entries of a map. Messages call the owner of the keys `what`.
    ///
    /// # Errors
    /// The node is not a map.
    pub fn of(node: &'a Node, what: &'a str) -> Result<Self, Mistake> {
        Ok(Keys { at: node.at, what, entries: node.map()?, asked: Vec::new() })
    }

    /// The value of an optional key.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a required key.
    ///
    /// # Errors
    /// The key is missing.
    pub fn need(&mut self, key: &'static str) -> Result<&'a Node, Mistake> {
        let (at, what) = (self.at, self.what);
        self.get(key).ok_or_else(|| Mistake::new(at, format!("{what} needs `{key}`")))
    }

    /// The keys that were not asked for.
    #[must_use]
    pub fn unknown(&self) -> Vec<Mistake> {
        let unknown = self.entries.iter().filter(|entry| !self.asked.contains(&entry.key.as_str()));
        unknown.map(|entry| unknown_key(entry, self.what, self.asked.iter().copied())).collect()
    }

    /// Checks that all keys were asked for.
    ///
    /// # Errors
    /// The first key that was not.
    pub fn done(self) -> Result<(), Mistake> {
        self.unknown().into_iter().next().map_or(Ok(()), Err)
    }
}

/// The mistake for an unknown key.
pub(crate) fn unknown_key<'a>(entry: &Entry, what: &str, words: impl Iterator<Item = &'a str> + Clone) -> Mistake {
    let help = match nearest(&entry.key, words.clone()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("expected one of {}", words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    };
    Mistake::new(entry.at, format!("unknown key `{}` in {what}; {help}", entry.key))
}
