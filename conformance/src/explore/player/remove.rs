//! Removes what a plan has left on the broker: Sessions and retained messages. It is not judged.

use std::collections::BTreeSet;

use mqttspec_codec::PacketType;

use super::Player;
use crate::{
    explore::{
        history::{What, flag, text},
        plan::Connect,
    },
    packet::{Fields, Value},
    transport::Link,
};

impl<L: Link> Player<'_, L> {
    /// Removes what the plan has left. Errors are ignored: the names are used only once.
    pub async fn remove(mut self) {
        self.history.void = None;
        let mut retained = self.retained();
        for client in 0..self.seats.len() {
            let has_been_here = self.seats.get(client).is_some_and(|seat| seat.connect.is_some());
            if !has_been_here && self.history.lines.iter().all(|line| line.client != client) {
                continue;
            }
            let clean = Connect { clean: true, stays: false, will: None, receive_maximum: None };
            self.connect(client, &clean).await;
            self.history.void = None;
            let Some(mut live) = self.seats.get_mut(client).and_then(|seat| seat.live.take()) else { continue };
            for topic in std::mem::take(&mut retained) {
                let fields = Fields::from([("topic", Value::text(&topic)), ("retain", Value::Bool(true))]);
                self.send(&mut live, PacketType::Publish, fields).await;
            }
            live.pings += 1;
            self.link.send(&mut live.connection, vec![0xC0, 0]).await;
            self.read(&mut live, self.tempo.patience).await;
            self.send(&mut live, PacketType::Disconnect, Fields::new()).await;
            self.close(live).await;
        }
    }

    /// The topics that may hold a retained message.
    fn retained(&self) -> BTreeSet<String> {
        let sent = self.history.lines.iter().flat_map(|line| &line.log).filter_map(|entry| match &entry.what {
            What::Sent(packet_type, fields) => Some((*packet_type, fields)),
            _ => None,
        });
        let messages = sent.filter_map(|(packet_type, fields)| match (packet_type, fields.get("will")) {
            (PacketType::Publish, _) => Some(fields),
            (PacketType::Connect, Some(Value::Map(will))) => Some(will),
            _ => None,
        });
        messages.filter(|message| flag(message, "retain")).map(|message| text(message, "topic").to_owned()).collect()
    }
}
