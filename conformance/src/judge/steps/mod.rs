//! Starts a step: what is done at once, and what must be waited for.

pub(crate) mod limits;
pub(crate) mod send;
pub(crate) mod sent;
pub(crate) mod task;
mod transmit;

use std::sync::Arc;

use mqttspec_codec::PacketType;

use self::{limits::Permission, task::Task, transmit::Origin};
use crate::{
    judge::{
        Command, ConnectionNumber, Direction, Verdict,
        arrival::answers,
        blocks::{all_of::AllOf, any_of::AnyOf, flow::Flow},
        expect::{Waiting, raw},
        state::{
            Case,
            connection::{Connection, Opening},
        },
    },
    vector::script::{Action, HexPiece, Name, Outgoing, Step},
};

/// Something still to be done.
#[derive(Debug)]
pub(crate) enum Todo {
    Step(Step),
    /// A send that has begun and had to wait.
    Again(Step),
    Task(Task),
    /// The warning of a `warn`, if everything before it passed.
    Warn(Arc<str>),
    /// The exchange that follows a packet that was sent.
    Flow(Box<Flow>),
}

/// Runs a step until it must wait. Returns what must be done then, in order.
pub(crate) fn start(step: Step, case: &mut Case) -> Result<Vec<Todo>, Verdict> {
    let Step { place, text, warn, action } = step;
    let again = |action: Action| Todo::Again(Step { place: place.clone(), text: text.clone(), warn: None, action });
    let is_send = matches!(action, Action::Send(..) | Action::Exchange(..) | Action::Raw(..));
    if !is_send {
        case.flush(None);
    }
    let mut todo = match action {
        Action::Send(who, outgoing) => match must_wait(case, &who) {
            Some(wait) => vec![wait, again(Action::Send(who, outgoing))],
            None => match leave(case, &who, &outgoing)? {
                Ok(_) => Vec::new(),
                Err(quota) => vec![Todo::Task(quota), again(Action::Send(who, outgoing))],
            },
        },
        Action::Exchange(who, outgoing) => match must_wait(case, &who) {
            Some(wait) => vec![wait, again(Action::Exchange(who, outgoing))],
            None => match leave(case, &who, &outgoing)? {
                Ok(fields) => {
                    case.flush(None);
                    let packet_type = outgoing.packet_type;
                    let flow = Flow::start(who.clone(), place, text, packet_type, fields, case);
                    exchange(case, &who, packet_type, flow)
                }
                Err(quota) => vec![Todo::Task(quota), again(Action::Exchange(who, outgoing))],
            },
        },
        Action::Raw(who, packets) => match must_wait(case, &who) {
            Some(wait) => vec![wait, again(Action::Raw(who, packets))],
            None => {
                case.flush(Some(&who));
                let packets: Vec<Vec<u8>> = packets.iter().map(|pieces| hex(case, &who, pieces)).collect();
                case.act();
                case.transmit(&who, &packets, Origin::Hex);
                Vec::new()
            }
        },
        Action::Frame { who, opcode, fin, hex: pieces } => match must_wait(case, &who) {
            Some(wait) => vec![wait, again(Action::Frame { who, opcode, fin, hex: pieces })],
            None => {
                frame(case, &who, opcode, fin, &pieces);
                Vec::new()
            }
        },
        Action::Open { who, subprotocols, path } => {
            case.act();
            open(case, &who, subprotocols, path, true);
            Vec::new()
        }
        Action::Close(who) => end(case, &who, Command::Close),
        Action::Drop(who) => end(case, &who, Command::Drop),
        Action::Wait(length) => vec![Todo::Task(Task::pause(length, true))],
        Action::Broker(outage) => {
            let text = format!("broker: {outage:?}").to_lowercase();
            case.record(&Name::from("broker"), Direction::Sent, text, &[], false);
            case.connections.values_mut().for_each(|connection| connection.released = true);
            case.broker_is_back = false;
            case.commands.push_back(Command::Broker(outage));
            vec![Todo::Task(Task::Broker { since: case.now })]
        }
        Action::Expect(expectation) => {
            vec![Todo::Task(Task::Expect(Box::new(Waiting::start(expectation, case))))]
        }
        Action::AllOf(items) => vec![Todo::Task(Task::AllOf(AllOf::start(place, text, items, case)))],
        Action::AnyOf(alternatives) => {
            vec![Todo::Task(Task::AnyOf(AnyOf::start(place, text, alternatives, case)))]
        }
        Action::May(permitted) => {
            case.permissions.extend(permitted);
            Vec::new()
        }
        Action::Steps(steps) => steps.into_iter().map(Todo::Step).collect(),
    };
    todo.extend(warn.map(Todo::Warn));
    Ok(todo)
}

