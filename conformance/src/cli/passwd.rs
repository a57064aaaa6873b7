//! `mqttspec broker passwd`

use std::{io, path::PathBuf, process::ExitCode};

use clap::Args;
use mqttspec_broker::users::passwd::{self, Change};

use super::CliError;

#[derive(Debug, Args)]
pub(super) struct Passwd {
    /// The file of users; it is made if there is none
    file: PathBuf,
    /// The User Name
    user: String,
    /// Take the password from the first line of standard input instead of asking for it
    #[arg(long)]
    stdin: bool,
    /// Remove the user
    #[arg(long, conflicts_with = "stdin")]
    delete: bool,
}

impl Passwd {
    pub(super) fn run(&self) -> Result<ExitCode, CliError> {
        let Self { file, user, .. } = self;
        let place = file.display();
        if self.delete {
            passwd::remove(file, user).map_err(CliError::new)?;
            println!("removed {user} from {place}");
            return Ok(ExitCode::SUCCESS);
        }
        let password = if self.stdin { first_line()? } else { ask(user)? };
        match passwd::set(file, user, &password).map_err(CliError::new)? {
            Change::Added => {
                println!("added {user} to {place}, who may do nothing until publish and subscribe there say what");
            }
            Change::Replaced => println!("changed the password of {user} in {place}"),
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

/// Twice, for nobody sees what is typed.
fn ask(user: &str) -> Result<String, CliError> {
    let ask = |prompt: String| {
        let asked = rpassword::prompt_password(prompt);
        asked.map_err(|error| CliError(format!("cannot ask for the password: {error}; --stdin reads it from a pipe")))
    };
    let password = ask(format!("password of {user}: "))?;
    match ask("the same again: ".to_owned())? == password {
        true => Ok(password),
        false => Err(CliError("the two passwords differ; nothing was changed".to_owned())),
    }
}
