//! The cases that restart the broker, and the commands of the user's by which that is done.

use std::time::Duration;

use super::restart::Restart;
use crate::{
    packet::Value,
    runner::{Capabilities, restarting::Restarting},
    vector::script::{Outage, Script},
};

/// How the broker is restarted.
#[derive(Debug, Clone)]
pub(super) struct Outages {
    restart: Option<Restart>,
    kill: Option<Restart>,
    /// Whether the broker is meant to keep its state meanwhile.
    persistent: bool,
    /// How long the broker may take to stop after its command has returned, and then to start.
    limit: Duration,
}

impl Outages {
    pub(super) fn new(restarting: &Restarting) -> Self {
        let Restarting { restart_command, kill_command, persistent } = restarting;
        Self {
            restart: restart_command.clone().map(Restart::new),
            kill: kill_command.clone().map(Restart::new),
            persistent: *persistent,
            limit: LIMIT,
        }
    }

    /// How long the broker may take to stop after its command has returned, and then to start.
    pub(super) const fn limit(&self) -> Duration {
        self.limit
    }

    /// The command for a broker that is gone, or serves only some clients.
    pub(super) fn recovery(&self) -> Option<&Restart> {
        self.restart.as_ref().or(self.kill.as_ref())
    }

    /// Whether there is such a command.
    pub(super) fn can_recover(&self) -> bool {
        self.recovery().is_some()
    }

    /// The command for a step of a case.
    pub(super) fn command(&self, outage: Outage) -> Option<&Restart> {
        match outage {
            Outage::Restart => self.restart.as_ref(),
            Outage::Kill => self.kill.as_ref(),
        }
    }

    /// Sets the capability `restart`. A broker that keeps everything in memory is not at fault if it forgets, so that
    /// commands alone are not enough.
    pub(super) fn learn(&self, capabilities: &mut Capabilities) {
        let evidence = match (self.can_recover(), self.persistent) {
            (true, true) => "--persistent, and a command that restarts the broker",
            (true, false) => "without --persistent the broker may forget everything when it is restarted",
            (false, _) => "there is neither --restart-command nor --kill-command",
        };
        capabilities.learn("restart", Value::Bool(self.can_recover() && self.persistent), evidence);
    }

    /// Why a case cannot be played, although the broker can be restarted; `None` if it can.
    pub(super) fn why_not(&self, script: &Script) -> Option<String> {
        let missing = script.outages().into_iter().find(|outage| self.command(*outage).is_none())?;
        Some(match missing {
            Outage::Restart => "the case asks the broker to stop, and there is no --restart-command".to_owned(),
            Outage::Kill => "the case kills the broker, and there is no --kill-command".to_owned(),
        })
    }
}

impl Default for Outages {
    fn default() -> Self {
        Self::new(&Restarting::default())
    }
}

/// A broker with much data may need some time.
const LIMIT: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use mqttspec_broker::{core::Config, shell::Embedded};
    use mqttspec_codec::Version;

    use super::*;
    use crate::{
        runner::{Login, network::bystander::Bystander},
        transport::Dial,
    };

    /// What a case is told after that shell command, on a broker that goes on as if nothing had happened.
    async fn told(command: &str) -> String {
        let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
        let dial = Dial::new(broker.urls()[0].to_string().parse().unwrap());
        let restarting = Restarting { restart_command: Some(command.to_owned()), ..Restarting::default() };
        let outages = Outages { limit: Duration::from_millis(300), ..Outages::new(&restarting) };
        let (login, patience) = (Login::default(), Duration::from_secs(5));
        let bystander = Bystander::new(dial, Version::V5, login, "watch".to_owned(), patience).restarting(outages);
        assert!(bystander.is_ready().await);
        let told = bystander.outage(Outage::Restart).await.unwrap_err();
        assert!(bystander.outage(Outage::Kill).await.is_err(), "there is no command that kills");
        assert_eq!(bystander.times_lost(), 0, "nothing is to be blamed on a case");
        told
    }

    /// A command of `sh` and of `cmd`.
    const NOTHING: &str = "exit 0";

    #[tokio::test]
    async fn a_command_that_does_not_stop_the_broker_is_noticed() {
        let told = told(NOTHING).await;
        assert!(told.contains("`exit 0` returned, but 300ms later the broker still serves a client"), "{told}");
    }

    #[tokio::test]
    async fn a_command_that_fails_is_named() {
        let told = told("exit 3").await;
        assert!(told.contains("`exit 3` failed") && told.contains('3'), "{told}");
    }

    #[test]
    fn only_a_broker_that_keeps_its_state_is_restarted() {
        let learned = |restart: bool, persistent| {
            let restart_command = restart.then(|| "true".to_owned());
            let mut capabilities = Capabilities::default();
            Outages::new(&Restarting { restart_command, kill_command: None, persistent }).learn(&mut capabilities);
            (capabilities.value("restart").cloned(), capabilities.evidence("restart").to_owned())
        };
        assert_eq!(learned(true, true).0, Some(Value::Bool(true)));
        let (value, evidence) = learned(true, false);
        assert!(value == Some(Value::Bool(false)) && evidence.contains("--persistent"), "{evidence}");
        let (value, evidence) = learned(false, true);
        assert!(value == Some(Value::Bool(false)) && evidence.contains("--restart-command"), "{evidence}");
    }
}
