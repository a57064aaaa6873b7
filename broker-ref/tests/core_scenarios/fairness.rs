//! Where something is scarce, who takes most of it makes room, and nobody else.

use mqttspec_codec::{
    Connect, Packet, Pingreq, Properties, Property, QoS, ReasonCode, SubscriptionOptions, Utf8String,
};

use crate::harness::{Client, Net, V3_1_1, V5, connect, lasting, qos0, qos1, will};

/// A message costs once, however many Sessions wait for it, and it is its publisher who fills the queues.
#[test]
fn publisher_that_fills_the_queues_is_refused_and_nobody_ends() {
    for version in [V3_1_1, V5] {
        let mut net = Net::with(|config| config.total_queued_bytes = 500_000);
        let [greedy, modest] = ["greedy", "modest"].map(|name| net.connect(version, name));
        let (victim, _) = net.resume(version, "victim");
        net.subscribe(victim, "v", QoS::AtLeastOnce);
        net.lose(victim);
        net.send(modest, qos1(1, "v", &"v".repeat(10_000)));
        for number in 0..100 {
            let (client, _) = net.resume(version, &number.to_string());
            net.subscribe(client, "a", QoS::AtLeastOnce);
            net.lose(client);
        }
        let large = "x".repeat(3000);
        let mut accepted = 0;
        while !refused(&mut net, greedy, "a", &large) {
            accepted += 1;
        }
        assert!((5..50).contains(&accepted), "{accepted} messages");
        assert_eq!(net.folded.sessions.len(), 101, "nobody's Session ended");
        net.frames(modest);
        assert!(!refused(&mut net, modest, "v", "x"));
    }
}

/// Publishes at QoS 1, and gives whether that was refused: in v5 with 0x97, before by the end of the connection.
fn refused(net: &mut Net, client: Client, topic: &str, payload: &str) -> bool {
    net.send(client, qos1(1, topic, payload));
    match net.has_frame(client) {
        false => {
            net.closed(client);
            true
        }
        true => net.next(client, |packet| match packet {
            Packet::Puback(puback) if puback.reason_code == ReasonCode::QuotaExceeded => true,
            Packet::Puback(puback) if !puback.reason_code.is_failure() => false,
            other => panic!("{other:?} in place of PUBACK"),
        }),
    }
}

#[test]
fn session_with_a_large_will_makes_room_for_small_sessions() {
    let mut net = Net::with(|config| config.session_bytes = 200_000);
    let large = "w".repeat(50_000);
    let with_will = |name| Connect { will: Some(will("w", &large)), ..lasting(V5, name) };
    let greedy = ["1", "2", "3"].map(|name| net.connect_as(with_will(name)).0);
    let refused = net.open(V5);
    net.send(refused, with_will("4"));
    net.next(refused, |packet| {
        assert!(matches!(packet, Packet::Connack(c) if c.reason_code == ReasonCode::QuotaExceeded))
    });
    for number in 0..60 {
        net.resume(V5, &format!("modest {number}"));
    }
    let modest = net.folded.sessions.values().filter(|session| session.client_id.starts_with("modest"));
    assert_eq!(modest.count(), 60);
    let ended = greedy.into_iter().filter(|client| net.has_frame(*client)).collect::<Vec<_>>();
    assert_eq!(ended.len(), 1);
    net.disconnected(ended[0], ReasonCode::QuotaExceeded);
}

#[test]
fn session_with_many_subscriptions_makes_room_for_few() {
    let mut net = Net::with(|config| config.total_subscription_bytes = 100_000);
    let options = SubscriptionOptions::default();
    let greedy = net.connect(V5, "greedy");
    let taken = (0..).take_while(|number| {
        let filter = format!("greedy/{number}");
        net.subscribe_code(greedy, &filter, options, &[]) == ReasonCode::GRANTED_QOS_0
    });
    assert!(taken.count() > 20);
    let modest = net.connect(V5, "modest");
    for filter in ["a", "b", "c"] {
        assert_eq!(net.subscribe_code(modest, filter, options, &[]), ReasonCode::GRANTED_QOS_0);
    }
    net.disconnected(greedy, ReasonCode::QuotaExceeded);
}

