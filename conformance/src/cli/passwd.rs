//! `mqttspec broker passwd`

use std::{io, path::PathBuf, process::ExitCode};

use clap::Args;
use mqttspec_broker::users::passwd::{self, Change};

use super::CliError;
use crate::text::Text;

#[derive(Debug, Args)]
pub(super) struct Passwd {
    /// The users file; it is created if it does not exist
    file: PathBuf,
    /// The user name
    user: String,
    /// Read the password from the first line of standard input instead of prompting for it
    #[arg(long)]
    stdin: bool,
    /// Remove the user
    #[arg(long, conflicts_with = "stdin")]
    delete: bool,
}

impl Passwd {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let Self { file, user, .. } = self;
        // what is typed or scripted may come from anywhere
        let (place, shown) = (Text::from(file.display().to_string()), Text::from(user.as_str()));
        if self.delete {
            passwd::remove(file, user).map_err(CliError::new)?;
            println!("removed {shown} from {place}");
            return Ok(ExitCode::SUCCESS);
        }
        let password = if self.stdin { first_line()? } else { ask(&shown)? };
        match passwd::set(file, user, &password).map_err(CliError::new)? {
            Change::Added => {
                println!("added {shown} to {place}; add `publish` and `subscribe` filters there to grant permissions");
            }
            Change::Replaced => println!("changed the password of {shown} in {place}"),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn first_line() -> Result<String, CliError> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| CliError(format!("cannot read the password: {error}")))?;
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Prompts for the password twice, because the input is not shown.
fn ask(user: &Text) -> Result<String, CliError> {
    let ask = |prompt: String| {
        let asked = rpassword::prompt_password(prompt);
        asked.map_err(|error| {
            CliError(format!("cannot prompt for the password: {error}; use --stdin to read it from a pipe"))
        })
    };
    let password = ask(format!("password of {user}: "))?;
    match ask("repeat the password: ".to_owned())? == password {
        true => Ok(password),
        false => Err(CliError("the passwords differ; nothing was changed".to_owned())),
    }
}
