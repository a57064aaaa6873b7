//! A blocking client.

use std::{
    io,
    time::{Duration, Instant},
};

use mqttspec_codec::{
    BinaryData, Connect, Delivery, MAXIMUM_REMAINING_LENGTH, Packet, PacketIdentifier, Pingreq, Properties, Property,
    Puback, Publish, QoS, ReasonCode, Seq, Splitter, Subscribe, Subscription, SubscriptionOptions, TopicFilter,
    TopicName, Utf8String, Version, decode_frame, encode_to_vec,
};

use super::{Plan, wire::Wire};
use crate::transport::Target;

/// The purpose of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Sending or receiving messages.
    Traffic,
    /// Sending or receiving messages in a Session that outlives the connection.
    Persistent,
    /// Staying connected, with minimal memory.
    Idle,
}

/// One connection, after its CONNACK.
pub(super) struct Client {
    wire: Wire,
    splitter: Splitter<Vec<u8>>,
    version: Version,
    /// Packets to be written together.
    unsent: Vec<u8>,
    last_id: u16,
}

impl Client {
    pub(super) fn connect(target: &Target, plan: &Plan, client_id: &str, purpose: Purpose) -> io::Result<Self> {
        let mut client = Self {
            wire: Wire::open(target, purpose)?,
            splitter: Splitter::new(Vec::new(), MAXIMUM_REMAINING_LENGTH),
            version: plan.version,
            unsent: Vec::new(),
            last_id: 0,
        };
        let mut connect = Connect::new(plan.version, Utf8String::new(client_id).map_err(io::Error::other)?);
        connect.keep_alive = KEEP_ALIVE;
        let expiry = [Property::SessionExpiryInterval(KEPT_FOR)];
        if purpose == Purpose::Persistent {
            connect.clean_start = false;
            connect.properties = match plan.version {
                Version::V5 => Properties::from(&expiry[..]),
                _ => Properties::EMPTY,
            };
        }
        connect.user_name =
            plan.login.user_name.as_deref().map(Utf8String::new).transpose().map_err(io::Error::other)?;
        connect.password = plan.login.password.as_deref().map(BinaryData::new).transpose().map_err(io::Error::other)?;
        client.queue(&connect.into())?;
        client.flush()?;
        let code = client.answer(|packet| match packet {
            Packet::Connack(connack) => Some(connack.reason_code),
            _ => None,
        })?;
        match code {
            ReasonCode::Success => Ok(client),
            code => Err(io::Error::other(format!("CONNACK {}", code.name()))),
        }
    }

    pub(super) fn subscribe(&mut self, topic: &str, qos: QoS) -> io::Result<()> {
        let filter = TopicFilter::new(topic).map_err(io::Error::other)?;
        let options = SubscriptionOptions { qos, ..SubscriptionOptions::default() };
        let subscriptions = [Subscription { filter, options }];
        let packet_id = self.next_id();
        let subscriptions = Seq::from(&subscriptions[..]);
        self.queue(&Subscribe { packet_id, properties: Properties::EMPTY, subscriptions }.into())?;
        self.flush()?;
        let codes = self.answer(|packet| match packet {
            Packet::Suback(suback) => Some(suback.reason_codes.iter().next()),
            _ => None,
        })?;
        match codes {
            Some(code) if code.number() == qos.number() => Ok(()),
            code => Err(io::Error::other(format!("SUBACK {}", code.map_or("without a code", ReasonCode::name)))),
        }
    }

    /// Queues a PUBLISH for the next [`flush`](Self::flush).
    pub(super) fn publish(&mut self, topic: &str, qos: QoS, payload: &[u8]) -> io::Result<()> {
        let topic = TopicName::new(topic).map_err(io::Error::other)?;
        let delivery = Delivery::first(qos, self.next_id());
        self.queue(&Publish::new(topic, delivery, payload).into())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        if !self.unsent.is_empty() {
            self.wire.write(&self.unsent)?;
            self.unsent.clear();
        }
        Ok(())
    }

    /// Passes on the packets of the next read, and acknowledges QoS 1 in one write. Returns `false` if nothing arrived.
    pub(super) fn read(&mut self, mut take: impl FnMut(&Packet<'_>)) -> io::Result<bool> {
        let Self { wire, splitter, version, unsent, .. } = self;
        let mut error = None;
        let came = wire.read(|chunk| {
            if error.is_none() {
                error = each(splitter, *version, chunk, unsent, &mut take).err();
            }
        })?;
        match error {
            Some(error) => Err(error),
            None => self.flush().map(|()| came),
        }
    }

    /// Whether a PINGREQ is answered.
    pub(super) fn ping(&mut self) -> io::Result<()> {
        self.queue(&Pingreq.into())?;
        self.flush()?;
        self.answer(|packet| matches!(packet, Packet::Pingresp(_)).then_some(()))
    }

    pub(super) fn set_pause(&self, pause: Duration) -> io::Result<()> {
        self.wire.set_pause(pause)
    }

    fn queue(&mut self, packet: &Packet<'_>) -> io::Result<()> {
        encode_to_vec(packet, self.version, &mut self.unsent).map(|_| ()).map_err(io::Error::other)
    }

    /// Reads until `wanted` returns a value for a packet.
    fn answer<T>(&mut self, mut wanted: impl FnMut(&Packet<'_>) -> Option<T>) -> io::Result<T> {
        let deadline = Instant::now() + PATIENCE;
        let mut found = None;
        while Instant::now() < deadline {
            self.read(|packet| found = found.take().or_else(|| wanted(packet)))?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "no answer within ten seconds"))
    }

    fn next_id(&mut self) -> PacketIdentifier {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        PacketIdentifier::new(self.last_id).unwrap_or(PacketIdentifier::MIN)
    }
}

fn each(
    splitter: &mut Splitter<Vec<u8>>,
    version: Version,
    mut chunk: &[u8],
    unsent: &mut Vec<u8>,
    take: &mut impl FnMut(&Packet<'_>),
) -> io::Result<()> {
    let error = |error: mqttspec_codec::DecodeError| io::Error::other(error.in_version(version).to_string());
    while let Some(frame) = splitter.next(&mut chunk).map_err(error)? {
        let packet = decode_frame(frame, version).map_err(error)?;
        if let Packet::Publish(Publish { delivery: Delivery::AtLeastOnce { packet_id, .. }, .. }) = packet {
            encode_to_vec(&puback(packet_id).into(), version, unsent).map_err(io::Error::other)?;
        }
        take(&packet);
    }
    Ok(())
}

fn puback(packet_id: PacketIdentifier) -> Puback<'static> {
    Puback { packet_id, reason_code: ReasonCode::Success, properties: Properties::EMPTY }
}

const PATIENCE: Duration = Duration::from_secs(10);
/// In seconds; far longer than a turn. It is not 0, because some brokers refuse that.
const KEEP_ALIVE: u16 = 3600;
/// In seconds, in case the Session is not ended explicitly.
const KEPT_FOR: u32 = 60;
