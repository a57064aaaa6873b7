//! CONNECT and DISCONNECT of a Client.

use mqttspec_broker::core::{ConnectionId, Event};
use mqttspec_codec::{
    BinaryData, Connect, Disconnect, Packet, Properties, Property, QoS, ReasonCode, TopicName, Utf8String, Version,
    encode_to_vec,
};

use crate::{
    ledger::{Message, Number},
    op::{CLIENTS, Op, PlannedWill, TOPICS},
    truth::Will,
    world::World,
};

impl World {
    pub(crate) fn connect(&mut self, client: usize, op: &Op) {
        let &Op::Connect { clean, expiry, keep_alive, receive_maximum, will } = op else { return };
        let v5 = CLIENTS[client].1 == Version::V5;
        let old = self.clients[client].line;
        self.clients[client].lose();
        let clean = clean || self.clients[client].must_clean;
        self.catch_up();
        let id = self.open(client);
        let expiry_interval = match (v5, clean) {
            (true, _) => expiry,
            (false, true) => 0,
            (false, false) => u32::MAX,
        };
        let granted = expiry_interval.min(self.config.session_expiry_maximum);
        let will = will.map(|will| (will, self.ledger.write(will.message(client, v5))));
        let planned =
            will.map(|(will, message)| Will { message, delay: if v5 { will.delay } else { 0 }, due_at: None });
        if let Some(line) = old.and_then(|old| self.lines.get_mut(&old)) {
            line.dead = true;
        }
        let (epoch, present) = self.truth.connect(&mut self.ledger, self.now, client, clean, (granted, planned));
        // whatever becomes of this CONNECT, the state that the Client drops now must not meet an old Session
        self.clients[client].must_clean = !present;
        if !present {
            self.clients[client].forget();
        }
        let in_flight = self.config.in_flight.get();
        let line = self.lines.get_mut(&id).unwrap();
        (line.epoch, line.session_present, line.keep_alive) = (epoch, present, keep_alive);
        line.send_maximum = usize::from(if v5 { receive_maximum.min(in_flight) } else { in_flight });
        let bytes = self.encode_connect(client, op, clean, will);
        let step = self.event(id, &Event::Received(&bytes));
        self.lines.get_mut(&id).unwrap().step = step;
        if let Some(old) = old {
            self.remove(old);
        }
    }

    fn encode_connect(&self, client: usize, op: &Op, clean: bool, will: Option<(PlannedWill, Number)>) -> Vec<u8> {
        let (name, version) = CLIENTS[client];
        let v5 = version == Version::V5;
        let &Op::Connect { expiry, keep_alive, receive_maximum, .. } = op else { return Vec::new() };
        let payload = will.map(|(_, number)| self.ledger.payload(number)).unwrap_or_default();
        let will_properties = will.filter(|_| v5).map(|(will, _)| will.properties()).unwrap_or_default();
        let properties = [
            Property::SessionExpiryInterval(expiry),
            Property::ReceiveMaximum(receive_maximum.try_into().unwrap()),
            Property::TopicAliasMaximum(1),
        ];
        let connect = Connect {
            clean_start: clean,
            keep_alive,
            will: will.map(|(will, _)| mqttspec_codec::Will {
                topic: TopicName::new(TOPICS[will.topic]).unwrap(),
                payload: BinaryData::new(payload.as_bytes()).unwrap(),
                qos: QoS::from_number(will.qos).unwrap(),
                retain: will.retain,
                properties: Properties::from(will_properties.as_slice()),
            }),
            properties: if v5 { Properties::from(&properties[..]) } else { Properties::EMPTY },
            ..Connect::new(version, Utf8String::new(name).unwrap())
        };
        let mut bytes = Vec::new();
        encode_to_vec(&Packet::from(connect), version, &mut bytes).unwrap();
        bytes
    }

    pub(crate) fn disconnect(&mut self, client: usize, keep_will: bool, expiry: Option<u32>) {
        let v5 = CLIENTS[client].1 == Version::V5;
        let keep_will = keep_will && v5;
        let Some(id) = self.clients[client].line else { return };
        let granted = self.truth.sessions[self.lines[&id].epoch].expiry;
        // v5 section 3.14.2.2.2: a Session that ends with its connection stays so
        let expiry = expiry.filter(|_| v5 && granted > 0);
        let reason_code =
            if keep_will { ReasonCode::DisconnectWithWillMessage } else { ReasonCode::NORMAL_DISCONNECTION };
        let properties = expiry.map(Property::SessionExpiryInterval);
        let packet = Disconnect { reason_code, properties: Properties::from(properties.as_slice()) };
        let longest = self.config.session_expiry_maximum;
        self.send(client, packet, |world, epoch, id| {
            let session = &mut world.truth.sessions[epoch];
            session.expiry = expiry.map_or(session.expiry, |expiry| expiry.min(longest));
            if !keep_will {
                session.will = None;
            }
            world.hang_up(epoch, id);
        });
        self.lose(client);
    }

    /// The broker ends this connection when it handles what comes next.
    pub(crate) fn hang_up(&mut self, epoch: usize, id: ConnectionId) {
        self.lines.get_mut(&id).unwrap().dead = true;
        self.truth.close(&mut self.ledger, self.now, &[epoch]);
    }
}

impl PlannedWill {
    fn message(&self, publisher: usize, v5: bool) -> Message {
        Message {
            publisher,
            topic: self.topic,
            qos: QoS::from_number(self.qos).unwrap(),
            retain: self.retain,
            empty: false,
            expiry: self.expiry.filter(|_| v5),
            will: true,
            taken: Vec::new(),
        }
    }

    fn properties(&self) -> Vec<Property<'static>> {
        let expiry = self.expiry.map(Property::MessageExpiryInterval);
        [Property::WillDelayInterval(self.delay)].into_iter().chain(expiry).collect()
    }
}
