//! `mqttspec broker`

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Args;
use mqttspec_broker::{
    settings::Settings,
    shell::{Listen, serve},
};

use super::Trouble;

#[derive(Debug, Args)]
pub(super) struct BrokerCommand {
    /// Take settings from this TOML file; flags go before it
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Set one key of the settings: limits.sessions=1000 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where to listen (repeatable); port 0 takes a free one [default: ws://127.0.0.1:8083/mqtt mqtt://127.0.0.1:1883]
    #[arg(long, value_name = "URL")]
    listen: Vec<Listen>,
    /// Print all settings as they would hold, as a settings file, and do not run
    #[arg(long)]
    print_settings: bool,
}

impl BrokerCommand {
    pub(super) fn run(self) -> Result<ExitCode, Trouble> {
        let settings = self.settings()?;
        if self.print_settings {
            print!("{}", settings.to_toml());
            return Ok(ExitCode::SUCCESS);
        }
        let server = settings.bind().map_err(Trouble::new)?;
        serve(server, |url| println!("listening on {url}")).map_err(Trouble::new)?;
        Ok(ExitCode::SUCCESS)
    }

    /// The defaults, then the file, then the flags.
    fn settings(&self) -> Result<Settings, Trouble> {
        let mut settings = Settings::default();
        if let Some(path) = &self.settings {
            let file = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| Trouble(format!("cannot read {file}: {error}")))?;
            settings.read(&file, &text).map_err(Trouble::new)?;
        }
        for assignment in &self.set {
            settings.set(assignment).map_err(Trouble::new)?;
        }
        if !self.listen.is_empty() {
            settings.listen.clone_from(&self.listen);
        }
        Ok(settings)
    }
}
