//! The keys and values of `mqttspec.toml`, by the options of clap.

use std::{
    any::TypeId,
    ffi::OsString,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::{
    Arg, ArgAction, Command,
    builder::{OsStr, Resettable},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::folder;
use crate::{
    cli::CliError,
    report::Format,
    source::{Mark, Place, nearest},
};

/// An option, and its values as a flag would have them.
#[derive(Debug)]
pub(super) struct Setting {
    /// The id of clap's argument.
    pub(super) id: String,
    /// The key in the file.
    pub(super) key: String,
    pub(super) values: Vec<OsString>,
}

/// The options that the file sets, in the order of their keys. A switch that is off is none of them.
///
/// # Errors
/// The first mistake, with file, line and column.
pub(super) fn settings(check: &Command, path: &Path, text: &str) -> Result<Vec<Setting>, CliError> {
    let file = File { path, text, plain: without_environment(check) };
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or_default();
        file.mistake(at, format!("not TOML: {}", error.message()))
    })?;
    let mut settings = Vec::new();
    for (key, value) in table.get_ref() {
        let arg = file.argument(key)?;
        let name = key.get_ref().to_string();
        let values = file.values(arg, &name, value)?;
        if !values.is_empty() {
            file.try_out(arg, &name, &values, value.span())?;
            settings.push(Setting { id: arg.get_id().to_string(), key: name, values });
        }
    }
    file.try_all(&settings)?;
    Ok(settings)
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
    /// The command, which takes values from flags only.
    plain: Command,
}

impl File<'_> {
    /// The argument that a key names.
    fn argument(&self, key: &Spanned<std::borrow::Cow<'_, str>>) -> Result<&Arg, CliError> {
        let written = key.get_ref().as_ref();
        if let Some(arg) = self.plain.get_arguments().find(|arg| may_be_set(arg) && name(arg) == Some(written)) {
            return Ok(arg);
        }
        let why = match written {
            "password" => {
                "a password does not belong in this file; put it in MQTTSPEC_PASSWORD, or in a file of its own \
                           that password-file names"
                    .to_owned()
            }
            "config" | "no-config" => format!("`{written}` cannot be set in the configuration itself"),
            _ => {
                let names = self.plain.get_arguments().filter(|arg| may_be_set(arg)).filter_map(name);
                let help = match nearest(written, names) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "the keys are the long options of `mqttspec check`, and urls".to_owned(),
                };
                format!("unknown key `{written}`; {help}")
            }
        };
        Err(self.mistake(key.span(), why))
    }

    /// What a flag would be given; nothing for a switch that is off.
    fn values(&self, arg: &Arg, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<OsString>, CliError> {
        match (arg.get_action(), value.get_ref()) {
            (ArgAction::SetTrue, DeValue::Boolean(true)) => Ok(vec!["true".into()]),
            (ArgAction::SetTrue, DeValue::Boolean(false)) => Ok(Vec::new()),
            (ArgAction::SetTrue, other) => Err(self.wrong_type(value.span(), key, "true or false", other)),
            (ArgAction::Append, DeValue::Array(items)) => items.iter().map(|item| self.value(arg, key, item)).collect(),
            _ => Ok(vec![self.value(arg, key, value)?]),
        }
    }

    fn value(&self, arg: &Arg, key: &str, value: &Spanned<DeValue<'_>>) -> Result<OsString, CliError> {
        let kind = arg.get_value_parser().type_id();
        let is = |type_id| kind == type_id;
        let is_number = [TypeId::of::<u16>(), TypeId::of::<usize>(), TypeId::of::<f64>()].into_iter().any(is);
        let text = match (is_number, value.get_ref()) {
            (false, DeValue::String(text)) => text.to_string(),
            (true, DeValue::Integer(number)) if number.radix() == 10 => number.as_str().replace('_', ""),
            (true, DeValue::Float(number)) => number.as_str().replace('_', ""),
            (true, other) => return Err(self.wrong_type(value.span(), key, "a decimal number", other)),
            (false, other) => {
                let expected = match arg.get_action() {
                    ArgAction::Append => "a string or an array of strings",
                    _ => "a string",
                };
                return Err(self.wrong_type(value.span(), key, expected, other));
            }
        };
        if is(TypeId::of::<PathBuf>()) {
            return Ok(folder(self.path).join(text).into());
        }
        Ok(match text.split_once('=') {
            Some((format, file)) if is(TypeId::of::<(Format, PathBuf)>()) && !["", "-"].contains(&file) => {
                let file = folder(self.path).join(file);
                format!("{format}={}", file.display()).into()
            }
            _ => text.into(),
        })
    }

    /// Lets clap say what is wrong with the values.
    fn try_out(&self, arg: &Arg, key: &str, values: &[OsString], at: Range<usize>) -> Result<(), CliError> {
        self.parse(flags(arg, values)).map_err(|why| self.mistake(at, format!("`{key}`: {why}")))
    }

    /// Lets clap say which options exclude each other.
    fn try_all(&self, settings: &[Setting]) -> Result<(), CliError> {
        let flags = settings.iter().flat_map(|setting| {
            let arg = self.plain.get_arguments().find(|arg| arg.get_id().as_str() == setting.id);
            arg.into_iter().flat_map(|arg| flags(arg, &setting.values))
        });
        self.parse(flags.collect()).map_err(|why| CliError(format!("{}: {why}", self.path.display())))
    }

    fn parse(&self, flags: Vec<OsString>) -> Result<(), String> {
        let parsed = self.plain.clone().no_binary_name(true).try_get_matches_from(flags);
        parsed.map(drop).map_err(|error| {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            first.trim_start_matches("error: ").to_owned()
        })
    }

    fn wrong_type(&self, at: Range<usize>, key: &str, expected: &str, found: &DeValue<'_>) -> CliError {
        let found = match found {
            DeValue::String(_) => "a string",
            DeValue::Integer(number) if number.radix() != 10 => "a number that is not decimal",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        self.mistake(at, format!("`{key}` is wrong: expected {expected}, found {found}"))
    }

    /// The line itself is not shown, because it may hold a secret.
    fn mistake(&self, at: Range<usize>, what: String) -> CliError {
        let before = self.text.get(..at.start).unwrap_or(self.text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let mark = Mark { line: number(before.matches('\n').count() + 1), column: number(line.chars().count() + 1) };
        let place = Place { file: self.path.display().to_string().into(), line: mark.line, column: mark.column };
        CliError(format!("{place}: {what}"))
    }
}

/// The arguments that give an option these values.
fn flags(arg: &Arg, values: &[OsString]) -> Vec<OsString> {
    let flag = |value: &OsString| match (arg.get_long(), arg.get_action()) {
        (Some(long), ArgAction::SetTrue) => format!("--{long}").into(),
        (Some(long), _) => {
            let mut flag = OsString::from(format!("--{long}="));
            flag.push(value);
            flag
        }
        (None, _) => value.clone(),
    };
    values.iter().map(flag).collect()
}

/// The key of an argument: its long option, or its own name if it has no flag.
fn name(arg: &Arg) -> Option<&str> {
    if arg.is_positional() { Some(arg.get_id().as_str()) } else { arg.get_long() }
}

fn may_be_set(arg: &Arg) -> bool {
    let never = ["config", "no-config", "password", "help"];
    !name(arg).is_none_or(|name| never.contains(&name))
}

fn without_environment(check: &Command) -> Command {
    check.clone().mut_args(|arg| arg.env(Resettable::<OsStr>::Reset))
}
