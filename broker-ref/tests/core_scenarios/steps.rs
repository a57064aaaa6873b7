//! What is too much for one step goes on in the next ones: in order, whole, and while others are served.

use mqttspec_codec::{
    Connect, Disconnect, Packet, Pingreq, Pingresp, Properties, Property, Puback, QoS, ReasonCode, Seq, TopicFilter,
    Unsuback, Unsubscribe,
};

use crate::harness::{Client, Net, V3_1_1, V5, connect, id, lasting, qos0, qos1, qos2, will};

/// A broker that does next to nothing at once, and stops after each event.
fn halfway() -> Net {
    Net::with(|config| config.step = 60.try_into().unwrap())
}

fn readers(net: &mut Net, count: usize, qos: QoS) -> Vec<Client> {
    let reader = |number| {
        let client = net.resume(V3_1_1, &format!("reader{number}")).0;
        net.subscribe(client, "t", qos);
        client
    };
    (0..count).map(reader).collect()
}

fn goes_on(net: &mut Net) {
    net.stops_halfway = false;
    net.go_on(usize::MAX);
}

// v5 [MQTT-4.6.0-6], v3.1.1 [MQTT-4.6.0-6]
#[test]
fn messages_of_a_publisher_wait_for_each_other_and_nobody_else_waits() {
    let mut net = halfway();
    let readers = readers(&mut net, 20, QoS::AtLeastOnce);
    let (publisher, other) = (net.connect(V5, "publisher"), net.connect(V5, "other"));
    net.stops_halfway = true;
    net.send(publisher, qos1(1, "t", "first"));
    net.send(publisher, qos1(2, "t", "second"));
    net.nothing(publisher);
    assert!(net.broker.is_held(publisher.id), "it is not read meanwhile");
    net.send(other, Pingreq);
    net.expect(other, Pingresp);
    goes_on(&mut net);
    assert!(!net.broker.is_held(publisher.id));
    for reader in readers {
        net.expect(reader, qos1(2, "t", "first"));
        net.expect(reader, qos1(3, "t", "second"));
    }
    net.expect(publisher, Puback::success(id(1)));
    net.expect(publisher, Puback::success(id(2)));
}

#[test]
fn subscription_made_meanwhile_gets_no_earlier_message() {
    let mut net = halfway();
    let readers = readers(&mut net, 20, QoS::AtLeastOnce);
    let (publisher, late) = (net.connect(V5, "publisher"), net.connect(V5, "late"));
    net.stops_halfway = true;
    net.send(publisher, qos1(1, "t", "m"));
    net.subscribe(late, "t", QoS::AtLeastOnce);
    goes_on(&mut net);
    net.nothing(late);
    readers.into_iter().for_each(|reader| net.expect(reader, qos1(2, "t", "m")));
}

// v5 [MQTT-4.3.3-10], v3.1.1 [MQTT-4.3.3-2]: a publisher that sends it again must not find that some have got it
#[test]
fn message_at_qos_2_goes_to_all_of_its_receivers_at_once_or_to_none() {
    let mut net = Net::with(|config| config.step = 18.try_into().unwrap());
    readers(&mut net, 20, QoS::ExactlyOnce);
    let publisher = net.resume(V5, "publisher").0;
    net.stops_halfway = true;
    net.send(publisher, qos2(1, "t", "m"));
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen.push(net.folded.queue.len());
        assert_eq!(net.folded.received.len(), net.folded.queue.len() / 20);
        net.go_on(1);
    }
    assert!(seen.contains(&0) && seen.contains(&20) && seen.iter().all(|len| [0, 20].contains(len)), "{seen:?}");
}

