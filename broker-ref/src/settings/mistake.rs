//! [`Mistake`]: what is wrong in a settings file or flag, and where.

use std::fmt;

use crate::place::line_and_column;

/// One mistake: where, which key, what is wrong, what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// `file:line:column`, or the flag.
    place: String,
    /// `None` if the text is not TOML.
    key: Option<String>,
    wrong: String,
}

impl Mistake {
    pub(super) fn new(place: String, key: Option<String>, wrong: impl Into<String>) -> Self {
        Self { place, key, wrong: wrong.into() }
    }

    /// The key as in `--set`; `None` if the text is not TOML.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.wrong)
    }
}

/// All mistakes of a settings file, at least one, in order. Displayed on one line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Nothing, if there are no mistakes.
    pub(super) fn none_of(mistakes: Vec<Mistake>) -> Result<(), Self> {
        if mistakes.is_empty() { Ok(()) } else { Err(Self(mistakes)) }
    }

    /// In the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.0.iter().enumerate() {
            let end = if number == 0 { "" } else { "\n" };
            write!(f, "{end}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// Where a byte of the text is.
pub(super) fn place(file: &str, text: &str, at: usize) -> String {
    let (line, column) = line_and_column(text, at);
    format!("{file}:{line}:{column}")
}
