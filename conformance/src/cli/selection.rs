//! The options that select cases.

use std::path::PathBuf;

use clap::Args;
use mqttspec_codec::Version;

use super::CliError;
use crate::runner::{Filter, Shard, Suite};

#[derive(Debug, Args)]
#[command(next_help_heading = "Cases")]
pub(super) struct Selection {
    /// Only cases whose id matches (repeatable): a full id, an id without `[row]`, a folder such as 3.01-connect, the
    /// number of a section such as 3.1, or a pattern with `*`
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Exclude cases whose id matches (repeatable)
    #[arg(long, value_name = "GLOB")]
    skip: Vec<String>,
    /// Only cases that cite this statement, for example MQTT-3.1.2-24 or 3.1.2-24 (repeatable)
    #[arg(long, value_name = "ID")]
    statement: Vec<String>,
    /// Only cases for this version of MQTT (repeatable)
    #[arg(long, value_name = "v3.1.1|v5", value_parser = super::version)]
    mqtt_version: Vec<Version>,
    /// Only part K of N, for runs that are split over several machines; a case is always in the same part
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    #[command(flatten)]
    vectors: Vectors,
}

/// Which files the cases come from.
#[derive(Debug, Args)]
pub(super) struct Vectors {
    /// Add the vectors of this file, or of all .yaml files below this folder, to the built-in ones (repeatable)
    #[arg(long, value_name = "PATH")]
    vectors: Vec<PathBuf>,
    /// Leave the built-in vectors out; needs --vectors
    #[arg(long)]
    no_builtin_vectors: bool,
}

impl Vectors {
    /// All their cases.
    pub(super) fn suite(&self) -> Result<Suite, CliError> {
        let builtin = match (self.no_builtin_vectors, self.vectors.is_empty()) {
            (false, _) => Suite::embedded().map_err(CliError::new)?,
            (true, false) => Suite::empty(),
            (true, true) => {
                return Err(CliError::new("--no-builtin-vectors leaves no case; name some with --vectors PATH"));
            }
        };
        builtin.vectors(&self.vectors).map_err(CliError::new)
    }
}

impl Selection {
    /// The suite with the selected cases, at least one.
    pub(super) fn suite(&self) -> Result<Suite, CliError> {
        self.suite_of(None)
    }

    /// The same, but with no other cases than these.
    pub(super) fn suite_of(&self, exactly: Option<Vec<(Version, String)>>) -> Result<Suite, CliError> {
        let suite = self.vectors.suite()?.filter(self.filter(exactly)?);
        suite.check().map_err(CliError::new)?;
        Ok(suite)
    }

    fn filter(&self, exactly: Option<Vec<(Version, String)>>) -> Result<Filter, CliError> {
        let mut filter = exactly.map_or_else(Filter::default, |names| Filter::default().exactly(names));
        for pattern in &self.only {
            filter = filter.only(pattern).map_err(CliError::new)?;
        }
        for pattern in &self.skip {
            filter = filter.skip(pattern).map_err(CliError::new)?;
        }
        for id in &self.statement {
            filter = filter.statement(id).map_err(CliError::new)?;
        }
        filter = self.shard.iter().fold(filter, |filter, shard| filter.shard(*shard));
        Ok(self.mqtt_version.iter().fold(filter, |filter, version| filter.version(*version)))
    }
}
