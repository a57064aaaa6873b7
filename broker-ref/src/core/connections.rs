//! [`Connections`]: all Network Connections, above all their output.

use std::{
    collections::{BTreeMap, VecDeque},
    mem,
    num::NonZeroU32,
};

use mqttspec_codec::{Packet, Splitter, Version, encode_to_vec};

use super::{
    account::{Account, Ranking},
    config::Config,
    connection::{Buffer, Connection},
    counters::{Counters, add},
    event::{ConnectionId, Flow, Peer, Release},
    ids::SessionId,
    link::Link,
    size,
    timestamp::Timestamp,
};

/// All connections, and the queue of those that have something for the shell.
#[derive(Debug)]
pub(super) struct Connections {
    by_id: BTreeMap<ConnectionId, Connection>,
    ready: VecDeque<ConnectionId>,
    pub(super) counters: Counters,
    /// What waits to be read by the peers.
    output: Ranking<ConnectionId>,
    /// What peers have sent in part, and Topic Aliases.
    input: Ranking<ConnectionId>,
}

impl Connections {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            by_id: BTreeMap::new(),
            ready: VecDeque::new(),
            counters: Counters::default(),
            output: Ranking::new(config.total_backlog),
            input: Ranking::new(config.total_input),
        }
    }

    /// How much output may wait besides what does.
    pub(super) const fn free_output(&self) -> usize {
        self.output.free()
    }

    /// How much one Topic Alias more may cost: the last part of the room is for what Clients send.
    pub(super) const fn room_for_alias(&self) -> usize {
        self.input.free() / 4
    }

    pub(super) const fn accounts(&self) -> [Account; 2] {
        [self.output.account("limits.total_backlog"), self.input.account("limits.total_input")]
    }

    /// The connection for which most output waits, if all output exceeds its limit.
    pub(super) fn slowest(&self) -> Option<ConnectionId> {
        if self.output.is_over() { self.output.greediest(self.by_id.len()) } else { None }
    }

    /// The connection that holds most input, if all input exceeds its limit.
    pub(super) fn greediest(&self) -> Option<ConnectionId> {
        if self.input.is_over() { self.input.greediest(self.by_id.len()) } else { None }
    }

    /// Discards the output of a connection, also what the shell has taken of it.
    pub(super) fn cut(&mut self, id: ConnectionId) {
        let Some(connection) = self.by_id.get_mut(&id) else { return };
        connection.output = Vec::new();
        connection.taken = 0;
        connection.cut = true;
        connection.count_output(id, &mut self.output);
    }

    pub(super) fn is_cut(&self, id: ConnectionId) -> bool {
        self.by_id.get(&id).is_some_and(|connection| connection.cut)
    }

    /// Counts the input of a connection again.
    pub(super) fn count_input(&mut self, id: ConnectionId) {
        if let Some(connection) = self.by_id.get_mut(&id) {
            connection.count_input(id, &mut self.input);
        }
    }

    /// So many bytes of input are in the hands of the shell. Closes a connection that has more than `most` before CONNACK.
    pub(super) fn set_unfinished(&mut self, id: ConnectionId, bytes: usize, most: usize) {
        let Self { by_id, input: all, .. } = self;
        let Some(connection) = live(by_id, id) else { return };
        connection.unfinished = bytes;
        if connection.may_have(most) { connection.count_input(id, all) } else { self.close(id) }
    }

    /// Packets of a connection have been handled, and this is the beginning of the next. Closes a connection that has more
    /// than `most` of it before CONNACK.
    pub(super) fn put_back(&mut self, id: ConnectionId, input: Splitter<Buffer>, most: usize) {
        let Self { by_id, input: all, .. } = self;
        let Some(connection) = live(by_id, id) else { return };
        connection.input = Some(input);
        if connection.may_have(most) { connection.count_input(id, all) } else { self.close(id) }
    }

    /// What was transmitted last is with the operating system.
    pub(super) fn written(&mut self, id: ConnectionId) {
        if let Some(connection) = self.by_id.get_mut(&id) {
            connection.taken = 0;
            connection.count_output(id, &mut self.output);
        }
    }

    pub(super) fn open(&mut self, id: ConnectionId, peer: Peer, maximum_packet_size: NonZeroU32, now: Timestamp) {
        self.by_id.insert(id, Connection::new(peer, maximum_packet_size, now));
    }

    /// Forgets a connection.
    pub(super) fn remove(&mut self, id: ConnectionId) {
        if let Some(Connection { counted: [output, input], .. }) = self.by_id.remove(&id) {
            self.output.change(id, output, 0);
            self.input.change(id, input, 0);
        }
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
        let Self { by_id, ready, counters, output, .. } = self;
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
        connection.count_output(to, output);
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
        let Self { by_id, ready, counters, output, input } = self;
        let Some(connection) = live(by_id, to) else { return false };
        let aliases = connection.alias_bytes();
        let sent = write(connection);
        if connection.alias_bytes() != aliases {
            connection.count_input(to, input);
        }
        if sent {
            add(&mut counters.messages_sent, 1);
            connection.count_sent(counters);
            connection.mark_ready(to, release, ready);
            connection.count_output(to, output);
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
        connection.unfinished = 0;
        connection.count_input(id, &mut self.input);
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
        if into.capacity() > size::KEPT {
            *into = Vec::new();
        }
        mem::swap(&mut connection.output, into);
        connection.taken = size::buffer(into.capacity());
        connection.count_output(id, &mut self.output);
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
