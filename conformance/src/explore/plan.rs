//! [`Plan`]: what some Clients do, as a list of operations. An operation that cannot apply does nothing, so each part of
//! a plan is a plan.

use std::fmt;

use mqttspec_codec::Version;

/// The topics of a plan, below its own first level.
pub const TOPICS: [&str; 10] = ["a", "a/b", "b", "b/c", "a/", "/b", "a/b/c", "$a/b", "a//b", "A"];
/// The Topic Filters of a plan, below its own first level.
pub const FILTERS: [&str; 18] = [
    "a", "a/b", "b", "a/#", "+", "+/b", "#", "b/+", "a/", "+/+", "a/+", "/b", "/+", "+/#", "a/+/c", "a//b", "+/b/#",
    "a/b/#",
];
/// The Clients of a plan.
pub const CLIENTS: [&str; 3] = ["a", "b", "c"];

/// What is played against a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// That of all Clients.
    pub version: Version,
    /// Whether the broker answers a PINGREQ on each connection after each operation.
    pub fenced: bool,
    /// In this order.
    pub ops: Vec<Op>,
}

/// An operation of a Client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// Its index in [`CLIENTS`].
    pub client: usize,
    /// What it does.
    pub act: Act,
}

/// What a Client does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Connects; the connection that it has is taken over.
    Connect(Connect),
    /// Subscribes to one or two Topic Filters with one packet.
    Subscribe(Vec<Wanted>),
    /// Unsubscribes with one packet from these, by their index in [`FILTERS`].
    Unsubscribe(Vec<usize>),
    /// Publishes.
    Publish(Message),
    /// Publishes, and closes its connection at once, so that it takes no notice of the answer.
    Cut(Message),
    /// From now on it sends no acknowledgement by itself.
    Hold,
    /// Sends the oldest acknowledgement that it has held back.
    Acknowledge,
    /// Sends all acknowledgements that it has held back, and holds back no more.
    Release,
    /// Closes its side of the connection, and reads the rest.
    Drop,
    /// Closes the connection without reading what is on its way.
    Reset,
    /// Sends DISCONNECT and closes the connection.
    Disconnect {
        /// Whether the Will is to be published (v5, code 0x04).
        with_will: bool,
        /// Whether the Session is to end (v5).
        forget: bool,
    },
}

/// The fields of CONNECT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connect {
    /// Clean Start, or Clean Session before v5.
    pub clean: bool,
    /// Whether the Session outlives the connection. Before v5 it does so exactly if `clean` is false.
    pub stays: bool,
    /// Published if the connection ends without DISCONNECT.
    pub will: Option<Message>,
    /// The Receive Maximum (v5).
    pub receive_maximum: Option<u16>,
}

impl Connect {
    /// Whether the Session outlives the connection in that version.
    #[must_use]
    pub const fn is_kept(&self, version: Version) -> bool {
        if version.has_properties() { self.stays } else { !self.clean }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Identifies it in its plan; its payload is made of it.
    pub number: usize,
    /// Its index in [`TOPICS`].
    pub topic: usize,
    /// 0, 1 or 2.
    pub qos: u8,
    /// Whether it is to be retained.
    pub retain: bool,
    /// Whether its payload is empty.
    pub empty: bool,
}

impl Message {
    /// Its payload.
    #[must_use]
    pub fn payload(&self) -> String {
        if self.empty { String::new() } else { format!("m{}", self.number) }
    }
}

/// A Topic Filter with options. All but the QoS are of v5 only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its index in [`FILTERS`].
    pub filter: usize,
    /// 0, 1 or 2.
    pub qos: u8,
    /// No Local.
    pub no_local: bool,
    /// Retain As Published.
    pub as_published: bool,
    /// 0, 1 or 2.
    pub handling: u8,
    /// The Subscription Identifier; 0 for none. That of the first counts for the whole packet.
    pub identifier: u32,
}

impl Wanted {
    /// A Topic Filter without options.
    #[must_use]
    pub const fn plain(filter: usize, qos: u8) -> Self {
        Self { filter, qos, no_local: false, as_published: false, handling: 0, identifier: 0 }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.version, if self.fenced { "a ping after each operation" } else { "without pings" })?;
        self.ops.iter().try_for_each(|op| write!(f, "\n{op}"))
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = CLIENTS.get(self.client).unwrap_or(&"?");
        match &self.act {
            Act::Connect(connect) => {
                write!(f, "{who} connects: clean {}, stays {}", connect.clean, connect.stays)?;
                if let Some(maximum) = connect.receive_maximum {
                    write!(f, ", receive maximum {maximum}")?;
                }
                connect.will.iter().try_for_each(|will| write!(f, ", with the Will {will}"))
            }
            Act::Subscribe(wanted) => {
                write!(f, "{who} subscribes to ")?;
                for (place, wanted) in wanted.iter().enumerate() {
                    write!(f, "{}{wanted}", if place > 0 { " and " } else { "" })?;
                }
                Ok(())
            }
            Act::Unsubscribe(filters) => {
                let names: Vec<&str> = filters.iter().map(|filter| FILTERS[*filter]).collect();
                write!(f, "{who} unsubscribes from {}", names.join(" and "))
            }
            Act::Publish(message) => write!(f, "{who} publishes {message}"),
            Act::Cut(message) => write!(f, "{who} publishes {message}, and closes its connection at once"),
            Act::Hold => write!(f, "{who} holds acknowledgements back"),
            Act::Acknowledge => write!(f, "{who} sends the oldest acknowledgement"),
            Act::Release => write!(f, "{who} sends its acknowledgements"),
            Act::Drop => write!(f, "{who} closes its connection"),
            Act::Reset => write!(f, "{who} resets its connection"),
            Act::Disconnect { with_will, forget } => {
                let will = if *with_will { ", and asks for its Will" } else { "" };
                write!(f, "{who} disconnects{will}{}", if *forget { ", and ends its Session" } else { "" })
            }
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retained = if self.retain { ", retained" } else { "" };
        let payload = if self.empty { "nothing".to_owned() } else { self.payload() };
        write!(f, "{payload} to {} at QoS {}{retained}", TOPICS[self.topic], self.qos)
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at QoS {}", FILTERS[self.filter], self.qos)?;
        for (is_set, what) in [(self.no_local, "no local"), (self.as_published, "retain as published")] {
            if is_set {
                write!(f, ", {what}")?;
            }
        }
        if self.handling > 0 {
            write!(f, ", retain handling {}", self.handling)?;
        }
        if self.identifier > 0 {
            write!(f, ", identifier {}", self.identifier)?;
        }
        Ok(())
    }
}