/// What a client must wait for before it can send: a connection, or for it to be open.
fn must_wait(case: &mut Case, who: &Name) -> Option<Todo> {
    match case.connections.get(who) {
        Some(connection) if !connection.released => {
            let pending = matches!(connection.opening, Opening::Asked) && connection.ended.is_none();
            let refused = matches!(connection.opening, Opening::Refused(_)) && !connection.explicit;
            (pending || refused).then(|| Todo::Task(Task::Open { who: who.clone(), since: case.now }))
        }
        _ => {
            open(case, who, None, None, false);
            Some(Todo::Task(Task::Open { who: who.clone(), since: case.now }))
        }
    }
}

fn open(case: &mut Case, who: &Name, subprotocols: Option<Vec<String>>, path: Option<String>, explicit: bool) {
    let Some((version, node)) = case.clients.get(who).map(|client| (client.version, client.node)) else {
        debug_assert!(false, "the loader knows every client");
        return;
    };
    let connection = ConnectionNumber(case.number());
    let mut opened = Connection::new(connection, version, explicit);
    opened.outstanding_before = case.connections.get(who).map(answers::still_outstanding).unwrap_or_default();
    case.connections.insert(who.clone(), opened);
    let who = who.clone();
    case.commands.push_back(Command::Open { connection, who, node, subprotocols, path, explicit });
}

/// Sends a packet if that is possible now. The inner error is what it must wait for.
fn leave(case: &mut Case, who: &Name, outgoing: &Outgoing) -> Result<Result<crate::packet::Fields, Task>, Verdict> {
    let ready = send::ready(case, who, outgoing)?;
    match limits::check(case, who, outgoing.packet_type, &ready.fields, ready.bytes.len())? {
        Permission::Later(most) => {
            case.flush(None);
            return Ok(Err(Task::Quota { who: who.clone(), most, since: case.now }));
        }
        Permission::Now => {}
    }
    case.flush(Some(who));
    if let Some(connection) = case.connections.get_mut(who) {
        connection.offer.kept_alive = connection.offer.kept_alive.or(ready.kept_alive);
    }
    case.act();
    case.transmit(who, &[ready.bytes], Origin::Step);
    Ok(Ok(ready.fields))
}

/// Sends the first packet of `=>` and starts its exchange.
fn exchange(case: &mut Case, who: &Name, packet_type: PacketType, flow: Option<Flow>) -> Vec<Todo> {
    let mut todo = match (packet_type, flow) {
        (PacketType::Disconnect, _) => end(case, who, Command::Close),
        (_, flow) => flow.into_iter().map(|flow| Todo::Flow(Box::new(flow))).collect(),
    };
    if !case.setup.settling.is_zero() {
        todo.push(Todo::Task(Task::pause(case.setup.settling, false)));
    }
    todo
}

fn hex(case: &mut Case, who: &Name, pieces: &[HexPiece]) -> Vec<u8> {
    let mut names = std::mem::take(&mut case.names);
    let bytes = raw::bytes(pieces, &mut names, || case.free_packet_id(who));
    case.names = names;
    bytes
}

/// Sends one WebSocket frame. The payload of binary frames is MQTT.
fn frame(case: &mut Case, who: &Name, opcode: u8, fin: bool, pieces: &[HexPiece]) {
    let payload = hex(case, who, pieces);
    case.act();
    let now = case.now;
    let Some(connection) = case.connections.get_mut(who).filter(|connection| connection.is_open()) else { return };
    connection.last_sent = now;
    let number = connection.number;
    let goes_on_unframed = opcode == 0 && connection.unframed;
    let text = format!("frame: {{opcode: {opcode}, fin: {fin}}}");
    case.record_raw(who, text, &payload);
    match opcode {
        // what continues a text message is no MQTT either
        0 if goes_on_unframed => {}
        0 | 2 => {
            let illegal = sent::note(case, who, &payload);
            case.note_illegal(who, illegal);
        }
        // control frames may appear between others and do not affect MQTT
        8.. => {}
        _ => sent::unframed(case, who),
    }
    case.commands.push_back(Command::Frame { connection: number, opcode, fin, payload });
}

/// `close` and `drop`. Unread packets are discarded, and the Server gets time to notice.
fn end(case: &mut Case, who: &Name, command: impl FnOnce(ConnectionNumber) -> Command) -> Vec<Todo> {
    case.act();
    let now = case.now;
    let Some(connection) = case.connections.get_mut(who) else { return Vec::new() };
    let was_open = connection.is_open() || matches!(connection.opening, Opening::Asked);
    connection.released = true;
    connection.discarding = true;
    connection.unread.clear();
    if !was_open {
        return Vec::new();
    }
    let command = command(connection.number);
    let text = if matches!(command, Command::Drop(_)) { "drop" } else { "close" };
    if matches!(command, Command::Drop(_)) {
        connection.ended.get_or_insert((now, "dropped by the case".to_owned()));
    }
    case.record(who, Direction::Sent, text.to_owned(), &[], false);
    case.commands.push_back(command);
    vec![Todo::Task(Task::Leave { who: Name::clone(who), since: case.now })]
}
