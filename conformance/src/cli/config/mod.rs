//! `mqttspec.toml`: the options of `mqttspec check` in a file. They are clap's own, by their long names, and become its
//! defaults: so a flag goes first, then an environment variable, then the file.

mod file;

use std::{
    io,
    path::{Path, PathBuf},
};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, parser::ValueSource};

use self::file::Setting;
use super::CliError;

/// Which file has the options.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct Configuration {
    /// File with options by their long names, in TOML [default: mqttspec.toml in the current directory, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Read no such file
    #[arg(long)]
    no_config: bool,
}

/// The arguments of this process, with what the environment and the file of `check` add to them. Says on standard error
/// which file that is.
///
/// # Errors
/// The file cannot be read, or has a mistake.
pub(super) fn matches(command: Command) -> Result<ArgMatches, CliError> {
    let arguments = command.clone().get_matches();
    let Some(given) = arguments.subcommand_matches(CHECK) else { return Ok(arguments) };
    let configuration = Configuration::from_arg_matches(given).unwrap_or_else(|error| error.exit());
    let Some((path, text)) = configuration.read()? else { return Ok(arguments) };
    let check = command.find_subcommand(CHECK).cloned().unwrap_or_default();
    let settings = file::settings(&check, &path, &text)?;
    let (used, unused): (Vec<_>, Vec<_>) =
        settings.into_iter().partition(|setting| !is_given_otherwise(setting, &check, given));
    let names =
        |settings: &[Setting]| settings.iter().map(|setting| setting.key.clone()).collect::<Vec<_>>().join(", ");
    let (path, which) = (path.display(), names(&used));
    let which = if which.is_empty() { "none".to_owned() } else { which };
    let otherwise = match unused.is_empty() {
        true => String::new(),
        false => format!("; given otherwise: {}", names(&unused)),
    };
    eprintln!("mqttspec: options from {path}: {which}{otherwise}");
    let with = |check: Command| {
        used.into_iter()
            .fold(check, |check, Setting { id, values, .. }| check.mut_arg(id, |arg| arg.default_values(values)))
    };
    Ok(command.mut_subcommand(CHECK, with).get_matches())
}

impl Configuration {
    /// The path of the file, and its text.
    fn read(&self) -> Result<Option<(PathBuf, String)>, CliError> {
        let path = match &self.config {
            _ if self.no_config => return Ok(None),
            Some(path) => path.clone(),
            None => PathBuf::from(NAME),
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some((path, text))),
            Err(error) if self.config.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(CliError(format!("cannot read the configuration {}: {error}", path.display()))),
        }
    }
}

/// Whether a flag or a variable gives the option, or one that excludes it.
fn is_given_otherwise(setting: &Setting, check: &Command, given: &ArgMatches) -> bool {
    let is_given = |arg: &Arg| {
        let source = given.value_source(arg.get_id().as_str());
        matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    let is_it = |arg: &Arg| arg.get_id().as_str() == setting.id;
    // clap knows only what is written at one of the two
    let excludes =
        |one: &Arg, is_other: &dyn Fn(&Arg) -> bool| check.get_arg_conflicts_with(one).into_iter().any(is_other);
    check.get_arguments().any(|arg| match is_it(arg) {
        true => is_given(arg) || excludes(arg, &is_given),
        false => is_given(arg) && excludes(arg, &is_it),
    })
}

/// The folder to which the paths in a file are relative.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

const CHECK: &str = "check";
const NAME: &str = "mqttspec.toml";
