//! Conformance suite for MQTT brokers: vectors in, verdicts out.
//!
//! ```text
//!  vectors/exchange/*.yaml                                   broker
//!        |  vector: parse, check, expand                       |
//!        v                                                     |
//!      Case ---- run: choose, prepare ----> Script             | sockets, or memory
//!                                             |                |
//!                                             v    commands    v
//!                                           judge <=======> transport
//!                                             |  observations
//!                                             v
//!                                          Verdict ----> report: terminal, JSON
//! ```
//!
//! The middle is pure: the [`judge`] takes observations and instants as arguments and gives commands; it is played in
//! memory against the reference broker under a virtual clock, and over sockets against any broker, by the same code.
//!
//! | module | what |
//! |---|---|
//! | [`yaml`] | text to a tree in which every node knows its place |
//! | [`registry`] | the statements of both standards |
//! | [`vector`] | files to cases, cases to scripts; every mistake with file, line, column |
//! | [`script`], [`value`] | what a case says, ready to be played |
//! | [`fields`] | packets under the names of the vector language |
//! | [`packets`] | bytes and packets: the vectors of the codec, `mqttspec decode` and `encode` |
//! | [`judge`], [`verdict`] | plays a script and judges what comes |
//! | [`play`] | the contract between what is pure and what has sockets |
//! | [`transport`] | TCP, WebSocket, both under TLS, memory; the only place with sockets and clocks |
//! | [`guest`] | what the suite does on its own behalf: learning, watching, cleaning up |
//! | [`run`] | which cases, prepared for which broker; baselines |
//! | [`report`] | sinks of one stream of events |
//! | [`mod@bench`] | the load generator, with blocking sockets of its own |
//!
//! # Example
//! ```
//! use mqttspec::{guest::Login, run::run_in_memory, vector::Library, verdict::Verdict};
//! let library = Library::embedded().expect("the vectors load");
//! let case = library.cases().find(|case| case.id.starts_with("3.12-pingreq/answered/")).unwrap();
//! let run = run_in_memory(case, &mqttspec_broker::core::Config::default(), &Login::default());
//! assert_eq!(run.verdict, Verdict::Pass);
//! ```

pub mod bench;
pub mod fields;
pub mod guest;
pub mod judge;
pub mod packets;
pub mod play;
pub mod registry;
pub mod report;
pub mod run;
pub mod script;
pub mod transport;
pub mod value;
pub mod vector;
pub mod verdict;
pub mod yaml;
