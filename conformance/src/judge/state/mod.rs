//! The state of a case, apart from its steps.

pub(crate) mod connection;
pub(crate) mod recording;
pub(crate) mod session;
pub(crate) mod traffic;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use mqttspec_codec::Version;

use self::{connection::Connection, recording::Recording, session::Session, traffic::Traffic};
use crate::{
    judge::{
        Command, ConnectionNumber, Direction, FenceBy, Leftovers, Setup, Stray, TranscriptEntry,
        accusation::cause::Illegal, arrival::no_prefix::MentionedTopics, blocks::walk, ending::LeftoverTracker,
        expect::names::Names,
    },
    scram::Scram,
    text::Text,
    vector::{
        Citation,
        script::{Client, Expectation, Framing, Name, Script, Step},
    },
};

/// The state of a case, apart from its steps.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) setup: Setup,
    pub(crate) version: Version,
    /// The statements that the case is about.
    pub(crate) cites: Vec<Citation>,
    /// Those that single expectations cite.
    pub(crate) cited_elsewhere: Vec<Citation>,
    /// Whether expectations follow after the current step.
    pub(crate) goes_on: bool,
    pub(crate) framing: Framing,
    pub(crate) clients: BTreeMap<Name, Client>,
    /// The topics that the case mentions, if it has `no_prefix`.
    pub(crate) mentioned: Option<MentionedTopics>,
    pub(crate) now: Duration,
    pub(crate) last_act: LastAct,
    /// The current or last connection, by client name.
    pub(crate) connections: BTreeMap<Name, Connection>,
    /// By Client Identifier.
    pub(crate) sessions: BTreeMap<String, Session>,
    pub(crate) traffic: Traffic,
    /// The last bytes that the case sent, if they are no legal packet.
    pub(crate) last_illegal: Option<Illegal>,
    pub(crate) names: Names,
    /// The exchange of enhanced authentication, by client name.
    pub(crate) scram: BTreeMap<Name, Scram>,
    /// The permissions of `may` that have not been used.
    pub(crate) permissions: Vec<Expectation>,
    pub(crate) warnings: Vec<Text>,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) transcript: Recording,
    /// How many packets have arrived.
    pub(crate) received: usize,
    pub(crate) left_over: LeftoverTracker,
    /// Messages of other cases.
    pub(crate) strays: Vec<Stray>,
    /// The answer to `PingBystander`.
    pub(crate) bystander: Option<bool>,
    pub(crate) broker_is_back: bool,
    /// The numbers of pings that were sent while time stood still. Neither they nor their answers are recorded, as they
    /// would hide what the case exchanges.
    pub(crate) unrecorded: BTreeSet<u64>,
    numbers: u64,
    packet_ids: u16,
}

/// The time of the last act: a send, a close, or the end of a wait or restart.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LastAct {
    /// The time before it was written, from which `after` counts.
    pub(crate) started: Duration,
    /// The time when it was written, from which `within` counts.
    pub(crate) written: Duration,
    /// Whether it is being written.
    pub(crate) in_progress: bool,
}

impl Case {
    /// The state at the start of a script, and its steps.
    pub(crate) fn new(setup: Setup, script: Script) -> (Self, Vec<Step>) {
        let mut cited_elsewhere = Vec::new();
        walk::steps(&script.steps, &mut |expectation| cited_elsewhere.extend(expectation.cites.clone()));
        let mentioned = script.no_prefix.then(|| MentionedTopics::of(&script.steps));
        let case = Self {
            setup,
            version: script.version,
            cites: script.cites,
            cited_elsewhere,
            goes_on: true,
            framing: script.framing,
            clients: script.clients,
            mentioned,
            now: Duration::ZERO,
            last_act: LastAct::default(),
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            traffic: Traffic::default(),
            last_illegal: None,
            names: Names::default(),
            scram: BTreeMap::new(),
            permissions: Vec::new(),
            warnings: Vec::new(),
            commands: VecDeque::new(),
            transcript: Recording::default(),
            received: 0,
            left_over: LeftoverTracker::default(),
            strays: Vec::new(),
            bystander: None,
            broker_is_back: false,
            unrecorded: BTreeSet::new(),
            numbers: 0,
            packet_ids: FIRST_PACKET_ID,
        };
        (case, script.steps)
    }

    /// A number that is unique within the case.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers = self.numbers.saturating_add(1);
        self.numbers
    }

    /// A Packet Identifier that is not in use on this connection and that vectors do not write.
    pub(crate) fn free_packet_id(&mut self, who: &str) -> u16 {
        loop {
            let id = self.packet_ids;
            self.packet_ids = id.checked_add(1).unwrap_or(FIRST_PACKET_ID);
            let in_use = self.connections.get(who).is_some_and(|connection| {
                connection.in_flight.contains(&id)
                    || connection.outstanding.keys().any(|(_, outstanding)| *outstanding == id)
            });
            if !in_use {
                return id;
            }
        }
    }

    /// Records an act of the case, from which `after` and `within` count.
    pub(crate) fn act(&mut self) {
        self.last_act = LastAct { started: self.now, written: self.now, in_progress: true };
    }

    /// How long to wait for the Server to notice something, or for a packet that no step waits for.
    pub(crate) fn grace(&self) -> Duration {
        let least = if self.setup.fence_by == FenceBy::Time { WITHOUT_ANSWERS } else { LEAST_GRACE };
        least.max(self.setup.round_trip.saturating_mul(4))
    }

    pub(crate) fn add_warning(&mut self, warning: &str) {
        let warning = Text::from(warning);
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    pub(crate) fn record(&mut self, who: &Name, direction: Direction, text: String, bytes: &[u8], automatic: bool) {
        let (who, text, bytes) = (Name::clone(who), text.into(), bytes.to_vec());
        self.transcript.push(TranscriptEntry { at: self.now, who, direction, text, bytes, automatic, raw: false });
    }

    /// Like `record`, for bytes that a step wrote itself.
    pub(crate) fn record_raw(&mut self, who: &Name, text: String, bytes: &[u8]) {
        let (who, direction, text, bytes) = (Name::clone(who), Direction::Sent, text.into(), bytes.to_vec());
        self.transcript.push(TranscriptEntry {
            at: self.now,
            who,
            direction,
            text,
            bytes,
            automatic: false,
            raw: true,
        });
    }

    pub(crate) fn session_of(&mut self, who: &str) -> Option<&mut Session> {
        let identity = self.connections.get(who)?.identity.as_ref()?;
        self.sessions.get_mut(identity)
    }

    /// The client of a current connection. Late observations of older connections belong to no client.
    pub(crate) fn client_of(&self, number: ConnectionNumber) -> Option<Name> {
        let found = self.connections.iter().find(|(_, connection)| connection.number == number);
        found.map(|(who, _)| Name::clone(who))
    }

    pub(crate) fn leftovers(&self) -> Leftovers {
        self.left_over.leftovers()
    }
}

/// The minimum of [`Case::grace`] for a broker that gives no sign of having processed what was sent.
const WITHOUT_ANSWERS: Duration = Duration::from_millis(500);
/// The minimum of [`Case::grace`].
const LEAST_GRACE: Duration = Duration::from_millis(20);
const FIRST_PACKET_ID: u16 = 1001;
