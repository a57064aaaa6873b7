//! A connection as packets of both sides, in the order of time.

use std::{iter, net::SocketAddr, vec};

use mqttspec_codec::{Packet, Reject, Version, connect_version};

use super::{
    End, MQTT_PORT, Side,
    stream::{Moment, Stream},
    websocket::{self, Upgrade},
};
use crate::packet::{Found, PacketStream, Part};

/// A connection of a capture.
#[derive(Debug)]
pub struct Conversation {
    /// Its first frame.
    pub opened: Moment,
    /// The address of the client.
    pub client: SocketAddr,
    /// The address of the server.
    pub server: SocketAddr,
    /// What is spoken.
    pub kind: Kind,
    /// Whether the capture has it from its handshake on. If not, the first bytes may be the middle of a packet.
    pub is_whole: bool,
    streams: [Stream; 2],
    closed: [Option<(Moment, End)>; 2],
}

/// What is spoken on a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// MQTT over TCP.
    Mqtt,
    /// MQTT over a WebSocket, whose frames are unwrapped.
    WebSocket,
    /// Something else: a lowercase fragment that says what.
    Other(String),
}

/// What one side of a connection did.
#[derive(Debug)]
pub struct Heard<'a> {
    /// When: for a packet, when its last byte came.
    pub moment: Moment,
    /// Who.
    pub from: Side,
    /// What.
    pub event: Event<'a>,
}

/// What can be heard on a connection.
#[derive(Debug)]
pub enum Event<'a> {
    /// A packet, or what is none.
    Part(Part<'a>),
    /// Bytes that the capture does not have.
    Gap {
        /// How many.
        missing: u64,
        /// How many bytes after it are not decoded, because it is unknown where a packet begins.
        undecoded: usize,
    },
    /// Why nothing further can be read, a sentence without its full stop.
    Trouble(&'a str),
    /// The side closed the connection.
    Closed(End),
}

/// One direction, as it was put together.
#[derive(Debug)]
pub(super) struct Half {
    /// Of the sender.
    pub(super) address: SocketAddr,
    /// Whether it begins with the handshake.
    pub(super) is_whole: bool,
    pub(super) stream: Stream,
    pub(super) closed: Option<(Moment, End)>,
}

impl Conversation {
    /// A client is only assumed to be one if the handshake is missing, so a CONNECT then decides.
    pub(super) fn new(opened: Moment, client: Half, server: Half) -> Self {
        let is_reversed = !client.is_whole && !server.is_whole && begins_with_connect(&server.stream);
        let [client, server] = if is_reversed { [server, client] } else { [client, server] };
        let is_whole = client.is_whole && server.is_whole;
        let ports = [client.address.port(), server.address.port()];
        let (kind, streams) = kind(client.stream, server.stream, ports.contains(&MQTT_PORT), is_whole);
        Conversation {
            opened,
            client: client.address,
            server: server.address,
            kind,
            is_whole,
            streams,
            closed: [client.closed, server.closed],
        }
    }

    /// The bytes that a side sent; those inside the messages of a WebSocket.
    #[must_use]
    pub fn stream(&self, side: Side) -> &Stream {
        &self.streams[side.index()]
    }

    /// Everything that both sides did, in order. The version is that of the connection's CONNECT; `version` is for a
    /// connection without one. Each optional violation in `refused` counts as malformed.
    pub fn events(&self, version: Version, refused: Reject) -> impl Iterator<Item = Heard<'_>> {
        let version = connect_version(self.streams[0].first()).ok().flatten().unwrap_or(version);
        let mut sides = [Side::Client, Side::Server].map(|side| {
            let (stream, closed) = (&self.streams[side.index()], self.closed[side.index()]);
            Events::new(side, stream, closed, version, refused).peekable()
        });
        iter::from_fn(move || {
            let [client, server] = &mut sides;
            match (client.peek(), server.peek()) {
                (Some(sent), Some(received)) if received.moment < sent.moment => server.next(),
                (Some(_), _) => client.next(),
                (None, _) => server.next(),
            }
        })
    }
}

/// What one side did.
struct Events<'a> {
    side: Side,
    stream: &'a Stream,
    version: Version,
    refused: Reject,
    packets: PacketStream<'a>,
    /// The run that `packets` reads, and how far it is read.
    run: usize,
    read: usize,
    /// How many bytes are missing of the last packet, if that is known.
    missing: Option<u64>,
    latest: Moment,
    at_end: vec::IntoIter<(Option<Moment>, Event<'a>)>,
}

