//! Reads a JSON report.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{Document, FORMAT};

impl Document {
    /// Reads a report that `--report json=FILE` wrote, in this version's format.
    ///
    /// # Errors
    /// The file cannot be read, is no report, or is one of another format.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let error = |why| ReadError { path: path.to_owned(), why };
        let text = fs::read_to_string(path).map_err(|why| error(Why::Unreadable(why)))?;
        Self::parse(&text).map_err(error)
    }

    fn parse(text: &str) -> Result<Self, Why> {
        // the format first, as another one has other keys
        let head: Head = serde_json::from_str(text).map_err(Why::NoReport)?;
        if head.tool != "mqttspec" {
            return Err(Why::OtherTool(head.tool));
        }
        if head.format != FORMAT {
            return Err(Why::OtherFormat { format: head.format, tool_version: head.tool_version });
        }
        serde_json::from_str(text).map_err(Why::NoReport)
    }
}

#[derive(Deserialize)]
struct Head {
    tool: String,
    tool_version: String,
    format: u32,
}

/// Why a file is not a report that can be read.
#[derive(Debug)]
pub struct ReadError {
    path: PathBuf,
    why: Why,
}

#[derive(Debug)]
enum Why {
    Unreadable(io::Error),
    NoReport(serde_json::Error),
    OtherTool(String),
    OtherFormat { format: u32, tool_version: String },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.why {
            Why::Unreadable(error) => write!(f, "cannot read the report {path}: {error}"),
            Why::NoReport(error) => {
                write!(f, "{path} is not a report of `mqttspec check --report json={path}`: {error}")
            }
            Why::OtherTool(tool) => write!(f, "{path} is a report of {tool:?}, not of mqttspec"),
            Why::OtherFormat { format, tool_version } => write!(
                f,
                "{path} has report format {format}, from mqttspec {tool_version:?}; this version reads format {FORMAT}. \
                 Write the report again with this version"
            ),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Unreadable(error) => Some(error),
            Why::NoReport(error) => Some(error),
            Why::OtherTool(_) | Why::OtherFormat { .. } => None,
        }
    }
}
