//! What stands between the clients of a node and the broker, and may be wrong in one way.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use mqttspec::Target;
use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, Packet, Splitter, Version, decode_frame};

/// What a node does differently. All but the first are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Acknowledges a SUBSCRIBE at once, and the broker learns of it later.
    SubscribesLate,
    /// Has Sessions of its own.
    HasItsOwnSessions,
    /// Delivers retained messages with RETAIN 0.
    DeliversRetainedAsLive,
    /// Acknowledges an empty retained message, and keeps the one before.
    KeepsWhatIsCleared,
    /// Tells the broker that a Client which is gone has said so.
    SwallowsWills,
    /// Delivers one message behind the next.
    SwapsMessages,
    /// Has a group of its own for each Shared Subscription.
    HasItsOwnGroups,
    /// Acknowledges an UNSUBSCRIBE, and keeps the Subscription.
    KeepsSubscriptions,
    /// Loses what it has to deliver at QoS 1 and 2.
    LosesAboveQos0,
}

/// Listens for the clients of a node until the end of the process.
pub(crate) fn node(broker: u16, habit: Option<Habit>) -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = format!("mqtt://{}", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let broker = TcpStream::connect(("127.0.0.1", broker)).expect("the broker runs");
            let link = Arc::new(Link { client, broker, habit, state: Mutex::default() });
            for stream in [&link.client, &link.broker] {
                stream.set_nodelay(true).expect("a socket");
            }
            let other = link.clone();
            thread::spawn(move || link.towards_broker());
            thread::spawn(move || other.towards_client());
        }
    });
    target.parse().expect("a URL")
}

/// One connection of a client.
struct Link {
    client: TcpStream,
    broker: TcpStream,
    habit: Option<Habit>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    version: Option<Version>,
    has_said_goodbye: bool,
    /// A message that is delivered behind the next one.
    held: Vec<u8>,
    /// How many SUBACKs the client has had before the broker sent them.
    acknowledged: usize,
}

impl Link {
    fn towards_broker(&self) {
        frames(&self.client, |frame| {
            let mut bytes = frame.to_vec();
            let mut state = self.state.lock().expect("no panic");
            let packet = decode_frame(frame, state.version.unwrap_or(Version::V5)).ok();
            if let Some(Packet::Connect(connect)) = &packet {
                state.version.get_or_insert(connect.version);
            }
            let is_v5 = state.version == Some(Version::V5);
            let no_properties: &[u8] = if is_v5 { &[0] } else { &[] };
            match (self.habit, &packet) {
                (Some(Habit::HasItsOwnSessions), Some(Packet::Connect(connect))) => {
                    let id = connect.client_id.as_bytes();
                    let at = frame.windows(id.len().max(1)).rposition(|window| window == id);
                    if let Some(last) = at.and_then(|at| bytes.get_mut(at + id.len() - 1)) {
                        *last = if *last == b'Z' { b'Y' } else { b'Z' };
                    }
                }
                (Some(Habit::HasItsOwnGroups), Some(Packet::Subscribe(_) | Packet::Unsubscribe(_))) => {
                    let share = b"$share/g/";
                    if let Some(at) = frame.windows(share.len()).position(|window| window == share) {
                        bytes[at + share.len() - 2] = b'h';
                    }
                }
                (Some(Habit::SubscribesLate), Some(Packet::Subscribe(subscribe))) => {
                    let codes: Vec<u8> = subscribe.subscriptions.iter().map(|one| one.options.qos as u8).collect();
                    let id = subscribe.packet_id.number().to_be_bytes();
                    state.acknowledged += 1;
                    drop(state);
                    let body = [&id[..], no_properties, &codes].concat();
                    let suback = [&[0x90, u8::try_from(body.len()).expect("few")][..], &body].concat();
                    let answered = (&self.client).write_all(&suback).is_ok();
                    thread::sleep(LATE);
                    return answered && (&self.broker).write_all(&bytes).is_ok();
                }
                (Some(Habit::KeepsSubscriptions), Some(Packet::Unsubscribe(unsubscribe))) => {
                    let id = unsubscribe.packet_id.number().to_be_bytes();
                    let unsuback = match is_v5 {
                        true => vec![0xB0, 4, id[0], id[1], 0, 0],
                        false => vec![0xB0, 2, id[0], id[1]],
                    };
                    return (&self.client).write_all(&unsuback).is_ok();
                }
                (Some(Habit::KeepsWhatIsCleared), Some(Packet::Publish(publish)))
                    if publish.retain && publish.payload.is_empty() =>
                {
                    let id = publish.delivery.packet_id().map_or([0, 0], |id| id.number().to_be_bytes());
                    let puback = [&[0x40, 2][..], &id].concat();
                    return id == [0, 0] || (&self.client).write_all(&puback).is_ok();
                }
                (_, Some(Packet::Disconnect(_))) => state.has_said_goodbye = true,
                _ => {}
            }
            (&self.broker).write_all(&bytes).is_ok()
        });
        let says = self.habit == Some(Habit::SwallowsWills);
        if says && !self.state.lock().expect("no panic").has_said_goodbye {
            let _ = (&self.broker).write_all(&[0xE0, 0]);
            let _ = self.broker.shutdown(Shutdown::Write);
            return;
        }
        self.end();
    }

    fn towards_client(&self) {
        frames(&self.broker, |frame| {
            let mut bytes = frame.to_vec();
            let mut state = self.state.lock().expect("no panic");
            let is_publish = frame[0] >> 4 == 3;
            match self.habit {
                Some(Habit::SubscribesLate) if frame[0] >> 4 == 9 && state.acknowledged > 0 => {
                    state.acknowledged -= 1;
                    return true;
                }
                Some(Habit::DeliversRetainedAsLive) if is_publish => bytes[0] &= 0xFE,
                Some(Habit::LosesAboveQos0) if is_publish && frame[0] & 6 != 0 => return true,
                Some(Habit::SwapsMessages) if is_publish && frame.ends_with(b"m7") => {
                    state.held = bytes;
                    return true;
                }
                Some(Habit::SwapsMessages) if is_publish => bytes.append(&mut state.held),
                _ => {}
            }
            (&self.client).write_all(&bytes).is_ok()
        });
        self.end();
    }

    fn end(&self) {
        for stream in [&self.client, &self.broker] {
            // the other direction may have done it
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Reads packets until the end, or until one is not passed on.
fn frames(mut from: &TcpStream, mut pass: impl FnMut(&[u8]) -> bool) {
    let mut splitter = Splitter::new(Vec::new(), MAXIMUM_REMAINING_LENGTH);
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from.read(&mut bytes) {
        let mut rest = &bytes[..len];
        while let Ok(Some(frame)) = splitter.next(&mut rest) {
            if !pass(frame) {
                return;
            }
        }
    }
}

/// Much longer than the whole exchange of a case on loopback.
const LATE: Duration = Duration::from_millis(150);