#[test]
fn unfinished_input_of_all_is_bounded() {
    let mut net = Net::with(|config| config.total_input = 300_000);
    let modest = net.connect(V5, "modest");
    let mut packet = Vec::new();
    let payload = "m".repeat(6000);
    mqttspec_codec::encode_to_vec(&Packet::from(qos0("t", &payload)), V5, &mut packet).unwrap();
    let (first, second) = packet.split_at(5000);
    net.send_bytes(modest, first);
    let greedy = ["1", "2", "3", "4", "5"].map(|name| net.connect(V5, name));
    for client in greedy {
        // a PUBLISH of 200 000 bytes, of which half comes
        net.send_bytes(client, &[0x30, 0xC0, 0x9A, 0x0C]);
        net.send_bytes(client, &[b'x'; 100_000]);
    }
    let ended = greedy.into_iter().filter(|client| net.has_frame(*client)).collect::<Vec<_>>();
    assert!(ended.len() >= 3, "{ended:?}");
    ended.into_iter().for_each(|client| net.disconnected(client, ReasonCode::QuotaExceeded));
    net.send_bytes(modest, second);
    net.nothing(modest);
}

#[test]
fn connect_in_pieces_is_bounded() {
    let mut net = Net::with(|config| config.connect_packet = 10_000);
    let client = net.open(V5);
    net.send_bytes(client, &[0x10, 0x80, 0x80, 0x10]);
    net.send_bytes(client, &[0; 9000]);
    net.nothing(client);
    net.send_bytes(client, &[0; 2000]);
    net.closed(client);
    // and what the shell has of a WebSocket message counts as well
    let client = net.open(V5);
    net.broker.set_unfinished(client.id, 10_001);
    net.send_bytes(client, &[]);
    net.closed(client);
}

/// A WebSocket message that is not finished counts among the input of all.
#[test]
fn input_outside_the_core_counts() {
    let mut net = Net::with(|config| config.total_input = 100_000);
    let [greedy, modest] = ["greedy", "modest"].map(|name| net.connect(V5, name));
    net.broker.set_unfinished(greedy.id, 60_000);
    net.broker.set_unfinished(modest.id, 6_000);
    net.send(modest, Pingreq);
    net.broker.set_unfinished(greedy.id, 70_000);
    net.send(modest, Pingreq);
    net.disconnected(greedy, ReasonCode::QuotaExceeded);
    assert_eq!(net.frames(modest).len(), 2);
}

#[test]
fn unread_output_of_all_is_bounded() {
    let mut net = Net::with(|config| config.total_backlog = 100_000);
    let publisher = net.connect(V5, "p");
    let slow: Vec<_> = (0..20).map(|number| net.connect(V5, &number.to_string())).collect();
    slow.iter().for_each(|client| net.subscribe(*client, "t", QoS::AtMostOnce));
    net.nobody_reads = true;
    for _ in 0..200 {
        net.publish(publisher, "t", &"x".repeat(1000));
    }
    let waits: usize = slow.iter().map(|client| net.broker.backlog(client.id)).sum();
    assert!(waits < 200_000, "{waits} bytes");
    // answers are not dropped: who has most of them that it does not read is closed
    for _ in 0..200 {
        net.send_bytes(slow[0], &[0xC0, 0].repeat(1000));
    }
    assert!(net.broker.is_cut(slow[0].id));
    assert!(slow[1..].iter().all(|client| !net.broker.is_cut(client.id)));
}

#[test]
fn identifiers_of_sessions_are_counted() {
    let mut net = Net::with(|config| config.session_bytes = 150_000);
    let name = "c".repeat(30_000);
    let mut codes = Vec::new();
    for number in 0..6 {
        let client = net.open(V5);
        let name = format!("{number}{name}");
        let user = [Property::SessionExpiryInterval(9)];
        let user_name = Some(Utf8String::new("u").unwrap());
        net.send(client, Connect { user_name, properties: Properties::from(&user[..]), ..connect(V5, &name) });
        net.next(client, |packet| match packet {
            Packet::Connack(connack) => codes.push(connack.reason_code),
            other => panic!("{other:?} in place of CONNACK"),
        });
    }
    assert_eq!(codes[..4], [ReasonCode::Success; 4]);
    assert_eq!(codes[4..], [ReasonCode::QuotaExceeded; 2]);
}
