//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use serde::Serialize;

use crate::{chat::Pace, network::Network, transport::Transport};

/// Measures short polling, long polling, Server-Sent Events, WebSocket and MQTT over WebSocket with the same chat. Prints a
/// table; everything stays on loopback.
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
    /// Fail with exit code 1 unless everything holds that is certain on any machine: what is not lost, what is not doubled,
    /// and that short polling needs the most when nobody speaks.
    #[arg(long)]
    pub(crate) check: bool,
    /// Write the results as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write a plot.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one of the servers until standard input ends, and print its URL. The measurement starts servers so.
    Serve {
        transport: Transport,
        /// The longest silence on a connection.
        #[arg(long, value_parser = humantime::parse_duration, default_value = "25s")]
        quiet: Duration,
        /// What an EventSource waits before it connects again.
        #[arg(long, value_parser = humantime::parse_duration, default_value = "1s")]
        retry: Duration,
    },
}

/// What is measured.
#[derive(Debug, Clone, Copy, Args, Serialize)]
pub(crate) struct Options {
    /// The delay of the network in each direction.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "20ms")]
    delay: Duration,
    /// The share of TCP segments that are lost and sent again, as `1%` or `0.01`.
    #[arg(long, value_parser = share, default_value = "2%")]
    loss: f64,
    /// How often short polling asks.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "1s")]
    poll: Duration,
    /// The longest silence: a long poll is held, and heartbeats are due, after this time.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "25s")]
    quiet: Duration,
    /// How long every connection is broken.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "2s")]
    interruption: Duration,
    /// Users of the server whose processor time is measured; the default is 1000, with --quick 200.
    #[arg(long, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    users: Option<u32>,
    /// How often everything is measured; the default is 3, with --quick 1.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// Decides who says what, which segments are lost, and how long clients wait before they connect again.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Shorter periods.
    #[arg(long)]
    quick: bool,
}

/// How long the parts of the scenarios take, in real time except for the heartbeats.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) load: Duration,
    /// Heartbeats of a connection while nobody says anything.
    pub(crate) heartbeats: u32,
    pub(crate) crowd: Duration,
    /// The break: before and after it.
    pub(crate) before: Duration,
    pub(crate) after: Duration,
    pub(crate) buffering: Duration,
    pub(crate) cutting: Duration,
}

impl Options {
    pub(crate) fn network(self) -> Network {
        Network { delay: self.delay, loss: self.loss, buffers: false, cuts_after: None }
    }

    pub(crate) fn pace(self) -> Pace {
        Pace { poll: self.poll, quiet: self.quiet, retry: Duration::from_secs(1) }
    }

    pub(crate) fn interruption(self) -> Duration {
        self.interruption
    }

    pub(crate) fn users(self) -> usize {
        self.users.unwrap_or(if self.quick { 200 } else { 1000 }) as usize
    }

    pub(crate) fn rounds(self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 })
    }

    pub(crate) fn seed(self) -> u64 {
        self.seed
    }

    pub(crate) fn times(self) -> Times {
        let time = |quick: u64, full: u64| Duration::from_millis(if self.quick { quick } else { full });
        Times {
            load: time(1500, 5000),
            heartbeats: if self.quick { 2 } else { 6 },
            crowd: time(500, 3000),
            before: time(500, 1500),
            after: time(2500, 4000),
            buffering: time(1500, 3000),
            cutting: time(3000, 8000),
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.parse::<f64>().map_err(|error| format!("expected a share as 1% or 0.01: {error}"))? / unit;
    if (0.0..1.0).contains(&share) { Ok(share) } else { Err("expected a share from 0% to less than 100%".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_in_two_ways() {
        assert_eq!(share("1%"), share("0.01"));
        assert!(share("100%").is_err());
        assert!(share("often").is_err());
    }
}
