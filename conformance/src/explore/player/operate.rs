//! The operations.

use mqttspec_codec::PacketType;

use super::{Player, connect::message, line::Live, seat::Outgoing};
use crate::{
    explore::plan::{Act, FILTERS, Message, Op, Wanted},
    packet::{Fields, Value},
    transport::Link,
};

impl<L: Link> Player<'_, L> {
    /// Carries out an operation. Returns whether it applied.
    pub(super) async fn operate(&mut self, op: &Op) -> bool {
        let client = op.client;
        if let Act::Connect(connect) = &op.act {
            self.connect(client, connect).await;
            return true;
        }
        let Some(mut live) = self.seats.get_mut(client).and_then(|seat| seat.live.take()) else { return false };
        let applied = match &op.act {
            Act::Connect(_) => false,
            Act::Subscribe(wanted) => self.subscribe(client, &mut live, wanted).await,
            Act::Unsubscribe(filters) => self.unsubscribe(client, &mut live, filters).await,
            Act::Publish(message) => self.publish(client, &mut live, message).await,
            Act::Hold => !std::mem::replace(&mut live.holds, true),
            Act::Acknowledge => self.acknowledge(&mut live).await,
            Act::Release => {
                let held = std::mem::take(&mut live.holds);
                self.flush(&mut live).await;
                held
            }
            Act::Drop => {
                self.close(live).await;
                return true;
            }
            Act::Reset => {
                self.reset(live).await;
                return true;
            }
            Act::Cut(message) => {
                if self.publish(client, &mut live, message).await {
                    self.close(live).await;
                    return true;
                }
                false
            }
            Act::Disconnect { with_will, forget } => {
                let (mut fields, v5) = (Fields::new(), self.plan.version.has_properties());
                if *with_will && v5 {
                    fields.insert("reason_code", Value::Number(0x04));
                }
                if *forget && v5 {
                    fields.insert("session_expiry_interval", Value::Number(0));
                    let connect = self.seats.get_mut(client).and_then(|seat| seat.connect.as_mut());
                    connect.into_iter().for_each(|connect| connect.stays = false);
                }
                self.send(&mut live, PacketType::Disconnect, fields).await;
                self.close(live).await;
                return true;
            }
        };
        self.keep(client, live);
        applied
    }

    async fn subscribe(&mut self, client: usize, live: &mut Live<L::Connection>, wanted: &[Wanted]) -> bool {
        let name = |wanted: &Wanted| FILTERS.get(wanted.filter).copied().unwrap_or_default();
        if !live.limits.wildcards && wanted.iter().any(|wanted| name(wanted).contains(['+', '#'])) {
            return false;
        }
        let v5 = self.plan.version.has_properties();
        let item = |wanted: &Wanted| {
            let mut item =
                Fields::from([("filter", Value::text(name(wanted))), ("qos", Value::Number(wanted.qos.into()))]);
            if v5 {
                item.insert("no_local", Value::Bool(wanted.no_local));
                item.insert("retain_as_published", Value::Bool(wanted.as_published));
                item.insert("retain_handling", Value::Number(wanted.handling.into()));
            }
            Value::Map(item)
        };
        let mut fields = Fields::from([("subscriptions", Value::List(wanted.iter().map(item).collect()))]);
        let identifier = wanted.first().map_or(0, |wanted| wanted.identifier);
        if v5 && identifier > 0 && live.limits.identifiers {
            fields.insert("subscription_identifier", Value::Number(identifier.into()));
        }
        self.ask(client, live, PacketType::Subscribe, fields).await;
        true
    }

    async fn unsubscribe(&mut self, client: usize, live: &mut Live<L::Connection>, filters: &[usize]) -> bool {
        let names = filters.iter().filter_map(|filter| FILTERS.get(*filter)).map(|name| Value::text(name));
        let fields = Fields::from([("filters", Value::List(names.collect()))]);
        self.ask(client, live, PacketType::Unsubscribe, fields).await;
        true
    }

    async fn ask(
        &mut self,
        client: usize,
        live: &mut Live<L::Connection>,
        packet_type: PacketType,
        mut fields: Fields,
    ) {
        let packet_id = self.packet_id(client, live);
        fields.insert("packet_id", Value::Number(packet_id));
        live.asked.insert(packet_id);
        self.send(live, packet_type, fields).await;
    }

    async fn publish(&mut self, client: usize, live: &mut Live<L::Connection>, published: &Message) -> bool {
        let Some(seat) = self.seats.get(client) else { return false };
        let in_flight = u64::try_from(seat.outgoing.len()).unwrap_or(u64::MAX);
        let full = published.qos > 0 && in_flight >= live.limits.receive_maximum;
        if full || u64::from(published.qos) > live.limits.maximum_qos || published.retain && !live.limits.retain {
            return false;
        }
        let mut fields = message(published);
        if published.qos > 0 {
            let packet_id = self.packet_id(client, live);
            fields.insert("packet_id", Value::Number(packet_id));
            if let Some(seat) = self.seats.get_mut(client) {
                seat.outgoing.push_back(Outgoing { packet_id, publish: fields.clone(), released: false });
            }
        }
        self.send(live, PacketType::Publish, fields).await;
        true
    }

    /// The lowest Packet Identifier that is not in use, so that they are used again soon.
    fn packet_id(&self, client: usize, live: &Live<L::Connection>) -> u64 {
        let outgoing = self.seats.get(client).map(|seat| &seat.outgoing);
        let used = |packet_id: u64| {
            live.asked.contains(&packet_id)
                || outgoing.is_some_and(|all| all.iter().any(|outgoing| outgoing.packet_id == packet_id))
        };
        (1..0xFFFF).find(|packet_id| !used(*packet_id)).unwrap_or(0xFFFF)
    }
}
