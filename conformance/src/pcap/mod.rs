//! Captures of network traffic: reads MQTT out of pcap and pcapng files, and writes pcapng files that Wireshark dissects
//! as MQTT. Bytes in, packets out, and the reverse; time is an argument.
//!
//! | module | what |
//! |---|---|
//! | `capture` | pcap and pcapng files to frames |
//! | `frame` | a frame to a TCP segment |
//! | `reassembly` | segments to connections, and the bytes of each direction in order |
//! | `stream` | the bytes of one direction, with the time at which each arrived and what is missing |
//! | `websocket` | unwraps WebSocket frames |
//! | `conversation` | a connection as packets of both sides, in the order of time |
//! | `writer` | bytes that were sent and received to a pcapng file |
//!
//! Whatever a file contains, reading it neither panics nor takes more memory than a multiple of its size.

mod capture;
mod conversation;
mod frame;
mod reassembly;
mod stream;
mod websocket;
mod writer;

pub use self::{
    capture::{Broken, is_capture},
    conversation::{Conversation, Event, Heard, Kind},
    reassembly::{Capture, Ignored},
    stream::{Moment, Run, Stream},
    writer::{ConnectionId, End, MQTT_PORT, Writer},
};

/// An end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that opened the connection.
    Client,
    /// The one that accepted it.
    Server,
}

impl Side {
    const fn index(self) -> usize {
        match self {
            Side::Client => 0,
            Side::Server => 1,
        }
    }

    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}
