//! Judges what a Client sends: a checker over the traffic of one connection. It does no I/O, and time is an argument.
//!
//! [`Connection`] takes the bytes of both directions in the order in which the Client sent and received them. It returns
//! a [`Breach`] for everything that the Client's statements forbid. Its rules are the table of [`Rule`], with the statements
//! of both versions. What outlives a connection is a [`Session`], which the caller passes to the next connection with the
//! same Client Identifier.
//!
//! The suite is a Client too, and its tests judge by this what it sends in every case. So nothing here knows of cases:
//! bytes that are wrong on purpose come in by a method of their own, [`Connection::sent_on_purpose`].
//!
//! ```
//! use std::time::Duration;
//! use mqttspec::conduct::{Connection, End, Rule, Session};
//!
//! let mut client = Connection::new(Some(Session::default()), None);
//! let at = Duration::from_secs;
//! assert_eq!(client.sent(at(0), b"\x10\x0D\x00\x04MQTT\x05\x02\x00\x0A\x00\x00\x00"), []); // Keep Alive 10
//! assert_eq!(client.received(at(0), b"\x20\x03\x00\x00\x00"), []);
//! let breaches = client.sent(at(11), b"\xC0\x00");
//! assert_eq!(breaches[0].rule, Rule::KeepAlive);
//! assert_eq!(breaches[0].statements, ["MQTT-3.1.2-20"]);
//! client.end(at(11), End::Dropped);
//! ```
//!
//! | module | what |
//! |---|---|
//! | `rule`, `breach` | the table of rules; what was done wrong |
//! | `connection` | splits and decodes both directions, and passes each packet on |
//! | `opening`, `closing` | CONNECT, CONNACK and AUTH; DISCONNECT, and what is due at the end |
//! | `requests` | PUBLISH, SUBSCRIBE and UNSUBSCRIBE of the Client: Packet Identifiers, DUP, quota, aliases |
//! | `answers` | PUBACK to PUBCOMP of the Client: what they answer, and their order |
//! | `keep_alive` | the longest silence |
//! | `limits` | what the Server accepts |
//! | `session` | what the Client remembers between connections |

mod answers;
mod breach;
mod closing;
mod connection;
mod keep_alive;
mod limits;
mod opening;
mod requests;
mod rule;
mod session;

pub use self::{
    breach::Breach,
    connection::{Connection, End},
    limits::Limits,
    rule::{Duty, Rule},
    session::Session,
};
