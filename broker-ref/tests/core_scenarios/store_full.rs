//! A store that is nearly full takes nothing new, and everything that was accepted before goes on and ends.

use mqttspec_codec::{
    Connect, Packet, Puback, Pubcomp, Publish, Pubrec, Pubrel, QoS, ReasonCode, SubscriptionOptions, Unsubscribe,
};

use crate::harness::{Client, Net, V3_1, V3_1_1, V5, connect, id, lasting, qos0, qos1, qos2, will};

fn refused(net: &mut Net, connect: Connect<'_>) {
    let code = if connect.version == V5 { ReasonCode::QuotaExceeded } else { ReasonCode::ServerUnavailable };
    let client = net.open(connect.version);
    net.send(client, connect);
    net.next(client, |packet| {
        assert!(matches!(packet, Packet::Connack(connack) if connack.reason_code == code), "{packet:?}");
    });
    net.closed(client);
}

fn subscribe(net: &mut Net, client: Client, filter: &str) -> ReasonCode {
    net.subscribe_code(client, filter, SubscriptionOptions { qos: QoS::AtLeastOnce, ..Default::default() }, &[])
}

#[test]
fn nothing_new_is_accepted_that_would_be_stored() {
    for version in [V3_1, V3_1_1, V5] {
        let mut net = Net::new();
        let (old, _) = net.resume(version, "old");
        net.subscribe(old, "kept", QoS::AtLeastOnce);
        net.broker.set_store_full(true);
        let before = net.folded.clone();
        refused(&mut net, lasting(version, "new"));
        refused(&mut net, Connect { will: Some(will("w", "gone")), ..connect(version, "c") });
        refused(&mut net, Connect { will: Some(will("w", "gone")), ..lasting(version, "old") });
        let full = if version == V5 { ReasonCode::QuotaExceeded } else { ReasonCode::UnspecifiedError };
        assert_eq!(subscribe(&mut net, old, "more"), full);
        let publisher = net.connect(version, "p");
        net.send(publisher, qos1(1, "kept", "m"));
        match version {
            V5 => net.next(publisher, |packet| {
                assert!(matches!(packet, Packet::Puback(puback) if puback.reason_code == ReasonCode::QuotaExceeded));
            }),
            _ => net.closed(publisher),
        }
        let publisher = net.connect(version, "p");
        net.retain(publisher, "r", "m");
        net.publish(publisher, "kept", "m");
        net.expect(old, qos0("kept", "m"));
        assert_eq!(net.folded, before, "nothing was stored");
    }
}

#[test]
fn what_needs_no_store_is_served() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        net.broker.set_store_full(true);
        let client = net.connect(version, "c");
        net.subscribe(client, "t", QoS::AtLeastOnce);
        net.publish(client, "t", "m");
        net.expect(client, qos0("t", "m"));
        assert_eq!(net.folded.sessions.len(), 0);
    }
}

#[test]
fn what_was_accepted_goes_on_and_ends() {
    for version in [V3_1_1, V5] {
        let mut net = Net::new();
        let publisher = net.connect(version, "p");
        let (receiver, _) = net.resume(version, "s");
        net.subscribe(receiver, "t", QoS::ExactlyOnce);
        net.send(publisher, Publish { retain: true, ..qos1(1, "t", "a") });
        net.expect(publisher, Puback::success(id(1)));
        net.send(publisher, qos2(2, "t", "b"));
        net.expect(publisher, Pubrec::success(id(2)));
        net.expect(receiver, qos1(2, "t", "a"));
        net.expect(receiver, qos2(3, "t", "b"));
        net.broker.set_store_full(true);

        net.send(publisher, Pubrel::success(id(2)));
        net.expect(publisher, Pubcomp::success(id(2)));
        net.send(receiver, Puback::success(id(2)));
        net.send(receiver, Pubrec::success(id(3)));
        net.expect(receiver, Pubrel::success(id(3)));
        net.lose(receiver);
        let (receiver, present) = net.resume(version, "s");
        assert!(present, "a Session that is stored can be resumed");
        net.expect(receiver, Pubrel::success(id(3)));
        net.send(receiver, Pubcomp::success(id(3)));
        assert!(net.folded.queue.is_empty());
        // subscribed again, as many clients do whenever they connect
        assert_eq!(subscribe(&mut net, receiver, "t"), ReasonCode::GrantedQos1);
        net.next(receiver, |packet| assert!(matches!(packet, Packet::Publish(publish) if publish.retain)));
        net.retain(publisher, "t", "");
        assert!(net.folded.retained.is_empty(), "a retained message can be removed");
        let filters = [mqttspec_codec::TopicFilter::new("t").unwrap()];
        let unsubscribe = Unsubscribe {
            packet_id: id(9),
            properties: mqttspec_codec::Properties::EMPTY,
            filters: mqttspec_codec::Seq::from(&filters[..]),
        };
        net.send(receiver, unsubscribe);
        assert!(net.folded.subscriptions.is_empty());
        // Clean Start ends the Session, and another takes its place
        net.connect_as(Connect { clean_start: true, ..lasting(version, "s") });
        net.connect(version, "s");
        assert!(net.folded.sessions.is_empty() && net.folded.messages.is_empty());
    }
}
