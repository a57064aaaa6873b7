//! What a Client publishes, and what it sends again.

use mqttspec_broker::core::Event;
use mqttspec_codec::{
    Delivery, Packet, PacketIdentifier, Properties, Property, Publish, Pubrel, QoS, TopicAlias, TopicName, Version,
    encode_to_vec,
};

use crate::{
    client::{Outgoing, Stage},
    ledger::{Message, Number},
    op::{CLIENTS, Odd, Op, TOPICS},
    world::World,
};

impl World {
    /// v5 [MQTT-4.4.0-1], v3.1.1 [MQTT-4.4.0-1]: what is unfinished, in its order.
    pub(crate) fn send_again(&mut self, client: usize) {
        for Outgoing { packet_id, message, qos, stage, .. } in self.clients[client].outgoing.clone() {
            match (stage, qos) {
                (Stage::Published, QoS::ExactlyOnce) => {
                    self.send_publish(client, message, Delivery::ExactlyOnce { packet_id, dup: true }, (false, None));
                }
                (Stage::Published, _) => {
                    self.send_publish(client, message, Delivery::AtLeastOnce { packet_id, dup: true }, (false, None));
                }
                (Stage::Received | Stage::Released, _) => self.send_pubrel(client, packet_id),
            }
        }
    }

    pub(crate) fn publish(&mut self, client: usize, op: &Op) {
        let &Op::Publish { topic, qos, retain, empty, expiry, alias, odd, cut } = op else { return };
        let v5 = CLIENTS[client].1 == Version::V5;
        let qos = QoS::from_number(qos).unwrap();
        // v5 section 4.9; the same number before v5
        if qos > QoS::AtMostOnce && self.clients[client].outgoing.len() >= usize::from(self.setup.receive_maximum) {
            return;
        }
        let expiry = expiry.filter(|_| v5);
        let message = Message { publisher: client, topic, qos, retain, empty, expiry, will: false, taken: Vec::new() };
        let number = self.ledger.write(message);
        let packet_id = self.clients[client].free_packet_id();
        let odd = odd.filter(|odd| match odd {
            Odd::OverLong => true,
            Odd::RepeatedExpiry => expiry.is_some(),
            Odd::RepeatedFormat | Odd::FormatTwo => v5,
        });
        if odd.is_some_and(|odd| self.setup.reject.contains(odd.tolerated())) {
            let bytes = self.encode_publish(client, number, Delivery::first(qos, packet_id), (None, odd));
            self.send_bytes(client, &bytes, |world, epoch, id| world.hang_up(epoch, id));
            return;
        }
        if qos > QoS::AtMostOnce {
            let outgoing = Outgoing { packet_id, message: number, qos, stage: Stage::Published, step: 0 };
            self.clients[client].outgoing.push(outgoing);
        }
        let delivery = Delivery::first(qos, packet_id);
        let Some(cut) = cut else {
            return self.send_publish(client, number, delivery, (v5 && alias, odd));
        };
        let id = self.clients[client].line.unwrap();
        let bytes = self.encode_publish(client, number, delivery, (None, odd));
        self.catch_up();
        let piece = &bytes[..cut.min(bytes.len() - 1)];
        self.event(id, &Event::Received(piece));
        self.lose(client);
    }

    fn send_publish(&mut self, client: usize, number: Number, delivery: Delivery, form: (bool, Option<Odd>)) {
        let (alias, odd) = form;
        let topic = self.ledger[number].topic;
        let line = self.clients[client].line.and_then(|id| self.lines.get_mut(&id)).expect("connected");
        let alias = alias.then(|| (TopicAlias::new(topic as u16 + 1).unwrap(), !line.own_aliases.insert(topic)));
        let bytes = self.encode_publish(client, number, delivery, (alias, odd));
        let step = self.send_bytes(client, &bytes, |world, epoch, _| {
            if let Delivery::ExactlyOnce { packet_id, .. } = delivery
                && !world.truth.sessions[epoch].received.insert(packet_id.number())
            {
                return;
            }
            world.truth.publish(&mut world.ledger, world.now, number);
        });
        let mut all = self.clients[client].outgoing.iter_mut();
        if let Some(outgoing) = all.find(|outgoing| outgoing.message == number) {
            outgoing.step = outgoing.step.max(step.unwrap_or(0));
        }
    }

    fn encode_publish(
        &self,
        client: usize,
        number: Number,
        delivery: Delivery,
        (alias, odd): (Option<(TopicAlias, bool)>, Option<Odd>),
    ) -> Vec<u8> {
        let message = &self.ledger[number];
        let twice = |property: Property<'static>| vec![property; 2];
        let more = match odd {
            Some(Odd::RepeatedFormat) => twice(Property::PayloadFormatIndicator(1)),
            Some(Odd::FormatTwo) => vec![Property::PayloadFormatIndicator(2)],
            // the first is the one that counts
            Some(Odd::RepeatedExpiry) => vec![Property::MessageExpiryInterval(90)],
            Some(Odd::OverLong) | None => Vec::new(),
        };
        let properties: Vec<_> = (message.expiry.map(Property::MessageExpiryInterval).into_iter())
            .chain(alias.map(|(alias, _)| Property::TopicAlias(alias)))
            .chain(more)
            .collect();
        let payload = self.ledger.payload(number);
        let mut publish = Publish::new(TopicName::new(TOPICS[message.topic]).unwrap(), delivery, payload.as_bytes());
        publish.retain = message.retain;
        publish.properties = Properties::from(properties.as_slice());
        if let Some((_, true)) = alias {
            publish.topic = None;
        }
        let mut bytes = Vec::new();
        encode_to_vec(&Packet::from(publish), CLIENTS[client].1, &mut bytes).unwrap();
        if let Some(Odd::OverLong) = odd {
            bytes.splice(1..2, [bytes[1] | 0x80, 0]); // a Remaining Length of one byte
        }
        bytes
    }

    pub(crate) fn repeat(&mut self, client: usize) {
        let mut all = self.clients[client].outgoing.iter();
        let oldest = all.find(|outgoing| outgoing.qos == QoS::ExactlyOnce && outgoing.stage == Stage::Published);
        if let Some(&Outgoing { packet_id, message, .. }) = oldest.filter(|_| CLIENTS[client].1 != Version::V5) {
            self.send_publish(client, message, Delivery::ExactlyOnce { packet_id, dup: true }, (false, None));
        }
    }

    pub(crate) fn pubrel(&mut self, client: usize) {
        if let Some(packet_id) = self.clients[client].releases.pop_front() {
            self.send_pubrel(client, packet_id);
        }
    }

    fn send_pubrel(&mut self, client: usize, packet_id: PacketIdentifier) {
        let step = self.send(client, Pubrel::success(packet_id), |world, epoch, _| {
            world.truth.sessions[epoch].received.remove(&packet_id.number());
        });
        let outgoing = self.outgoing(client, packet_id);
        (outgoing.stage, outgoing.step) = (Stage::Released, outgoing.step.max(step.unwrap_or(0)));
    }

    fn outgoing(&mut self, client: usize, packet_id: PacketIdentifier) -> &mut Outgoing {
        let mut all = self.clients[client].outgoing.iter_mut();
        all.find(|outgoing| outgoing.packet_id == packet_id).expect("it is not finished")
    }
}
