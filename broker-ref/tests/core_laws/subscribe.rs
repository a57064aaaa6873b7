//! SUBSCRIBE and UNSUBSCRIBE of a Client.

use mqttspec_codec::{
    Properties, Property, QoS, ReasonCode, RetainHandling, Seq, Subscribe, Subscription as Wanted,
    SubscriptionIdentifier, SubscriptionOptions, TopicFilter, Unsubscribe, Version,
};

use crate::{
    op::{CLIENTS, FILTERS, PlannedSubscription},
    truth::Subscription,
    world::World,
};

impl World {
    pub(crate) fn subscribe(
        &mut self,
        client: usize,
        PlannedSubscription { filter, options, identifier }: PlannedSubscription,
    ) {
        let v5 = CLIENTS[client].1 == Version::V5;
        let name = TopicFilter::new(FILTERS[filter]).unwrap();
        let options = SubscriptionOptions {
            qos: QoS::from_number(options % 3).unwrap(),
            no_local: v5 && options & 4 != 0 && name.shared().is_none(),
            retain_as_published: v5 && options & 8 != 0,
            retain_handling: RetainHandling::from_number(if v5 { (options >> 4) % 3 } else { 0 }).unwrap(),
        };
        let identifier = if v5 { identifier } else { 0 };
        let property = SubscriptionIdentifier::new(identifier).map(Property::SubscriptionIdentifier);
        let subscriptions = [Wanted { filter: name, options }];
        let packet_id = self.clients[client].free_packet_id();
        let packet = Subscribe {
            packet_id,
            properties: Properties::from(property.as_slice()),
            subscriptions: Seq::from(&subscriptions[..]),
        };
        let step = self.send(client, packet, |world, epoch, _| {
            world.truth.subscribe(&world.ledger, world.now, epoch, filter, Subscription { options, identifier });
        });
        let granted = ReasonCode::from_number(options.qos.number()).unwrap();
        self.clients[client].asked.insert(packet_id, (vec![granted], step.unwrap_or(0)));
    }

    pub(crate) fn unsubscribe(&mut self, client: usize, filter: usize) {
        let filters = [TopicFilter::new(FILTERS[filter]).unwrap()];
        let packet_id = self.clients[client].free_packet_id();
        let packet = Unsubscribe { packet_id, properties: Properties::EMPTY, filters: Seq::from(&filters[..]) };
        let mut code = ReasonCode::NoSubscriptionExisted;
        let step = self.send(client, packet, |world, epoch, _| {
            if world.truth.sessions[epoch].subscriptions.remove(&filter).is_some() {
                code = ReasonCode::Success;
            }
        });
        let codes = if CLIENTS[client].1 == Version::V5 { vec![code] } else { Vec::new() };
        self.clients[client].asked.insert(packet_id, (codes, step.unwrap_or(0)));
    }
}
