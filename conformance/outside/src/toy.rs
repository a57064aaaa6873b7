//! The broker: bytes in, actions out.

use std::collections::{BTreeMap, VecDeque};

/// What the broker wants done.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes on a connection.
    Send(u64, Vec<u8>),
    /// Close a connection.
    Close(u64),
}

/// All connections, by a number that the caller chose.
#[derive(Debug, Default)]
pub struct Toy {
    clients: BTreeMap<u64, Client>,
    actions: VecDeque<Action>,
}

#[derive(Debug, Default)]
struct Client {
    unread: Vec<u8>,
    is_connected: bool,
    topics: Vec<Vec<u8>>,
}

impl Toy {
    /// A client has opened a connection.
    pub fn open(&mut self, connection: u64) {
        self.clients.insert(connection, Client::default());
    }

    /// A client has closed its connection.
    pub fn close(&mut self, connection: u64) {
        self.clients.remove(&connection);
    }

    /// Bytes have come from a client.
    pub fn receive(&mut self, connection: u64, bytes: &[u8]) {
        if let Some(client) = self.clients.get_mut(&connection) {
            client.unread.extend_from_slice(bytes);
        }
        while let Some((first, body)) = self.clients.get_mut(&connection).and_then(Client::packet) {
            if self.handle(connection, first, &body).is_none() {
                self.clients.remove(&connection);
                self.actions.push_back(Action::Close(connection));
            }
        }
    }

    /// The next action.
    pub fn poll(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// `None` closes the connection.
    fn handle(&mut self, connection: u64, first: u8, body: &[u8]) -> Option<()> {
        let client = self.clients.get_mut(&connection)?;
        match (first >> 4, client.is_connected) {
            (1, _) if body.get(6) != Some(&4) => {
                // unacceptable protocol version
                self.send(connection, &[0x20, 2, 0, 1]);
                return None;
            }
            // a second CONNECT must close the connection; this broker does not know that
            (1, _) => {
                client.is_connected = true;
                self.send(connection, &[0x20, 2, 0, 0]);
            }
            (3, true) => {
                let (topic, rest) = text(body)?;
                if let [id_1, id_2, ..] = rest
                    && first & 0b0110 == 0b0010
                {
                    self.send(connection, &[0x40, 2, *id_1, *id_2]);
                }
                let payload = if first & 0b0110 == 0 { rest } else { rest.get(2..)? };
                self.publish(topic, payload);
            }
            (8, true) => {
                let (id, mut rest) = body.split_at_checked(2)?;
                let mut suback = id.to_vec();
                while !rest.is_empty() {
                    let (topic, options) = text(rest)?;
                    client.topics.push(topic.to_vec());
                    suback.push(0);
                    rest = options.get(1..)?;
                }
                self.send(connection, &packet(0x90, &suback));
            }
            (10, true) => {
                let (id, mut rest) = body.split_at_checked(2)?;
                while !rest.is_empty() {
                    let (topic, others) = text(rest)?;
                    client.topics.retain(|subscribed| subscribed != topic);
                    rest = others;
                }
                self.send(connection, &packet(0xB0, id));
            }
            (12, true) => self.send(connection, &[0xD0, 0]),
            _ => return None,
        }
        Some(())
    }

    fn publish(&mut self, topic: &[u8], payload: &[u8]) {
        let mut body = u16::try_from(topic.len()).unwrap_or_default().to_be_bytes().to_vec();
        body.extend_from_slice(topic);
        body.extend_from_slice(payload);
        let bytes = packet(0x30, &body);
        let subscribed = self.clients.iter().filter(|(_, client)| client.topics.iter().any(|own| own == topic));
        self.actions.extend(subscribed.map(|(connection, _)| Action::Send(*connection, bytes.clone())));
    }

    fn send(&mut self, connection: u64, bytes: &[u8]) {
        self.actions.push_back(Action::Send(connection, bytes.to_vec()));
    }
}

impl Client {
    /// The next whole packet: its first byte, and what comes after the Remaining Length.
    fn packet(&mut self) -> Option<(u8, Vec<u8>)> {
        let (mut length, mut at) = (0, 1);
        loop {
            let byte = *self.unread.get(at)?;
            length |= usize::from(byte & 0x7F) << (7 * (at - 1));
            at += 1;
            if byte < 0x80 || at > 4 {
                break;
            }
        }
        let whole: Vec<u8> = (self.unread.len() >= at + length).then(|| self.unread.drain(..at + length).collect())?;
        Some((whole[0], whole[at..].to_vec()))
    }
}

/// A text with its length in front, and what comes after it.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let (mut bytes, mut length) = (vec![first], body.len());
    while length >= 0x80 {
        bytes.push((length % 0x80) as u8 | 0x80);
        length /= 0x80;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(body);
    bytes
}
