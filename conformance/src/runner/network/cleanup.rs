//! Removes what a case left on the broker: Sessions and retained messages with its prefix. This is not judged.

use std::time::Duration;

use mqttspec_codec::{PacketType, Version};

use crate::{
    judge::Leftovers,
    packet::{Fields, Value},
    runner::{Client, Login},
    transport::Link,
};

/// Ends each Session with a Clean Start, and clears each retained message with an empty one. Errors are ignored,
/// because the cases judge the broker, not the cleanup.
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
    // the answer to the ping shows that the broker has processed the messages before it
    let _ = client.ping(link, Duration::from_secs(5)).await;
    client.disconnect(link).await;
}
