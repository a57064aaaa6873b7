//! The state of a case, apart from its steps.

pub(crate) mod connection;
pub(crate) mod session;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use self::{connection::Connection, session::Session};
use crate::{
    judge::{
        Command, ConnectionNumber, Direction, Leftovers, Setup, Stray, Transcript, TranscriptEntry,
        arrival::no_prefix::MentionedTopics, ending::LeftoverTracker, expect::names::Names,
    },
    scram::Scram,
    vector::script::{Client, Expectation, Framing, Name},
};

/// The state of a case, apart from its steps.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) setup: Setup,
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
    pub(crate) names: Names,
    /// The exchange of enhanced authentication, by client name.
    pub(crate) scram: BTreeMap<Name, Scram>,
    /// The permissions of `may` that have not been used.
    pub(crate) permissions: Vec<Expectation>,
    pub(crate) warnings: Vec<String>,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) transcript: Transcript,
    pub(crate) left_over: LeftoverTracker,
    /// Messages of other cases.
    pub(crate) strays: Vec<Stray>,
    /// The answer to `PingBystander`.
    pub(crate) bystander: Option<bool>,
    pub(crate) broker_is_back: bool,
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
    pub(crate) fn new(
        setup: Setup,
        framing: Framing,
        clients: BTreeMap<Name, Client>,
        mentioned: Option<MentionedTopics>,
    ) -> Self {
        Self {
            setup,
            framing,
            clients,
            mentioned,
            now: Duration::ZERO,
            last_act: LastAct::default(),
            connections: BTreeMap::new(),
            sessions: BTreeMap::new(),
            names: Names::default(),
            scram: BTreeMap::new(),
            permissions: Vec::new(),
            warnings: Vec::new(),
            commands: VecDeque::new(),
            transcript: Vec::new(),
            left_over: LeftoverTracker::default(),
            strays: Vec::new(),
            bystander: None,
            broker_is_back: false,
            numbers: 0,
            packet_ids: FIRST_PACKET_ID,
        }
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
        LEAST_GRACE.max(self.setup.round_trip.saturating_mul(4))
    }

    pub(crate) fn add_warning(&mut self, warning: &str) {
        if !self.warnings.iter().any(|known| known == warning) {
            self.warnings.push(warning.to_owned());
        }
    }

    pub(crate) fn record(&mut self, who: &Name, direction: Direction, text: String, bytes: &[u8], automatic: bool) {
        let bytes = bytes.to_vec();
        self.transcript.push(TranscriptEntry {
            at: self.now,
            who: Name::clone(who),
            direction,
            text,
            bytes,
            automatic,
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

/// The minimum of [`Case::grace`].
const LEAST_GRACE: Duration = Duration::from_millis(20);
const FIRST_PACKET_ID: u16 = 1001;
