//! The broker as a pure state machine: bytes in, bytes out. Sockets, clock and disk belong to the shell.
//!
//! The same configuration, seed, times and events give the same actions. Nothing here does I/O, reads a clock or draws
//! random numbers.
//!
//! # Contract
//! For each event, the driver of a [`Broker`] makes these calls in this order:
//! 1. [`Broker::handle_event`], or [`Broker::handle_timeout`] when the time of [`Broker::poll_timeout`] has come. Time
//!    never goes back.
//! 2. [`Broker::poll_delta`] until `None`. The deltas of one call are one step, to be stored as a whole.
//! 3. [`Broker::poll_check`] for as many passwords as can be checked now. Report each result as
//!    [`Event::PasswordChecked`].
//! 4. [`Broker::poll_notice`] until `None`, if somebody reads a log.
//! 5. [`Broker::poll_ready`] until `None`. It returns the connections that have output.
//! 6. For each of them, now or later, [`Broker::transmit`] into an empty buffer. [`Release`] says whether these bytes
//!    have to wait for the steps so far. Close the connection after [`Flow::Last`].
//! 7. [`Event::Closed`] when the transport is gone, no matter which side closed it.
//! 8. [`Broker::set_access`] at any time, then steps 2 to 6.
//! 9. At the end, [`Broker::stop`], and steps 2 to 6 once more.
//!
//! Output accumulates inside the core; [`Broker::backlog`] returns how much. Stop reading from a connection whose
//! backlog is too large or for which [`Broker::is_held`] is true. If you stop reading for any reason but the latter,
//! report it with [`Broker::set_reading`]. Report also what waits outside the core, with [`Broker::written`] and
//! [`Broker::set_unfinished`].
//!
//! ```
//! use mqttspec_broker::core::{Broker, Config, ConnectionId, Event, Flow, Peer, Release, Stored, Timestamp};
//! use mqttspec_codec::{Connect, Packet, ReasonCode, Utf8String, Version, decode_frame, encode_to_vec};
//!
//! let mut broker = Broker::new(Config::default(), Stored::default(), 7);
//! let (now, client) = (Timestamp::from_millis(1_000), ConnectionId::new(1));
//!
//! let connect = Connect::new(Version::V5, Utf8String::new("sensor")?);
//! let mut bytes = Vec::new();
//! encode_to_vec(&Packet::from(connect), Version::V5, &mut bytes)?;
//! broker.handle_event(now, client, Event::Opened(Peer::default()));
//! broker.handle_event(now, client, Event::Received(&bytes));
//!
//! assert_eq!(broker.poll_delta(), None); // a Session that ends with its connection is not stored
//! assert_eq!(broker.poll_ready(), Some(client));
//! let mut output = Vec::new();
//! assert_eq!(broker.transmit(client, &mut output), (Flow::Open, Release::AfterPersist));
//! let Packet::Connack(connack) = decode_frame(&output, Version::V5)? else { panic!("a CONNACK") };
//! assert_eq!(connack.reason_code, ReasonCode::Success);
//! assert_eq!(broker.poll_timeout(), Some(Timestamp::from_millis(11_000))); // may be early: Keep Alive ends at 91 s
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Map
//! Files without an `impl Broker` are leaves: they import one another in one direction, and no handler. The others are
//! one state machine over many files, and may call each other.
//!
//! | module | what |
//! |---|---|
//! | `broker` | [`Broker`], the contract; actions deferred to the end of a packet |
//! | `event`, `config` | the contract in types; [`Config`]: features and limits |
//! | `receive` | from bytes to packets to the packet's module; malformed packets |
//! | `connect` .. `auth` | one packet each: its rules and its effects |
//! | `protocol_error` | what a peer did wrong or may not do |
//! | `access` | [`Access`]: users, their passwords and rights; SCRAM-SHA-256 |
//! | `login`, `password_checks`, `login_queue` | between CONNECT and CONNACK; passwords that the shell checks; whose is next |
//! | `connack` | what CONNACK announces; refusals |
//! | `note`, `refusals` | what was refused to whom, for logs |
//! | `reload` | other users while the broker runs |
//! | `lifecycle`, `will` | how connections and Sessions end, and their timers |
//! | `connection`, `connections`, `link`, `session` | a Network Connection; what CONNECT set up on it; a Session, which may outlive it |
//! | `route`, `deliver` | which Clients get a message, and how; delivery to one Client |
//! | `topic_tree`, `shared`, `subscriber` | subscriptions by topic; the members of a shared subscription |
//! | `topic_search`, `addressed` | what matches a Topic Name; who gets a message |
//! | `effort`, `fanout`, `filters`, `tasks`, `go_on` | what one step may do; what it could not finish and how that goes on |
//! | `queue`, `all_queued` | QoS 1 and 2 messages on their way to one Client, and what all queues cost |
//! | `account`, `size` | what is kept, how much there may be, and who takes most; what structures cost in bytes |
//! | `message`, `outgoing` | a message in parts; the PUBLISH that they make for one Client |
//! | `retained`, `retained_backlog` | the retained messages, and the search for those that new subscriptions get |
//! | `delta`, `stored`, `record`, `ids`, `journal`, `restore` | the state that survives a restart: changes, tables, rows and their keys |
//! | `sys`, `counters` | the broker's statistics, on `$SYS/broker/` |
//! | `statistics` | the same numbers as one value |
//! | `connection_stats` | facts about a connection, for logs |
//! | `timers`, `timestamp`, `random`, `mac` | time and chance, as data |
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod access;
mod account;
mod addressed;
mod all_queued;
mod auth;
mod broker;
mod config;
mod connack;
mod connect;
mod connection;
mod connection_stats;
mod connections;
mod counters;
mod deliver;
mod delta;
mod disconnect;
mod effort;
mod event;
mod fanout;
mod filters;
mod go_on;
mod ids;
mod journal;
mod lifecycle;
mod link;
mod login;
mod login_queue;
mod mac;
mod message;
mod note;
mod outgoing;
mod password_checks;
mod pingreq;
mod protocol_error;
mod puback;
mod pubcomp;
mod publish;
mod pubrec;
mod pubrel;
mod queue;
mod random;
mod receive;
mod record;
mod refusals;
mod reload;
mod restore;
mod retained;
mod retained_backlog;
mod route;
mod session;
mod shared;
mod size;
mod statistics;
mod stored;
mod subscribe;
mod subscriber;
mod sys;
mod tasks;
mod timers;
mod timestamp;
mod topic_search;
mod topic_tree;
mod unsubscribe;
mod will;

#[cfg(feature = "passwords")]
pub use access::PasswordHash;
pub use {
    access::{Access, CheckMemory, PasswordCheck, Rights, ScramKeys, User, Users},
    account::Account,
    broker::Broker,
    config::{Config, Overlap, QueueFull},
    connection_stats::ConnectionStats,
    delta::Delta,
    event::{ConnectionId, Event, Flow, Peer, Release},
    ids::{MessageId, Place, SessionId},
    message::StoredMessage,
    random::Seed,
    record::{Entry, EntryState, SessionRecord, SubscriptionRecord, WillRecord},
    refusals::{Notice, Refusal, Refused},
    statistics::Statistics,
    stored::Stored,
    timestamp::Timestamp,
};
