//! Publishes increasing numbers, a few concurrently, each until it is fully acknowledged.

use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Puback, Pubcomp, Publish, Pubrec, Pubrel, QoS, ReasonCode, TopicName, Version,
};
use std::{collections::VecDeque, net::SocketAddr};

use crate::client::{Connection, Cut, Identity};

#[derive(Debug)]
pub(crate) struct Publisher {
    identity: Identity,
    pub(crate) qos: QoS,
    sent: u32,
    /// Messages in the order sent.
    open: VecDeque<Open>,
}

#[derive(Debug)]
struct Open {
    number: u32,
    packet_id: PacketIdentifier,
    /// Whether PUBREC was received.
    received: bool,
}

impl Publisher {
    pub(crate) fn new(number: usize, version: Version, qos: QoS) -> Self {
        Self { identity: Identity::new(format!("publisher-{number}"), version), qos, sent: 0, open: VecDeque::new() }
    }

    /// The highest number, which is also the count.
    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }

    pub(crate) fn topic(&self) -> String {
        format!("load/{}", self.identity.name)
    }

    /// Works until the broker is killed.
    pub(crate) fn work(&mut self, at: SocketAddr) {
        let Cut = self.publish(at, true).expect_err("only a kill ends the work");
    }

    /// Works until everything is acknowledged.
    pub(crate) fn finish(&mut self, at: SocketAddr) {
        self.publish(at, false).expect("the broker is running");
    }

    fn publish(&mut self, at: SocketAddr, more: bool) -> Result<(), Cut> {
        let mut connection = self.identity.connect(at)?;
        // v5 [MQTT-4.4.0-1] [MQTT-4.6.0-1], v3.1.1 [MQTT-4.4.0-1] [MQTT-4.6.0-1]
        for open in &self.open {
            match open.received {
                true => connection.send(Pubrel::success(open.packet_id))?,
                false => self.send(&mut connection, open, true)?,
            }
        }
        loop {
            while more && self.open.len() < WINDOW {
                self.sent += 1;
                let packet_id = PacketIdentifier::new((self.sent % 0xFFFF) as u16 + 1).unwrap();
                self.open.push_back(Open { number: self.sent, packet_id, received: false });
                self.send(&mut connection, &self.open[self.open.len() - 1], false)?;
            }
            if self.open.is_empty() {
                return Ok(());
            }
            if let Some(packet_id) = connection.receive(|packet| self.take(packet))? {
                connection.send(Pubrel::success(packet_id))?;
            }
        }
    }

    /// Handles an acknowledgement. Returns the Packet Identifier to answer with PUBREL.
    fn take(&mut self, packet: Packet<'_>) -> Option<PacketIdentifier> {
        match packet {
            Packet::Puback(Puback { packet_id, reason_code, .. }) => {
                assert_eq!(reason_code, ReasonCode::Success, "all subscriptions exist");
                self.open.retain(|open| open.packet_id != packet_id);
                None
            }
            Packet::Pubrec(Pubrec { packet_id, reason_code, .. }) => {
                assert_eq!(reason_code, ReasonCode::Success, "all subscriptions exist");
                let open = self.open.iter_mut().find(|open| open.packet_id == packet_id);
                open.expect("PUBREC answers a PUBLISH").received = true;
                Some(packet_id)
            }
            Packet::Pubcomp(Pubcomp { packet_id, .. }) => {
                self.open.retain(|open| open.packet_id != packet_id);
                None
            }
            other => panic!("expected an acknowledgement, found {other:?}"),
        }
    }

    fn send(&self, connection: &mut Connection, open: &Open, dup: bool) -> Result<(), Cut> {
        let packet_id = open.packet_id;
        let delivery = match self.qos {
            QoS::ExactlyOnce => Delivery::ExactlyOnce { packet_id, dup },
            _ => Delivery::AtLeastOnce { packet_id, dup },
        };
        // of several lengths, so that pages of the store fill up differently
        let payload = format!("{} {}", open.number, "x".repeat(open.number as usize * 37 % 500));
        connection.send(Publish::new(TopicName::new(&self.topic()).unwrap(), delivery, payload.as_bytes()))
    }
}

/// The maximum number of unfinished messages.
const WINDOW: usize = 20;
