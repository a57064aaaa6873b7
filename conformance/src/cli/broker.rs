//! `mqttspec broker`

use std::process::ExitCode;

use clap::Args;
use mqttspec_broker::{
    core::Config,
    shell::{Listen, serve},
};

use super::Trouble;

#[derive(Debug, Args)]
pub(super) struct BrokerCommand {
    /// Where to listen (repeatable); port 0 takes a free one
    #[arg(long, value_name = "URL", default_values = ["ws://127.0.0.1:8083/mqtt", "mqtt://127.0.0.1:1883"])]
    listen: Vec<Listen>,
}

impl BrokerCommand {
    pub(super) fn run(&self) -> Result<ExitCode, Trouble> {
        serve(Config::default(), &self.listen, |url| println!("listening on {url}")).map_err(Trouble::new)?;
        Ok(ExitCode::SUCCESS)
    }
}
