//! An orderly stop: every client is told, nothing else happens, and the stored state is resumed later.

use mqttspec_codec::{Connect, Pingreq, Properties, Property, QoS, ReasonCode, Will};

use crate::harness::{Net, V3_1_1, V5, connect, lasting, qos0, qos1, will};

#[test]
fn stop_disconnects_every_client_and_ends_all_activity() {
    let mut net = Net::new();
    let silent = net.open(V5);
    let (old, new) = (net.connect(V3_1_1, "old"), net.connect(V5, "new"));
    net.subscribe(new, "#", QoS::AtMostOnce);
    net.stop();
    net.disconnected(old, ReasonCode::ServerShuttingDown);
    net.disconnected(new, ReasonCode::ServerShuttingDown);
    net.closed(silent);
    // late events change nothing
    net.send(old, qos0("t", "late"));
    net.lose(new);
    net.stop();
    let late = net.open(V5);
    net.closed(late);
    net.send(late, connect(V5, "late"));
    net.closed(late);
    assert_eq!(net.broker.poll_timeout(), None);
}

/// v5 section 3.1.2.5, v3.1.1 section 3.1.2.5: deferred until the restart.
#[test]
fn wills_wait_for_the_restart() {
    let delay = [Property::WillDelayInterval(10)];
    let delayed = Will { properties: Properties::from(&delay[..]), ..will("w", "delayed") };
    let mut net = Net::new();
    let (watcher, _) = net.resume(V5, "watcher");
    net.subscribe(watcher, "w", QoS::AtLeastOnce);
    let at_once = |payload| Will { qos: QoS::AtLeastOnce, ..will("w", payload) };
    let short = net.connect_as(Connect { will: Some(at_once("short")), ..connect(V5, "short") }).0;
    let old = net.connect_as(Connect { will: Some(at_once("old")), ..lasting(V3_1_1, "old") }).0;
    net.connect_as(Connect { will: Some(Will { qos: QoS::AtLeastOnce, ..delayed }), ..lasting(V5, "delayed") });
    net.stop();
    net.disconnected(watcher, ReasonCode::ServerShuttingDown);
    for client in [short, old] {
        net.disconnected(client, ReasonCode::ServerShuttingDown);
    }
    assert!(net.folded.queue.is_empty(), "no Will went out");
    net.wait(4_000);
    net.restart();
    let (watcher, present) = net.resume(V5, "watcher");
    assert!(present);
    net.expect(watcher, qos1(2, "w", "short"));
    net.expect(watcher, qos1(3, "w", "old"));
    net.nothing(watcher);
    // its delay began when the broker stopped
    net.wait(5_999);
    net.nothing(watcher);
    net.wait(1);
    net.expect(watcher, qos1(4, "w", "delayed"));
    net.send(watcher, Pingreq);
}

#[test]
fn sessions_expire_from_the_stop_on() {
    let mut net = Net::new();
    net.resume(V5, "an hour");
    net.stop();
    net.wait(3_599_000);
    net.restart();
    assert_eq!(net.folded.sessions.len(), 1);
    net.wait(1_000);
    assert!(net.folded.sessions.is_empty());
}
