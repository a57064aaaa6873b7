//! [`Connection`] and [`Connections`]: the state of Network Connections, above all their output.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    num::NonZeroU32,
};

use mqttspec_codec::{Packet, Splitter, Version, encode_to_vec};

use super::{
    connection_stats::ConnectionStats,
    counters::{Counters, add},
    event::{ConnectionId, Flow, Peer, Release},
    filters::Filters,
    ids::SessionId,
    link::Link,
    login::Login,
    timestamp::Timestamp,
};

/// A Network Connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) stats: ConnectionStats,
    /// Taken out while its packets are handled.
    pub(super) input: Option<Splitter<Vec<u8>>>,
    pub(super) output: Vec<u8>,
    pub(super) release: Release,
    ready: bool,
    /// Nothing more is read or written. The shell closes the connection once it has taken the output.
    closing: bool,
    /// When it was opened; after CONNACK, when its last packet arrived.
    pub(super) seen: Timestamp,
    /// The shell does not read from it, so the Client cannot be blamed for silence.
    pub(super) unread: bool,
    /// Input that waits until what the Client has caused is done, or until the next step.
    pub(super) paused: Option<Vec<u8>>,
    /// The transport is gone, but not all input has been handled.
    pub(super) gone: bool,
    /// Filters of a packet that have not been handled.
    pub(super) filters: Option<Box<Filters>>,
    /// Between CONNECT and CONNACK.
    pub(super) login: Option<Login>,
    /// From CONNACK on.
    pub(super) link: Option<Link>,
}

impl Connection {
    fn new(peer: Peer, maximum_packet_size: NonZeroU32, now: Timestamp) -> Self {
        Self {
            peer,
            stats: ConnectionStats::default(),
            input: Some(Splitter::new(Vec::new(), maximum_packet_size.get())),
            output: Vec::new(),
            release: Release::Now,
            ready: false,
            closing: false,
            seen: now,
            unread: false,
            paused: None,
            gone: false,
            filters: None,
            login: None,
            link: None,
        }
    }

    /// A packet was added to the output.
    fn count_sent(&mut self, counters: &mut Counters) {
        self.stats.count_sent();
        add(&mut counters.packets_sent, 1);
    }

    /// Marks the connection, which has this `id`, as having something for the shell.
    fn mark_ready(&mut self, id: ConnectionId, release: Release, ready: &mut VecDeque<ConnectionId>) {
        self.release = self.release.max(release);
        if !mem::replace(&mut self.ready, true) {
            ready.push_back(id);
        }
    }

    /// Its password is being checked, or its input waits.
    pub(super) fn is_held(&self) -> bool {
        self.paused.is_some() || self.login.as_ref().is_some_and(|login| login.is_held())
    }

    /// The buffer for input that arrives meanwhile.
    pub(super) fn held(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.paused {
            Some(paused) => Some(paused),
            None => self.login.as_mut()?.held(),
        }
    }

    /// When Keep Alive expires; `None` without a Keep Alive.
    pub(super) fn keep_alive_ends(&self) -> Option<Timestamp> {
        let keep_alive = u64::from(self.link.as_ref()?.keep_alive);
        // v5 section 3.1.2.10, v3.1.1 section 3.1.2.10: 0 turns it off
        (keep_alive > 0).then(|| self.seen.after_millis(keep_alive.saturating_mul(1500)))
    }
}

/// All connections, and the queue of those that have something for the shell.
#[derive(Debug, Default)]
pub(super) struct Connections {
    by_id: BTreeMap<ConnectionId, Connection>,
    ready: VecDeque<ConnectionId>,
    pub(super) counters: Counters,
}

impl Connections {
    pub(super) fn open(&mut self, id: ConnectionId, peer: Peer, maximum_packet_size: NonZeroU32, now: Timestamp) {
        self.by_id.insert(id, Connection::new(peer, maximum_packet_size, now));
    }

    /// Forgets a connection.
    pub(super) fn remove(&mut self, id: ConnectionId) {
        self.by_id.remove(&id);
    }

    /// A connection, even if it is closing.
    pub(super) fn any(&self, id: ConnectionId) -> Option<&Connection> {
        self.by_id.get(&id)
    }

