//! Wrong logins beside rightful ones: who gets in, and how many passwords are checked for it.

use argon2::{Argon2, Params, PasswordHasher};
use mqttspec_broker::core::{Config, Event, Peer};
use mqttspec_codec::{Connack, Packet, ReasonCode};
use std::net::IpAddr;

use crate::{
    harness::{Client, Net, V5, connect},
    users::{EVERYTHING, net, with_password},
};

/// Each logs in once, one in each second.
const RIGHTFUL: u64 = 18;
/// Milliseconds between wrong logins: 100 in each second.
const WRONG: u64 = 10;
/// Milliseconds that a check takes, one at a time: 22 in each second, as on a small machine.
const CHECK: u64 = 45;
const HOME: &str = "192.0.2.1";

struct Flood {
    /// Rightful logins that got in.
    admitted: u64,
    /// Passwords that were checked.
    checks: u64,
}

/// `wrong` gives address, name and password of each wrong login. The rightful ones are at [`HOME`].
fn flood(wrong: impl Fn(u64) -> (String, String, String)) -> Flood {
    let params = Params::new(8, 1, 1, None).unwrap();
    let hash = Argon2::from(params).hash_password_with_salt(b"password", b"some salt").unwrap();
    let users: String = (0..RIGHTFUL).map(|user| format!("users.user{user}.argon2 = '{hash}'\n")).collect();
    let access = mqttspec_broker::users::parse(&users).unwrap();
    let mut net = Net::with(|config| *config = Config { access, ..Config::default() });
    net.checks_wait = true;
    let knock = |net: &mut Net, ip: &str, name: &str, password: &str| {
        let ip: IpAddr = ip.parse().unwrap();
        let client = net.open_from(V5, Peer { address: ip.to_string(), ip: Some(ip) });
        net.send(client, with_password(name, password, connect(V5, "")));
        client
    };
    let (mut rightful, mut flood) = (Vec::new(), Flood { admitted: 0, checks: 0 });
    let mut running = None;
    // the rightful ones come when the flood has lasted for a while
    for millis in 0..(RIGHTFUL + 20) * 1000 {
        if millis % WRONG == 0 {
            let (ip, name, password) = wrong(millis / WRONG);
            knock(&mut net, &ip, &name, &password);
        }
        if millis % 1000 == 999 && (15..15 + RIGHTFUL).contains(&(millis / 1000)) {
            rightful.push(knock(&mut net, HOME, &format!("user{}", millis / 1000 - 15), "password"));
        }
        if millis % CHECK == 0 {
            if let Some((client, passed)) = running.take() {
                net.happen(client, Event::PasswordChecked(passed));
            }
            assert!(net.broker.statistics().logins_waiting <= 64);
            if let Some((id, check)) = net.broker.poll_check() {
                flood.checks += 1;
                running = Some((Client { id, version: V5 }, check.run()));
            }
        }
        net.wait(1);
    }
    for client in rightful {
        let code = net.next(client, |packet| match packet {
            Packet::Connack(Connack { reason_code, .. }) => reason_code,
            other => panic!("{other:?} in place of CONNACK"),
        });
        flood.admitted += u64::from(code == ReasonCode::Success);
    }
    flood
}

fn text(text: impl ToString) -> String {
    text.to_string()
}

#[test]
fn wrong_logins_from_another_address_keep_nobody_out() {
    let flood = flood(|n| (text("198.51.100.1"), format!("name{n}"), text("wrong")));
    assert_eq!(flood.admitted, RIGHTFUL);
}

#[test]
fn wrong_logins_from_many_addresses_keep_nobody_out() {
    let flood = flood(|n| (format!("198.51.100.{}", n % 200), format!("name{n}"), text("wrong")));
    assert_eq!(flood.admitted, RIGHTFUL);
    let flood = self::flood(|n| (format!("2001:db8::{n:x}"), format!("name{n}"), text("wrong")));
    assert_eq!(flood.admitted, RIGHTFUL, "one network");
}

#[test]
fn guesses_for_one_name_keep_no_other_name_out() {
    for name in ["nobody", "user3"] {
        let flood = flood(|n| (text(HOME), text(name), format!("guess{n}")));
        assert!(flood.admitted >= RIGHTFUL - 1, "{name}: {}", flood.admitted);
    }
}

/// Nothing tells the rightful ones from the others: what is left is that nobody is worse off than the average.
#[test]
fn ever_new_names_at_the_same_address_leave_the_rightful_ones_their_share() {
    let flood = flood(|n| (text(HOME), format!("name{n}"), text("wrong")));
    assert!(flood.admitted >= 3, "{}", flood.admitted);
}

#[test]
fn device_with_an_old_password_costs_no_further_checks() {
    let flood = flood(|_| (text(HOME), text("user3"), text("old")));
    // those that came before the first result are checked too
    assert_eq!(flood.admitted, RIGHTFUL);
    assert!(flood.checks <= RIGHTFUL + 5, "{}", flood.checks);
}

#[test]
fn what_was_checked_is_known_until_the_users_change() {
    let mut net = net(EVERYTHING);
    net.enter(V5, "alice");
    net.checks_wait = true;
    let answer = |net: &mut Net, name, password| net.login(with_password(name, password, connect(V5, "c"))).1;
    assert_eq!(answer(&mut net, "alice", "password"), ReasonCode::Success);
    net.checks_wait = false;
    for name in ["alice", "nobody"] {
        assert_eq!(answer(&mut net, name, "wrong"), ReasonCode::BadUserNameOrPassword);
    }
    net.checks_wait = true;
    for name in ["alice", "nobody"] {
        assert_eq!(answer(&mut net, name, "wrong"), ReasonCode::BadUserNameOrPassword);
    }
    net.reload(crate::users::users(EVERYTHING));
    for password in ["password", "wrong"] {
        let client = net.open(V5);
        net.send(client, with_password("alice", password, connect(V5, "d")));
        net.nothing(client);
        assert!(net.broker.poll_check().is_some(), "it is checked again");
    }
}
