//! Reading a node as what is wanted there, or saying what it is instead.

use super::{Entry, Mark, Mistake, Node, Tree, nearest};

impl Node {
    /// The text.
    ///
    /// # Errors
    /// Anything else: numbers, true, false and null want quotes.
    pub fn text(&self) -> Result<&str, Mistake> {
        match &self.value {
            Tree::Text(text) => Ok(text),
            Tree::List(_) | Tree::Map(_) => Err(self.wanted("a text")),
            Tree::Null => Err(self.mistake("a text is wanted here, and nothing stands here: the empty text is `\"\"`")),
            other => Err(self.mistake(format!("a text is wanted here, this is {}: quote it", other.kind()))),
        }
    }

    /// The whole number.
    ///
    /// # Errors
    /// Anything else.
    pub fn number(&self) -> Result<u64, Mistake> {
        match &self.value {
            Tree::Number(number) => Ok(*number),
            _ => Err(self.wanted("a whole number")),
        }
    }

    /// The truth value.
    ///
    /// # Errors
    /// Anything else, also `on` and `no`.
    pub fn boolean(&self) -> Result<bool, Mistake> {
        match &self.value {
            Tree::Bool(value) => Ok(*value),
            _ => Err(self.wanted("true or false")),
        }
    }

    /// The items.
    ///
    /// # Errors
    /// Anything but a list.
    pub fn list(&self) -> Result<&[Node], Mistake> {
        match &self.value {
            Tree::List(items) => Ok(items),
            _ => Err(self.wanted("a list")),
        }
    }

    /// The entries.
    ///
    /// # Errors
    /// Anything but a map.
    pub fn map(&self) -> Result<&[Entry], Mistake> {
        match &self.value {
            Tree::Map(entries) => Ok(entries),
            _ => Err(self.wanted("a map")),
        }
    }

    /// A mistake in this node.
    #[must_use]
    pub fn mistake(&self, what: impl Into<String>) -> Mistake {
        Mistake::new(self.at, what)
    }

    /// Something else was wanted here.
    #[must_use]
    pub fn wanted(&self, what: &str) -> Mistake {
        self.mistake(format!("{what} is wanted here, this is {}", self.written()))
    }

    /// The value as written if it is short, else what it is.
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

/// The entries of a map, taken one by one by key; what is left in the end is unknown.
#[derive(Debug)]
pub struct Keys<'a> {
    at: Mark,
    what: &'a str,
    entries: &'a [Entry],
    asked: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    /// The entries of a map; `what` is what has these keys, for messages.
    ///
    /// # Errors
    /// Anything but a map.
    pub fn of(node: &'a Node, what: &'a str) -> Result<Self, Mistake> {
        Ok(Keys { at: node.at, what, entries: node.map()?, asked: Vec::new() })
    }

    /// The value of a key, if it is there.
    pub fn get(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    /// It is not there.
    pub fn need(&mut self, key: &'static str) -> Result<&'a Node, Mistake> {
        let (at, what) = (self.at, self.what);
        self.get(key).ok_or_else(|| Mistake::new(at, format!("{what} needs `{key}`")))
    }

    /// The keys that nobody asked for.
    #[must_use]
    pub fn unknown(&self) -> Vec<Mistake> {
        let unknown = self.entries.iter().filter(|entry| !self.asked.contains(&entry.key.as_str()));
        unknown.map(|entry| unknown_key(entry, self.what, self.asked.iter().copied())).collect()
    }

    /// All keys were asked for.
    ///
    /// # Errors
    /// The first that was not.
    pub fn done(self) -> Result<(), Mistake> {
        self.unknown().into_iter().next().map_or(Ok(()), Err)
    }
}

/// The mistake of a key that does not exist.
pub(crate) fn unknown_key<'a>(entry: &Entry, what: &str, words: impl Iterator<Item = &'a str> + Clone) -> Mistake {
    let help = match nearest(&entry.key, words.clone()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("it has {}", words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    };
    Mistake::new(entry.at, format!("unknown key `{}` in {what}; {help}", entry.key))
}
