//! [`Connection`]: the state of a Network Connection.

use std::{collections::VecDeque, mem, num::NonZeroU32};

use mqttspec_codec::{FrameBuffer, Splitter};

use super::{
    account::Ranking,
    connection_stats::ConnectionStats,
    counters::{Counters, add},
    event::{ConnectionId, Peer, Release},
    filters::Filters,
    link::Link,
    login::Login,
    size,
    timestamp::Timestamp,
};

/// A Network Connection.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) peer: Peer,
    pub(super) stats: ConnectionStats,
    /// Taken out while its packets are handled.
    pub(super) input: Option<Splitter<Buffer>>,
    pub(super) output: Vec<u8>,
    pub(super) release: Release,
    pub(super) ready: bool,
    /// Nothing more is read or written. The shell closes the connection once it has taken the output.
    pub(super) closing: bool,
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
    /// Output that the shell has taken and not reported as written, in bytes.
    pub(super) taken: usize,
    /// Input that the shell has and cannot hand over yet, in bytes.
    pub(super) unfinished: usize,
    /// Output and input as they were counted last.
    pub(super) counted: [usize; 2],
    /// See [`Connections::cut`].
    pub(super) cut: bool,
}

impl Connection {
    pub(super) fn new(peer: Peer, maximum_packet_size: NonZeroU32, now: Timestamp) -> Self {
        Self {
            peer,
            stats: ConnectionStats::default(),
            input: Some(Splitter::new(Buffer::default(), maximum_packet_size.get())),
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
            taken: 0,
            unfinished: 0,
            counted: [0; 2],
            cut: false,
        }
    }

    /// Whether it has no more than `most` bytes of a packet, or is past CONNACK.
    pub(super) fn may_have(&self, most: usize) -> bool {
        self.link.is_some() || self.unfinished() <= most
    }

    /// Bytes of input that are not whole packets.
    pub(super) fn unfinished(&self) -> usize {
        let buffered = self.input.as_ref().map_or(0, Splitter::buffered_len);
        buffered.saturating_add(self.unfinished)
    }

    pub(super) fn alias_bytes(&self) -> usize {
        self.link.as_ref().map_or(0, |link| link.alias_bytes)
    }

    pub(super) fn count_output(&mut self, id: ConnectionId, all: &mut Ranking<ConnectionId>) {
        let [output, _] = &mut self.counted;
        let now = size::buffer(self.output.capacity()).saturating_add(self.taken);
        if *output != now {
            all.change(id, mem::replace(output, now), now);
        }
    }

    pub(super) fn count_input(&mut self, id: ConnectionId, all: &mut Ranking<ConnectionId>) {
        let paused = self.paused.as_ref().map_or(0, Vec::capacity);
        let login = self.login.as_ref().map_or(paused, |login| login.len().saturating_add(paused));
        let aliases = self.alias_bytes();
        // a buffer that grows has room for more
        let unfinished = size::buffer(self.unfinished()).saturating_mul(3) / 2;
        let now = unfinished.saturating_add(login).saturating_add(aliases);
        let [_, input] = &mut self.counted;
        if *input != now {
            all.change(id, mem::replace(input, now), now);
        }
    }

    /// A packet was added to the output.
    pub(super) fn count_sent(&mut self, counters: &mut Counters) {
        self.stats.count_sent();
        add(&mut counters.packets_sent, 1);
    }

    /// Marks the connection, which has this `id`, as having something for the shell.
    pub(super) fn mark_ready(&mut self, id: ConnectionId, release: Release, ready: &mut VecDeque<ConnectionId>) {
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

/// The beginning of a packet.
#[derive(Default)]
pub(super) struct Buffer(Vec<u8>);

impl FrameBuffer for Buffer {
    fn buffered(&self) -> &[u8] {
        &self.0
    }

    fn reset(&mut self) {
        self.0.clear();
        if self.0.capacity() > size::KEPT {
            self.0 = Vec::new();
        }
    }

    /// Grows with the bytes that arrive, not with the length that a header announces.
    fn store(&mut self, bytes: &[u8], _: usize) -> bool {
        self.0.extend_from_slice(bytes);
        true
    }
}
