//! The log of a connection, under one span: opened, connected or refused, closed; and its packets, if they are enabled.
//! What was refused is a warning, and outside of the span, which is not there when only warnings are enabled.
//!
//! Nothing secret is logged: the core's [`ConnectionStats`] contains no secrets, and [`DescribePacket`] must leave them
//! out.

use super::{listen::Listen, outgoing::Ending};
use crate::core::{ConnectionStats, Notice, Refusal, Refused};
use mqttspec_codec::{Splitter, Version};
use std::{cell::Cell, fmt};
use tracing::{Level, Span, debug, enabled, field, info, info_span, warn};

/// Describes a whole Control Packet in one line. The version is that of the connection; before CONNECT, which names its
/// own, it can be any. The description must not contain passwords or Authentication Data.
pub type DescribePacket = fn(packet: &[u8], version: Version) -> String;

/// The log of one connection.
#[derive(Debug)]
pub(super) struct Log {
    span: Span,
    /// The latest stats from the core, which forgets a connection that it ends before the log does.
    stats: ConnectionStats,
    /// The reason for refusing the connection was logged.
    is_refused: Cell<bool>,
    bytes_received: u64,
    bytes_sent: u64,
    packets: Option<Box<Packets>>,
}

impl Log {
    pub(super) fn new(listen: &Listen, peer: &str, describe: Option<DescribePacket>) -> Self {
        let span = info_span!(
            "connection",
            peer,
            transport = listen.scheme(),
            version = field::Empty,
            client_id = field::Empty
        );
        let describe = describe.filter(|_| enabled!(target: PACKETS, Level::DEBUG));
        let packets = describe.map(|describe| Box::new(Packets::new(describe)));
        let is_refused = Cell::new(false);
        Self { span, stats: ConnectionStats::default(), is_refused, bytes_received: 0, bytes_sent: 0, packets }
    }

    /// The core has been told of the connection.
    pub(super) fn opened(&self) {
        debug!(parent: &self.span, "opened");
    }

    /// The handshake failed. Only the first reason is logged.
    pub(super) fn refused(&self, why: impl fmt::Display) {
        if !self.is_refused.replace(true) {
            info!(parent: &self.span, "refused: {why}");
        }
    }

    /// Before the core gets it.
    pub(super) fn received(&mut self, bytes: &[u8]) {
        self.bytes_received = self.bytes_received.saturating_add(bytes.len() as u64);
        if let Some(packets) = &mut self.packets {
            packets.received(&self.span, bytes);
        }
    }

    /// After the core has let it go.
    pub(super) fn sent(&mut self, bytes: &[u8]) {
        self.bytes_sent = self.bytes_sent.saturating_add(bytes.len() as u64);
        if let Some(packets) = &mut self.packets {
            packets.sent(&self.span, bytes);
        }
    }

    /// Takes the stats from the core, if logging is enabled.
    pub(super) fn look(&mut self, stats: impl FnOnce() -> Option<ConnectionStats>) {
        if self.span.is_disabled() && self.packets.is_none() {
            return;
        }
        let Some(stats) = stats() else { return };
        if let (None, Some(version)) = (self.stats.version, stats.version) {
            self.span.record("version", field::display(version));
            if let Some(packets) = &mut self.packets {
                packets.version = version;
            }
        }
        if let (None, Some(client_id)) = (&self.stats.client_id, &stats.client_id) {
            self.span.record("client_id", &**client_id);
            info!(parent: &self.span, "connected");
        }
        self.stats = stats;
    }

    pub(super) fn closed(&self, why: Ending) {
        let ConnectionStats { reason, packets_received, packets_sent, .. } = &self.stats;
        info!(
            parent: &self.span,
            reason = reason.map(field::display),
            packets_received,
            packets_sent,
            bytes_received = self.bytes_received,
            bytes_sent = self.bytes_sent,
            "closed: {why}"
        );
    }
}

/// What the core did not let a Client do: who, what and why.
pub(super) fn notice(notice: &Notice) {
    let Refusal { peer, user_name, client_id, what, reason_code, reason } = match notice {
        Notice::Refusal(refusal) => refusal,
        Notice::LeftOut(count) => {
            warn!("refused {count} times more in the last 10 seconds, which is not logged one by one");
            return;
        }
    };
    let (packet, topic, filter) = match what {
        Refused::Login => ("CONNECT", None, None),
        Refused::Publish(topic) => ("PUBLISH", Some(&**topic), None),
        Refused::Subscribe(filter) => ("SUBSCRIBE", None, Some(&**filter)),
    };
    let [user_name, client_id, reason] = [user_name, client_id, reason].map(Option::as_deref);
    warn!(peer, user_name, client_id, topic, filter, reason, "refused {packet}: {reason_code}");
}

/// Finds whole packets in the bytes of both directions.
#[derive(Debug)]
struct Packets {
    describe: DescribePacket,
    version: Version,
    incoming: Splitter<Vec<u8>>,
    outgoing: Splitter<Vec<u8>>,
}

impl Packets {
    fn new(describe: DescribePacket) -> Self {
        let [incoming, outgoing] = [(), ()].map(|()| Splitter::new(Vec::new(), u32::MAX));
        Self { describe, version: Version::V5, incoming, outgoing }
    }

    fn received(&mut self, span: &Span, mut bytes: &[u8]) {
        // After bytes that are not a packet the core reads no more either.
        while let Ok(Some(packet)) = self.incoming.next(&mut bytes) {
            debug!(target: PACKETS, parent: span, "received {}", (self.describe)(packet, self.version));
        }
    }

    fn sent(&mut self, span: &Span, mut bytes: &[u8]) {
        while let Ok(Some(packet)) = self.outgoing.next(&mut bytes) {
            debug!(target: PACKETS, parent: span, "sent {}", (self.describe)(packet, self.version));
        }
    }
}

/// The target under which packets are logged.
const PACKETS: &str = "mqttspec::packets";
