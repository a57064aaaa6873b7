//! Reports in files: one document, written in several formats.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{
    document::{Collector, Document, Transcripts},
    formats::Format,
};
use crate::runner::{Event, Reporter};

/// Collects the events of one run after another, and writes files at the end of each run.
///
/// ```no_run
/// # #[cfg(feature = "reference")]
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mqttspec::{Format, Reference, Reports, Suite};
///
/// let mut reports = Reports::default().write(Format::Json, "report.json")?.write(Format::Junit, "junit.xml")?;
/// Suite::embedded()?.run_in_memory(Reference::default, &mut reports)?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "reference"))]
/// # fn main() {}
/// ```
#[derive(Debug, Default)]
pub struct Reports {
    collector: Collector,
    outputs: Vec<(Format, Output)>,
    since: Option<Document>,
}

impl Reports {
    /// Adds a report. `-` is standard output, to which [`finish`](Self::finish) writes. A file is written whole or not
    /// at all: what it held stays until a run has ended.
    ///
    /// # Errors
    /// The file cannot be written. This is found out before the run.
    pub fn write(mut self, format: Format, to: impl AsRef<Path>) -> io::Result<Self> {
        self.outputs.push((format, Output::create(to.as_ref())?));
        Ok(self.keeping(format))
    }

    /// Keeps what this format shows, for [`text`](Self::text). By default that is what was found, for all formats but
    /// [`Format::JsonFull`].
    #[must_use]
    pub fn keeping(mut self, format: Format) -> Self {
        if format.wants() > Transcripts::default() {
            self.collector = Collector::keeping(format.wants());
        }
        self
    }

    /// A report of the runs that have ended, for those who have no files.
    ///
    /// # Errors
    /// The runs cannot be written in that format.
    pub fn text(&self, format: Format) -> io::Result<String> {
        let mut bytes = Vec::new();
        format.write(self.document(), self.since.as_ref(), &mut bytes)?;
        String::from_utf8(bytes).map_err(io::Error::other)
    }

    /// Compares with an older report, in the formats that do so.
    #[doc(hidden)]
    #[must_use]
    pub fn since(self, older: Option<Document>) -> Self {
        Self { since: older, ..self }
    }

    /// What the user calls the broker of the runs that follow; `None` for its URL.
    pub fn name(&mut self, broker: Option<String>) {
        self.collector.name(broker);
    }

    /// Whether a report goes to standard output.
    #[must_use]
    pub fn use_standard_output(&self) -> bool {
        self.outputs.iter().any(|(_, output)| *output == Output::Standard)
    }

    /// The runs that have ended.
    #[doc(hidden)]
    #[must_use]
    pub fn document(&self) -> &Document {
        self.collector.document()
    }

    /// Writes the reports that go to standard output, each once for all runs.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn finish(&self) -> io::Result<()> {
        self.each(|output| *output == Output::Standard)
    }

    /// Writes all reports of a document that was not collected from a run.
    #[doc(hidden)]
    pub fn of(&self, document: &Document) -> io::Result<()> {
        for (format, output) in &self.outputs {
            output.write(|out| format.write(document, self.since.as_ref(), out))?;
        }
        Ok(())
    }

    fn each(&self, is_due: impl Fn(&Output) -> bool) -> io::Result<()> {
        let mut done = Ok(());
        for (format, output) in self.outputs.iter().filter(|(_, output)| is_due(output)) {
            let written = output.write(|out| format.write(self.document(), self.since.as_ref(), out));
            done = done.and(written);
        }
        done
    }
}

impl Reporter for Reports {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match self.collector.take(event) {
            true => self.each(|output| *output != Output::Standard),
            false => Ok(()),
        }
    }
}

/// Where a report goes.
#[derive(Debug, PartialEq, Eq)]
enum Output {
    Standard,
    File(PathBuf),
}

impl Output {
    fn create(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Output::Standard);
        }
        let partial = partial(path);
        if partial == path {
            File::options().write(true).open(path)?;
        } else {
            fs::write(&partial, "")?;
            fs::remove_file(&partial)?;
        }
        Ok(Output::File(path.to_owned()))
    }

    fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let Output::File(path) = self else {
            let mut out = io::stdout().lock();
            write(&mut out)?;
            return out.flush();
        };
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let partial = partial(path);
        let written = File::create(&partial).and_then(|file| {
            let mut file = BufWriter::new(file);
            write(&mut file)?;
            file.into_inner()?;
            Ok(())
        });
        if partial == *path {
            return written.map_err(named);
        }
        let moved = written.and_then(|()| fs::rename(&partial, path));
        if moved.is_err() {
            // what is there is not whole; that it cannot be removed either adds nothing
            let _ = fs::remove_file(&partial);
        }
        moved.map_err(named)
    }
}

/// Where a report is written until it is whole: beside its file, or in place if that is a pipe or a device.
fn partial(path: &Path) -> PathBuf {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => path.to_owned(),
        _ => {
            let mut name = path.as_os_str().to_owned();
            name.push(".partial");
            name.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::Summary;

    #[test]
    fn report_replaces_an_older_one_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "older").unwrap();
        let mut reports = Reports::default().write(Format::Json, &path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "older");
        reports.on_event(&Event::Ended(&Summary::default())).unwrap();
        assert!(fs::read_to_string(&path).unwrap().contains("\"tool\": \"mqttspec\""));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left in the folder");
        assert!(Reports::default().write(Format::Json, folder.path().join("missing/report.json")).is_err());
    }

    #[test]
    fn what_cannot_be_written_leaves_the_older_report() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        fs::write(&path, "older").unwrap();
        let output = Output::create(&path).unwrap();
        let failed = output.write(|out| out.write_all(b"half").and(Err(io::Error::other("full"))));
        assert!(failed.unwrap_err().to_string().contains("report.json: full"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "older");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
