//! Removes what a case left behind: sessions and retained messages that carry its prefix. Unjudged.

use std::time::Duration;

use mqttspec_codec::{PacketType, Version};

use crate::{
    judge::Leftovers,
    packet::{Fields, Value},
    runner::{Client, Login},
    transport::Link,
};

/// Ends each session by a Clean Start, and clears each retained message by an empty one. What fails is left: the broker
/// is judged by the cases, not by this.
pub(super) async fn clean_up<L: Link>(
    link: &mut L,
    version: Version,
    login: &Login,
    node: usize,
    leftovers: &Leftovers,
) {
    for (_, client_id) in leftovers.sessions.iter().filter(|(its_node, _)| *its_node == node) {
        let connect = Fields::from([("client_id", Value::text(client_id))]);
        if let Ok((mut client, _)) = Client::connect(link, version, login, connect).await {
            client.disconnect(link).await;
        }
    }
    if leftovers.retained.is_empty() || node != 1 {
        return;
    }
    let connect = Fields::from([("client_id", Value::text(""))]);
    let Ok((mut client, _)) = Client::connect(link, version, login, connect).await else { return };
    for topic in &leftovers.retained {
        let publish = Fields::from([("topic", Value::Bytes(topic.clone())), ("retain", Value::Bool(true))]);
        if client.send(link, PacketType::Publish, &publish).await.is_err() {
            return;
        }
    }
    // the ping's answer tells that the messages before it were taken
    let _ = client.ping(link, Duration::from_secs(5)).await;
    client.disconnect(link).await;
}
