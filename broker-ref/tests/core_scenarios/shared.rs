//! Shared subscriptions (v5 section 4.8.2).

use mqttspec_broker::core::QueueFull;
use mqttspec_codec::{Properties, Property, Puback, Publish, Pubrec, Pubrel, QoS, ReasonCode};

use crate::harness::{Net, V3_1_1, V5, id, qos0, qos1, qos2};

#[test]
fn members_take_turns_and_groups_are_independent() {
    let mut net = Net::new();
    let members = ["a", "b"].map(|name| net.connect(V5, name));
    for member in members {
        net.subscribe(member, "$share/g/t/+", QoS::AtMostOnce);
        net.subscribe(member, "$share/g/t/+", QoS::AtMostOnce); // does not count twice
    }
    let alone = net.connect(V3_1_1, "alone");
    net.subscribe(alone, "$share/h/t/#", QoS::AtMostOnce);
    net.subscribe(alone, "t/x", QoS::AtMostOnce);
    for turn in ["1", "2", "3", "4"] {
        net.publish(alone, "t/x", turn);
        net.expect(alone, qos0("t/x", turn));
        net.expect(alone, qos0("t/x", turn));
    }
    for (member, turns) in members.into_iter().zip([["1", "3"], ["2", "4"]]) {
        for turn in turns {
            net.expect(member, qos0("t/x", turn));
        }
    }
}

#[test]
fn connected_members_come_first() {
    let mut net = Net::new();
    let (away, _) = net.resume(V5, "away");
    net.subscribe(away, "$share/g/t", QoS::AtLeastOnce);
    net.lose(away);
    let publisher = net.connect(V5, "p");
    net.send(publisher, qos1(1, "t", "for the next to return"));
    net.expect(publisher, Puback::success(id(1)));
    let here = net.connect(V5, "here");
    net.subscribe(here, "$share/g/t", QoS::AtLeastOnce);
    for number in 2..=5 {
        net.send(publisher, qos1(number, "t", "x"));
        net.expect(here, qos1(number, "t", "x"));
    }
    let (away, _) = net.resume(V5, "away");
    net.expect(away, qos1(2, "t", "for the next to return"));
    net.nothing(away);
}

#[test]
fn messages_of_an_ended_member_go_to_another_unless_qos_2_was_started() {
    let mut net = Net::new();
    let publisher = net.connect(V5, "p");
    let leaver = net.connect(V5, "leaver");
    net.subscribe(leaver, "$share/g/t", QoS::ExactlyOnce);
    net.send(publisher, qos1(1, "t", "one"));
    net.send(publisher, qos2(2, "t", "two"));
    net.send(publisher, qos1(3, "t", "done"));
    net.send(leaver, Puback::success(id(4)));
    let (heir, _) = net.resume(V5, "heir");
    net.subscribe(heir, "$share/g/t", QoS::ExactlyOnce);
    net.lose(leaver);
    net.expect(heir, qos1(2, "t", "one"));
    net.nothing(heir);
    net.send(heir, Puback::with_reason(id(2), ReasonCode::UnspecifiedError));
    net.lose(heir);
    let (heir, _) = net.resume(V5, "heir");
    net.nothing(heir);
    net.send(publisher, qos2(9, "t", "x"));
    net.expect(heir, qos2(3, "t", "x"));
    net.send(heir, Pubrec::success(id(3)));
    net.expect(heir, Pubrel::success(id(3)));
}

#[test]
fn messages_of_an_ended_member_use_the_room_it_frees() {
    let mut net = Net::with(|config| (config.total_queued_bytes, config.queue_full) = (2000, QueueFull::DropNewest));
    let (publisher, leaver) = (net.connect(V5, "p"), net.connect(V5, "leaver"));
    net.subscribe(leaver, "$share/g/t", QoS::AtLeastOnce);
    let large = "x".repeat(60);
    net.send(publisher, qos1(1, "t", &large));
    let heir = net.connect(V5, "heir");
    net.subscribe(heir, "$share/g/t", QoS::AtLeastOnce);
    net.lose(leaver);
    net.expect(heir, qos1(2, "t", &large));
}

#[test]
fn expired_messages_of_an_ended_member_are_not_redelivered() {
    for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
        let mut net = Net::new();
        let leaver = net.connect(V5, "leaver");
        net.subscribe(leaver, "$share/g/t", QoS::AtLeastOnce);
        let publisher = net.connect(V5, "p");
        let second = [Property::MessageExpiryInterval(1)];
        net.send(publisher, Publish { properties: Properties::from(&second[..]), ..qos1(1, "t", "old") });
        let heir = net.connect(V5, "heir");
        net.subscribe(heir, "$share/g/t", qos);
        net.wait(1000);
        net.lose(leaver);
        net.nothing(heir);
    }
}