impl<'a> Events<'a> {
    fn new(side: Side, stream: &'a Stream, closed: Option<(Moment, End)>, version: Version, refused: Reject) -> Self {
        let gap =
            (stream.missing_at_end > 0).then_some((None, Event::Gap { missing: stream.missing_at_end, undecoded: 0 }));
        let trouble = stream.trouble.as_deref().map(|why| (None, Event::Trouble(why)));
        let closed = closed.map(|(moment, end)| (Some(moment), Event::Closed(end)));
        Events {
            side,
            stream,
            version,
            refused,
            packets: PacketStream::new(stream.first(), version).refusing(refused),
            run: 0,
            read: 0,
            missing: None,
            latest: Moment::default(),
            at_end: [gap, trouble, closed].into_iter().flatten().collect::<Vec<_>>().into_iter(),
        }
    }

    /// The next run, after a gap. It is decoded from the end of the packet in which the gap is. Without such a packet,
    /// nothing tells where one begins, and a guess would call a broker's packets malformed.
    fn gap(&mut self) -> Option<Event<'a>> {
        self.run += 1;
        let run = self.stream.runs.get(self.run)?;
        let missing = run.missing_before;
        self.latest = self.latest.max(run.arrival(1));
        let inside = self.missing.and_then(|open| open.checked_sub(missing));
        let Some(inside) = inside else {
            let undecoded = self.stream.runs.iter().skip(self.run).map(|run| run.bytes.len()).sum();
            self.run = self.stream.runs.len();
            return Some(Event::Gap { missing, undecoded });
        };
        let skipped = usize::try_from(inside).unwrap_or(usize::MAX).min(run.bytes.len());
        self.missing = inside.checked_sub(u64::try_from(skipped).unwrap_or(u64::MAX));
        let rest = run.bytes.get(skipped..).unwrap_or_default();
        self.packets = PacketStream::new(rest, self.version).refusing(self.refused);
        self.read = skipped;
        Some(Event::Gap { missing, undecoded: 0 })
    }
}

impl<'a> Iterator for Events<'a> {
    type Item = Heard<'a>;

    fn next(&mut self) -> Option<Heard<'a>> {
        let event = if let Some(part) = self.packets.next() {
            self.read += part.bytes.len();
            self.missing = match part.found {
                Found::Incomplete { missing, is_exact: true, .. } => u64::try_from(missing).ok(),
                _ => None,
            };
            let arrival = self.stream.runs.get(self.run).map_or(self.latest, |run| run.arrival(self.read));
            self.latest = self.latest.max(arrival);
            Event::Part(part)
        } else if let Some(gap) = self.gap() {
            gap
        } else {
            let (moment, event) = self.at_end.next()?;
            self.latest = moment.map_or(self.latest, |moment| self.latest.max(moment));
            event
        };
        Some(Heard { moment: self.latest, from: self.side, event })
    }
}

fn kind(client: Stream, server: Stream, has_mqtt_port: bool, is_whole: bool) -> (Kind, [Stream; 2]) {
    if [&client, &server].iter().any(|stream| stream.first().starts_with(TLS)) {
        let why = "TLS, which is not decrypted; capture on a listener without TLS";
        return (Kind::Other(why.to_owned()), [client, server]);
    }
    match websocket::unwrap(&client, &server) {
        Upgrade::Accepted { streams, is_mqtt } if is_mqtt || begins_with_connect(&streams[0]) => {
            return (Kind::WebSocket, streams);
        }
        Upgrade::Accepted { streams, .. } => {
            return (Kind::Other("a WebSocket without MQTT".to_owned()), streams);
        }
        Upgrade::Refused(status) => {
            let why = format!("a WebSocket that the server refused with status {status}");
            return (Kind::Other(why), [client, server]);
        }
        Upgrade::None => {}
    }
    let is_mqtt = has_mqtt_port || begins_with_connect(&client) || (!is_whole && looks_like_mqtt(&client, &server));
    match is_mqtt {
        true => (Kind::Mqtt, [client, server]),
        false => {
            let why = match client.length() + server.length() {
                0 => "no data",
                _ => "it does not begin with CONNECT, and no port is 1883",
            };
            (Kind::Other(why.to_owned()), [client, server])
        }
    }
}

fn begins_with_connect(stream: &Stream) -> bool {
    let first = PacketStream::new(stream.first(), Version::V5).next();
    first.is_some_and(|part| match part.found {
        Found::Packet(packet) => matches!(packet, Packet::Connect(_)),
        // malformed or incomplete, but its name and its level are those of MQTT
        Found::Malformed(_) | Found::Incomplete { .. } => matches!(connect_version(part.bytes), Ok(Some(_))),
    })
}

/// Whether both sides send packets, and nothing else, in the middle of a connection.
fn looks_like_mqtt(client: &Stream, server: &Stream) -> bool {
    let mut packets = 0_u64;
    [Version::V5, Version::V3_1_1].into_iter().any(|version| {
        [client, server].into_iter().all(|stream| {
            PacketStream::new(stream.first(), version).all(|part| {
                packets += u64::from(part.is_packet());
                !matches!(part.found, Found::Malformed(_))
            })
        }) && packets > 0
    })
}

/// The beginning of a TLS record with a handshake.
const TLS: &[u8] = &[0x16, 0x03];
