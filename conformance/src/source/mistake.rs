//! Mistakes in a string, shown with the line and a caret under the wrong part.

use std::{fmt, path::Path, sync::Arc};

use super::{Mark, Place};

/// A mistake at a place in a string. The caller knows which text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub at: Mark,
    /// What is wrong and what was expected, a lowercase fragment.
    pub what: String,
}

impl Mistake {
    /// A mistake at that place.
    #[must_use]
    pub fn new(at: Mark, what: impl Into<String>) -> Self {
        Mistake { at, what: what.into() }
    }
}

/// A string and its name.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path, for messages.
    pub file: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    /// The path of the file on disk; `None` if it is embedded, or no file.
    pub path: Option<Arc<str>>,
}

impl Source {
    /// A string and its name.
    #[must_use]
    pub fn new(file: &str, text: &str) -> Self {
        Source { file: Arc::from(file), text: Arc::from(text), path: None }
    }

    /// The same, from a file on disk.
    #[must_use]
    pub fn at(self, path: &Path) -> Self {
        Source { path: Some(Arc::from(path.display().to_string())), ..self }
    }

    /// The line with this number, without trailing spaces.
    #[must_use]
    pub fn line(&self, number: u64) -> &str {
        let index = usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1);
        self.text.lines().nth(index).unwrap_or_default().trim_end()
    }

    /// The lines of the list item that begins in this line, or the part of it that does, each with its number and
    /// without trailing spaces. What follows belongs to it as long as it is indented further.
    pub fn item(&self, first: u64) -> impl Iterator<Item = (u64, &str)> {
        let skipped = usize::try_from(first).unwrap_or(usize::MAX).saturating_sub(1);
        let indent = |line: &str| line.len() - line.trim_start().len();
        let mut lines = self.text.lines().skip(skipped).map(str::trim_end).zip(first..).peekable();
        let outer = lines.peek().map_or(0, |(line, _)| indent(line));
        let mut inside = lines
            .take_while(move |(line, number)| *number == first || line.is_empty() || indent(line) > outer)
            .collect::<Vec<_>>();
        while inside.last().is_some_and(|(line, _)| line.is_empty()) {
            inside.pop();
        }
        inside.into_iter().map(|(line, number)| (number, line))
    }

    /// A place in this text.
    #[must_use]
    pub fn place(&self, at: Mark) -> Place {
        Place { file: Arc::clone(&self.file), line: at.line, column: at.column }
    }

    /// The mistake, with its place and line.
    #[must_use]
    pub fn error(&self, mistake: Mistake) -> LoadError {
        LoadError { place: self.place(mistake.at), line: self.line(mistake.at.line).to_owned(), what: mistake.what }
    }
}

/// A mistake in a file of vectors or statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// File, line and column.
    pub place: Place,
    /// The line as written.
    pub line: String,
    /// What is wrong and what was expected, a lowercase fragment.
    pub what: String,
}

impl LoadError {
    /// A file that could not be read at all.
    #[must_use]
    pub fn unreadable(file: &str, why: &dyn fmt::Display) -> Self {
        LoadError {
            place: Place { file: Arc::from(file), line: 1, column: 1 },
            line: String::new(),
            what: format!("failed to read the file: {why}"),
        }
    }

    /// The sort key: file, line, column, message.
    #[must_use]
    pub fn key(&self) -> (&str, u64, u64, &str) {
        (&self.place.file, self.place.line, self.place.column, &self.what)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        if self.line.is_empty() {
            return Ok(());
        }
        let number = self.place.line.to_string();
        let caret = usize::try_from(self.place.column).unwrap_or(1).saturating_sub(1);
        write!(f, "\n{number} | {}\n{:width$} | {:caret$}^", self.line, "", "", width = number.len())
    }
}

impl std::error::Error for LoadError {}
