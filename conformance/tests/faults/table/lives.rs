//! What becomes of a client's connection, Session and Will: the stories that the faults of `ends` and `will_ends` tell
//! differently.

use std::collections::BTreeMap;

use mqttspec::packet::Value;
use mqttspec_codec::{PacketType::Connack, PacketType::Connect, PacketType::Disconnect, PacketType::Publish};

use super::deliveries::payload;
use crate::{
    seen::Seen,
    wire::{Event, Wire},
};

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The client closed it without DISCONNECT.
    Lost,
    /// By an error of the client.
    Error,
    /// The broker closed it although nothing came.
    Silence,
    /// By DISCONNECT with this Reason Code.
    Said(u64),
    /// With the broker, which was restarted.
    Restarted,
    /// By a CONNECT with the same Client Identifier, with this Clean Start.
    TakenOver { clean: bool },
}

/// A connection, and the Will it came with.
#[derive(Debug, Clone)]
pub(super) struct Life {
    /// Session Expiry Interval in seconds: v3.1.1 has `u32::MAX`, or 0 for a Clean Session.
    pub(super) expiry: u64,
    /// Will Delay Interval in seconds.
    pub(super) delay: u64,
    pub(super) will: Option<(String, Value)>,
    /// `None` while it is open.
    pub(super) end: Option<End>,
    /// Whether a CONNECT with Clean Start came after its end.
    pub(super) cleared: bool,
    /// Whether its Will was published.
    pub(super) came: bool,
}

/// The last connections of all clients, by Client Identifier, and the Wills of all connections.
#[derive(Debug, Default)]
pub(super) struct Lives {
    clients: BTreeMap<Vec<u8>, Vec<Life>>,
    /// Which client and which of its connections, for each connection.
    places: BTreeMap<u64, (Vec<u8>, usize)>,
}

impl Lives {
    /// Takes an event into account, before it is passed on.
    pub(super) fn note(&mut self, event: &Event, wire: &Wire<'_>) {
        match event {
            Event::In(seen) if seen.is(Connect) && !wire.peer().accepted => self.connect(seen, wire),
            Event::In(seen) if seen.is(Connect) || seen.packet_type.is_none() => self.end(wire.id, End::Error),
            Event::In(seen) if seen.is(Disconnect) => self.end(wire.id, End::Said(seen.number("reason_code"))),
            Event::ClientCloses => self.end(wire.id, End::Lost),
            Event::BrokerCloses => self.end(wire.id, End::Silence),
            Event::Restarted => {
                let lives = self.clients.values_mut().flatten();
                lives.for_each(|life| life.end = life.end.or(Some(End::Restarted)));
            }
            Event::Out(seen) if seen.is(Publish) => {
                if let Some(life) = self.of_will(seen) {
                    life.came = true;
                }
            }
            _ => {}
        }
    }

    /// All connections that had a Will.
    pub(super) fn with_wills(&self) -> impl Iterator<Item = &Life> {
        self.clients.values().flatten().filter(|life| life.will.is_some())
    }

    /// The connection before this one of the same client.
    pub(super) fn last(&self, wire: &Wire<'_>) -> Option<&Life> {
        let lives = self.clients.get(&wire.peer().client_id())?;
        match self.places.get(&wire.id) {
            Some((_, place)) => place.checked_sub(1).and_then(|place| lives.get(place)),
            None => lives.last(),
        }
    }

    /// The connection whose Will this is.
    pub(super) fn of_will(&mut self, seen: &Seen) -> Option<&mut Life> {
        let will = (!seen.flag("retain")).then(|| (seen.text("topic"), payload(seen)));
        // the payload says it too, as one topic may have several Wills
        self.clients.values_mut().flatten().find(|life| life.will.is_some() && life.will == will)
    }

    fn connect(&mut self, seen: &Seen, wire: &Wire<'_>) {
        let clean = seen.flag("clean_start");
        let client = wire.peer().client_id();
        let lives = self.clients.entry(client.clone()).or_default();
        if let Some(last) = lives.last_mut() {
            match last.end {
                None => last.end = Some(End::TakenOver { clean }),
                Some(_) => last.cleared |= clean,
            }
        }
        let endless = if clean { 0 } else { u64::from(u32::MAX) };
        let expiry = if wire.v5() { seen.number("session_expiry_interval") } else { endless };
        let (mut delay, mut will) = (0, None);
        if let Some(Value::Map(fields)) = seen.get("will") {
            delay = fields.get("will_delay_interval").and_then(Value::as_number).unwrap_or_default();
            let topic = fields.get("topic").and_then(Value::as_bytes).unwrap_or_default();
            let sent = fields.get("payload").cloned().unwrap_or(Value::Bytes(Vec::new()));
            will = Some((String::from_utf8_lossy(topic).into_owned(), sent));
        }
        lives.push(Life { expiry, delay, will, end: None, cleared: false, came: false });
        self.places.insert(wire.id, (client, lives.len() - 1));
    }

    fn end(&mut self, connection: u64, how: End) {
        if let Some((client, place)) = self.places.get(&connection)
            && let Some(life) = self.clients.get_mut(client).and_then(|lives| lives.get_mut(*place))
        {
            life.end.get_or_insert(how);
        }
    }
}

/// Whether the broker has accepted a client with these words.
pub(super) fn accepts(event: &Event) -> bool {
    matches!(event, Event::Out(seen) if seen.is(Connack) && seen.number("reason_code") == 0)
}
