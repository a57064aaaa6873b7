//! [`Line`]: a Network Connection, from what the broker emits to what the Client may read; and the laws of what is
//! emitted, whether it is ever read or not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mqttspec_broker::core::Timestamp;
use mqttspec_codec::{Packet, PacketIdentifier, Publish, Reject, Splitter, Version, decode_frame_with};

use crate::truth::Epoch;

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) client: usize,
    pub(crate) version: Version,
    pub(crate) epoch: Epoch,
    /// What CONNACK has to say.
    pub(crate) session_present: bool,
    /// The step of CONNECT.
    pub(crate) step: usize,
    /// Of the last packet the broker got.
    pub(crate) seen: Timestamp,
    /// Seconds; 0: none.
    pub(crate) keep_alive: u16,
    /// Messages that may be unfinished towards the Client.
    pub(crate) send_maximum: usize,
    unfinished: BTreeSet<PacketIdentifier>,
    greeted: bool,
    parted: bool,
    /// The broker has reason to close it: what comes in is not handled any more.
    pub(crate) dead: bool,
    /// The broker has closed it: what is held and in the wire is all that comes.
    pub(crate) last: bool,
    /// The step that a shell which takes output late waits for.
    pub(crate) waits_for: Option<usize>,
    /// Taken from the core, each piece with the step it waits for.
    pub(crate) held: VecDeque<(usize, Vec<u8>)>,
    /// Released, and not read.
    pub(crate) wire: VecDeque<u8>,
    pub(crate) input: Splitter<Vec<u8>>,
    /// PINGREQs without PINGRESP.
    pub(crate) pings: usize,
    /// Topic Aliases that the broker set.
    pub(crate) aliases: BTreeMap<u16, usize>,
    /// Topic Aliases that the Client set.
    pub(crate) own_aliases: BTreeSet<usize>,
}

impl Line {
    pub(crate) fn new(client: usize, version: Version, now: Timestamp) -> Self {
        Self {
            client,
            version,
            epoch: 0,
            session_present: false,
            step: 0,
            seen: now,
            keep_alive: 0,
            send_maximum: 0,
            unfinished: BTreeSet::new(),
            greeted: false,
            parted: false,
            dead: false,
            last: false,
            waits_for: None,
            held: VecDeque::new(),
            wire: VecDeque::new(),
            input: Splitter::new(Vec::new(), u32::MAX),
            pings: 0,
            aliases: BTreeMap::new(),
            own_aliases: BTreeSet::new(),
        }
    }

    pub(crate) fn keep_alive_ends(&self) -> Option<Timestamp> {
        (self.keep_alive > 0 && !self.dead).then(|| self.seen.after_millis(u64::from(self.keep_alive) * 1500))
    }

    /// The broker has an acknowledgement that ends a delivery.
    pub(crate) fn finished(&mut self, packet_id: PacketIdentifier) {
        self.unfinished.remove(&packet_id);
    }

    /// What the broker puts out is whole packets that every strict receiver takes, CONNACK first, nothing after DISCONNECT; identifiers are unique
    /// among what is unfinished, and Receive Maximum is kept.
    pub(crate) fn emitted(&mut self, bytes: &[u8], check: impl Fn(&Publish<'_>)) {
        let mut splitter = Splitter::new(Vec::new(), u32::MAX);
        let mut rest = bytes;
        while let Some(frame) = splitter.next(&mut rest).expect("framed") {
            let packet = decode_frame_with(frame, self.version, Reject::ALL).expect("a packet that all take");
            let connack = matches!(packet, Packet::Connack(_));
            assert_ne!(std::mem::replace(&mut self.greeted, true), connack, "CONNACK first and once: {packet:?}");
            assert!(!self.parted, "a packet after DISCONNECT: {packet:?}");
            match packet {
                Packet::Publish(publish) => {
                    check(&publish);
                    if let Some(packet_id) = publish.delivery.packet_id() {
                        assert!(self.unfinished.insert(packet_id), "an identifier in use: {publish:?}");
                    }
                    let (unfinished, maximum) = (self.unfinished.len(), self.send_maximum);
                    assert!(
                        unfinished <= maximum || publish.delivery.packet_id().is_none(),
                        "{unfinished} messages unfinished, {maximum} allowed"
                    );
                }
                Packet::Pubrel(pubrel) => {
                    self.unfinished.insert(pubrel.packet_id);
                }
                Packet::Disconnect(_) => self.parted = true,
                _ => {}
            }
        }
        assert!(!splitter.is_partial(), "whole packets only");
    }
}