    pub(super) fn any_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id)
    }

    /// Lets the shell read from the connection again.
    pub(super) fn read_on(&mut self, id: ConnectionId) {
        if let Some(connection) = self.by_id.get_mut(&id) {
            connection.mark_ready(id, Release::Now, &mut self.ready);
        }
    }

    /// The ids of all connections, in order.
    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        self.by_id.keys().copied().collect()
    }

    /// A connection that is not closing.
    pub(super) fn live(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        live(&mut self.by_id, id)
    }

    /// The link of a connection that is not closing.
    pub(super) fn link(&mut self, id: ConnectionId) -> Option<&mut Link> {
        self.live(id)?.link.as_mut()
    }

    /// Sends a packet. Returns false and sends nothing if the packet is too large for the Client.
    pub(super) fn send(&mut self, to: ConnectionId, packet: &Packet<'_>, release: Release) -> bool {
        let Some(link) = self.link(to) else { return true };
        let (version, maximum) = (link.version, link.maximum_packet_size);
        self.send_as(to, packet, version, maximum, release)
    }

    /// Sends a packet on a connection that has no [`Link`] yet.
    pub(super) fn send_as(
        &mut self,
        to: ConnectionId,
        packet: &Packet<'_>,
        version: Version,
        maximum: u32,
        release: Release,
    ) -> bool {
        let Self { by_id, ready, counters } = self;
        let Some(connection) = live(by_id, to) else { return true };
        let start = connection.output.len();
        // v5 [MQTT-3.1.2-24]
        let sent = encode_to_vec(packet, version, &mut connection.output).is_ok_and(|len| len <= maximum as usize);
        if !sent {
            connection.output.truncate(start);
            return false;
        }
        connection.count_sent(counters);
        connection.mark_ready(to, release, ready);
        true
    }

    /// Counts received bytes on arrival, because some of them are handled later.
    pub(super) fn count_bytes(&mut self, from: ConnectionId, len: usize) {
        if self.by_id.contains_key(&from) {
            add(&mut self.counters.bytes_received, len as u64);
        }
    }

    /// Sends the PUBLISH that `write` appends to the output of a connection that is not closing. Returns false if
    /// nothing was appended.
    pub(super) fn send_message(
        &mut self,
        to: ConnectionId,
        release: Release,
        write: impl FnOnce(&mut Connection) -> bool,
    ) -> bool {
        let Self { by_id, ready, counters } = self;
        let Some(connection) = live(by_id, to) else { return false };
        let sent = write(connection);
        if sent {
            add(&mut counters.messages_sent, 1);
            connection.count_sent(counters);
            connection.mark_ready(to, release, ready);
        }
        sent
    }

    /// Accepts no more input, and no output after what is waiting.
    pub(super) fn close(&mut self, id: ConnectionId) {
        let Some(connection) = live(&mut self.by_id, id) else { return };
        connection.closing = true;
        connection.login = None;
        connection.link = None;
        connection.input = None;
        connection.filters = None;
        connection.mark_ready(id, Release::Now, &mut self.ready);
    }

    /// The next connection that has something for the shell, first come, first served.
    pub(super) fn poll_ready(&mut self) -> Option<ConnectionId> {
        loop {
            let id = self.ready.pop_front()?;
            if let Some(connection) = self.by_id.get_mut(&id)
                && mem::replace(&mut connection.ready, false)
                && !connection.gone
            {
                return Some(id);
            }
        }
    }

    /// Swaps the waiting output into `into`. Forgets a connection that is closed after it. Returns the Session whose
    /// queue waited for this.
    pub(super) fn transmit(&mut self, id: ConnectionId, into: &mut Vec<u8>) -> (Flow, Release, Option<SessionId>) {
        let Some(connection) = self.by_id.get_mut(&id) else { return (Flow::Last, Release::Now, None) };
        if into.capacity() > KEPT {
            *into = Vec::new();
        }
        mem::swap(&mut connection.output, into);
        add(&mut self.counters.bytes_sent, into.len() as u64);
        let release = mem::replace(&mut connection.release, Release::Now);
        if connection.closing {
            self.remove(id);
            return (Flow::Last, release, None);
        }
        let link = connection.link.as_mut().filter(|link| link.waits_for_output);
        let waits = link.map(|link| {
            link.waits_for_output = false;
            link.session
        });
        (Flow::Open, release, waits)
    }

    pub(super) fn backlog(&self, id: ConnectionId) -> usize {
        self.by_id.get(&id).map_or(0, |connection| connection.output.len())
    }
}

/// Borrows only one field of [`Connections`].
fn live(by_id: &mut BTreeMap<ConnectionId, Connection>, id: ConnectionId) -> Option<&mut Connection> {
    by_id.get_mut(&id).filter(|connection| !connection.closing)
}

/// Larger buffers are freed once they are empty.
const KEPT: usize = 16 * 1024;