#[test]
fn what_came_before_the_end_of_a_connection_is_handled_before_it() {
    let mut net = halfway();
    let readers = readers(&mut net, 20, QoS::AtMostOnce);
    let (publisher, _) = net.connect_as(Connect { will: Some(will("t", "will")), ..connect(V5, "publisher") });
    net.stops_halfway = true;
    net.send(publisher, qos0("t", "first"));
    net.send(publisher, qos0("t", "second"));
    net.send(publisher, Disconnect::new(ReasonCode::NORMAL_DISCONNECTION));
    net.lose(publisher);
    goes_on(&mut net);
    for reader in readers {
        net.expect(reader, qos0("t", "first"));
        net.expect(reader, qos0("t", "second"));
        net.nothing(reader);
    }
}

// v5 section 4.8.2
#[test]
fn shared_messages_of_a_session_that_ends_are_not_lost_in_a_crash() {
    for steps in [0, 1, 3, 10, 1000] {
        let mut net = halfway();
        let (member, _) = net.resume(V5, "member");
        net.subscribe(member, "$share/g/t", QoS::AtLeastOnce);
        let publisher = net.connect(V5, "publisher");
        (0..30).for_each(|number| net.send(publisher, qos1(1, "t", &number.to_string())));
        let (other, _) = net.resume(V5, "other");
        net.subscribe(other, "$share/g/t", QoS::AtLeastOnce);
        net.stops_halfway = true;
        let now = [Property::SessionExpiryInterval(0)];
        let leave =
            Disconnect { properties: Properties::from(&now[..]), ..Disconnect::new(ReasonCode::NORMAL_DISCONNECTION) };
        net.send(member, leave);
        net.go_on(steps);
        net.restart();
        net.stops_halfway = false;
        net.wait(10);
        assert_eq!(net.folded.queue.len(), 30, "after {steps} steps");
        assert_eq!(net.folded.sessions.len(), 1, "{:?}", net.folded.sessions);
        let (again, present) = net.resume(V5, "member");
        assert!(!present);
        net.leave(again);
    }
}

// v5 [MQTT-3.1.2-8], v3.1.1 [MQTT-3.1.2-8]
#[test]
fn will_on_its_way_is_not_lost_in_a_crash() {
    for steps in [0, 1, 5, 1000] {
        let mut net = halfway();
        let readers = readers(&mut net, 20, QoS::AtLeastOnce).len();
        let will = mqttspec_codec::Will { qos: QoS::AtLeastOnce, ..will("t", "gone") };
        let (client, _) = net.connect_as(Connect { will: Some(will), ..lasting(V3_1_1, "client") });
        net.stops_halfway = true;
        net.lose(client);
        net.go_on(steps);
        net.restart();
        net.stops_halfway = false;
        net.wait(10);
        assert!(net.folded.queue.len() >= readers, "after {steps} steps");
        assert_eq!(net.folded.sessions.len(), readers + 1, "{:?}", net.folded.sessions.keys());
    }
}

#[test]
fn packet_with_many_filters_is_answered_once_and_holds_up_its_client_alone() {
    let mut net = halfway();
    let (client, other) = (net.connect(V5, "client"), net.connect(V5, "other"));
    let names: Vec<String> = (0..200).map(|number| format!("t/{number}")).collect();
    let filters: Vec<TopicFilter<'_>> = names.iter().map(|name| TopicFilter::new(name).unwrap()).collect();
    net.stops_halfway = true;
    let unsubscribe =
        Unsubscribe { packet_id: id(7), properties: Properties::EMPTY, filters: Seq::from(filters.as_slice()) };
    net.send(client, unsubscribe);
    net.send(client, Pingreq);
    net.send(other, Pingreq);
    net.expect(other, Pingresp);
    net.nothing(client);
    goes_on(&mut net);
    let codes = vec![ReasonCode::NoSubscriptionExisted; 200];
    let unsuback =
        Unsuback { packet_id: id(7), properties: Properties::EMPTY, reason_codes: Seq::from(codes.as_slice()) };
    net.expect(client, Packet::from(unsuback));
    net.expect(client, Pingresp);
}
