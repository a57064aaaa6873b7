//! Plays a case step by step: stops before each step, and keeps connections alive meanwhile.

use std::{collections::BTreeMap, time::Duration};

use mqttspec_codec::Packet;

use super::{Command, ConnectionNumber, Upcoming, Verdict, state::Case};
use crate::vector::script::{Action, Name, Step};

/// Whether the case stops before each step, and where it is.
#[derive(Debug, Default)]
pub(crate) struct Stepwise {
    is_on: bool,
    at: At,
    /// When each connection was last pinged since the case stopped.
    pinged: BTreeMap<ConnectionNumber, Duration>,
    /// A client whose Keep Alive passed while the case stood still, and its seconds.
    outlasted: Option<(Name, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    /// Before a step that nobody has been told of.
    #[default]
    Untold,
    /// Before a step, waiting.
    Stopped,
    /// The next step may begin.
    MayGoOn,
}

impl Stepwise {
    pub(crate) fn on() -> Self {
        Self { is_on: true, ..Self::default() }
    }

    /// Whether this step must wait, and what to tell the player.
    pub(crate) fn before(&mut self, step: &Step, case: &Case) -> (bool, Option<Command>) {
        // steps in one have their own turns
        if !self.is_on || matches!(step.action, Action::Steps(_)) {
            return (false, None);
        }
        match self.at {
            At::Untold => {
                self.at = At::Stopped;
                (true, Some(Command::Step(upcoming(step, case))))
            }
            At::Stopped => (true, None),
            At::MayGoOn => {
                self.at = At::Untold;
                (false, None)
            }
        }
    }

    pub(crate) fn go_on(&mut self) {
        if self.at == At::Stopped {
            self.at = At::MayGoOn;
            self.pinged.clear();
        }
    }

    /// The clients that need a ping when the case has stopped for that long.
    pub(crate) fn due(&mut self, case: &Case, stood: Duration) -> Vec<Name> {
        if self.at != At::Stopped {
            return Vec::new();
        }
        let outlasted = keep_alives_of_steps(case).find(|(who, seconds)| {
            let last = case.connections.get(who).map_or(Duration::ZERO, |connection| connection.last_sent);
            case.now.saturating_sub(last).saturating_add(stood) >= Duration::from_secs(*seconds)
        });
        self.outlasted = self.outlasted.take().or(outlasted);
        let mut due = Vec::new();
        for (who, connection) in &case.connections {
            let Some(at) = connection.ping_due() else { continue };
            // twice as often as usual, because afterwards it is unknown when the last ping was sent
            let pause = at.saturating_sub(connection.last_sent) / 2;
            let silent = match self.pinged.get(&connection.number) {
                Some(pinged) => stood.saturating_sub(*pinged),
                None => case.now.saturating_sub(connection.last_sent).saturating_add(stood),
            };
            if silent >= pause {
                self.pinged.insert(connection.number, stood);
                due.push(Name::clone(who));
            }
        }
        due
    }
}

impl Stepwise {
    /// The verdict, unless a failure may be due to the time that the case stood still.
    pub(crate) fn fair(&self, verdict: Verdict) -> Verdict {
        match (&self.outlasted, verdict) {
            (Some((who, seconds)), Verdict::Fail(failure)) => Verdict::Error(
                format!(
                    "the Keep Alive of {who}, {seconds} s, passed while the case stood still, so it cannot be judged: {}",
                    failure.what
                )
                .into(),
            ),
            (_, verdict) => verdict,
        }
    }
}

impl Case {
    /// Sends a ping that is neither recorded nor shown.
    pub(crate) fn ping_unrecorded(&mut self, who: &Name) {
        self.transcript.pause(true);
        let number = self.ping(who);
        self.transcript.pause(false);
        self.unrecorded.insert(number);
    }

    /// Whether a packet answers a ping that was not recorded.
    pub(crate) fn answers_unrecorded(&self, who: &str, packet: &Packet<'_>) -> bool {
        let Some(connection) = self.connections.get(who) else { return false };
        let number = match packet {
            Packet::Pingresp(_) => connection.pings.front().copied().flatten(),
            Packet::Unsuback(unsuback) => connection.unsubscribes.get(&unsuback.packet_id.number()).copied(),
            _ => None,
        };
        number.is_some_and(|number| self.unrecorded.contains(&number))
    }
}

fn upcoming(step: &Step, case: &Case) -> Upcoming {
    Upcoming { place: step.place.clone(), text: step.text.clone(), keep_alives: keep_alives_of_steps(case).collect() }
}

fn keep_alives_of_steps(case: &Case) -> impl Iterator<Item = (Name, u64)> {
    let open = case.connections.iter().filter(|(_, connection)| connection.is_open());
    open.filter_map(|(who, connection)| Some((Name::clone(who), connection.keep_alive_of_steps()?)))
}
