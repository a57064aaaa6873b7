//! Conformance suite for MQTT brokers. It runs test vectors against a broker and returns a verdict for each.
//!
//! A [`Suite`] holds the cases, a [`Filter`] selects some of them, and a [`Baseline`] lists expected failures with
//! their reasons. A run against a [`Target`] (a URL), or against a [`MemoryBroker`] in this process, sends events to a
//! [`Reporter`] and returns a [`Report`].
//!
//! # A broker over TCP or WebSocket
//! With the feature `network`, in the tests of a broker:
//! ```no_run
//! # #[cfg(feature = "network")] mod test {
//! use mqttspec::{Baseline, Suite, Target};
//!
//! #[tokio::test]
//! async fn conforms() -> Result<(), Box<dyn std::error::Error>> {
//!     let broker: Target = "mqtt://127.0.0.1:1883".parse()?;
//!     let suite = Suite::embedded()?.baseline(Baseline::read("known-failures.yaml")?);
//!     suite.run(&broker).await?.assert_conformant();
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # A broker in memory
//! ```
//! # #[cfg(feature = "reference")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use mqttspec::{Filter, Reference, Suite};
//!
//! let suite = Suite::embedded()?.filter(Filter::default().only("3.12-pingreq")?);
//! let report = suite.run_in_memory(Reference::default, &mut ())?;
//! report.assert_conformant();
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "reference"))]
//! # fn main() {}
//! ```
//!
//! # A broker from a browser
//! With the feature `network`, compiled for `wasm32-unknown-unknown`, [`Suite::run_with`] reaches a broker at `ws://` or
//! `wss://` by the browser's own WebSocket. It belongs in a Web Worker, because browsers delay the timers of a page that is
//! hidden; a panic ends the module.
//! ```no_run
//! # #[cfg(feature = "network")]
//! # async fn check(url: &str, stopped: impl Future<Output = ()>) -> Result<String, Box<dyn std::error::Error>> {
//! use mqttspec::{Format, Reports, Suite};
//!
//! let mut reports = Reports::default(); // or a `Reporter` of your own beside it: `(mine, reports)`
//! Suite::embedded()?.run_with(&url.parse()?, &mut reports, stopped).await?;
//! Ok(reports.text(Format::Json)?)
//! # }
//! ```
//! Cases that need what a browser has no way to do are skipped, with that reason: fragments of WebSocket messages, control
//! frames, and a subprotocol that the broker selects unasked. A connection that a case resets is closed. Certificates,
//! headers, a recording of the traffic (`Wire`) and a restart command are not there.
//!
//! # Features
//! | feature | what it adds |
//! |---|---|
//! | none | vectors, judge, in-memory brokers, reports as text and JSON; without sockets or a clock, so it runs on WebAssembly too |
//! | `network` | brokers over TCP and WebSocket, with tokio; on `wasm32-unknown-unknown`, [over the WebSocket of the browser](#a-broker-from-a-browser) |
//! | `tls` | the same over TLS, with rustls |
//! | `reference` | the reference broker in memory |
//! | `cargo-test` | [`cargo_test`]: each case as a test with its own name |
//! | `cli` (default) | the command `mqttspec`, with all of the above except `cargo-test` |
//! | `page` | `mqttspec web`: a page that does the same in a browser |
//!
//! # Architecture
//! ```text
//!  vectors/exchange/*.yaml                                   broker
//!        |  source, vector: parse, check, expand               |
//!        v                                                     |
//!      Case ---- runner: filter, prepare ----> Script          | transport: sockets, or memory
//!                                             |                |
//!                                             v    commands    v
//!                                           judge <=======> runner
//!                                             |  observations
//!                                             v
//!                                          Verdict ----> report: terminal, JSON
//! ```
//! Modules import only modules further down in this table, as checked by `tests/layers.rs`. They are public for this
//! project's own tests and tools, but hidden here and exempt from semantic versioning.
//!
//! | module | what |
//! |---|---|
//! | `cli`, `bench` | the command line; the load generator, with blocking sockets of its own |
//! | `cargo_test` | each case as a test of `cargo test` |
//! | `explore` | random operations on a broker, judged by a model of what the standards allow |
//! | `report` | reporters: text for people; a run as data, in several formats |
//! | `runner` | selects, prepares and runs cases; emits the events |
//! | `judge` | runs a script and judges the broker; it does no I/O, and time is an argument |
//! | `vector` | loads cases from files and compiles them to scripts; reports mistakes with file, line and column |
//! | `registry` | the statements of both standards |
//! | `pcap` | captures of network traffic: reads MQTT out of them, and writes them |
//! | `packet` | packets in the vector language |
//! | `conduct` | judges what a Client sends; the suite's tests judge the suite itself by it |
//! | `transport` | bytes to a broker and back: TCP, WebSocket, memory |
//! | `rt` | time and tasks: tokio's, or a browser's |
//! | `scram` | the Client's side of SCRAM-SHA-256 |
//! | `source` | parses YAML to a tree in which every node knows its place |
//! | `text` | text that may repeat what a broker sent, escaped |

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod bench;
#[cfg(feature = "cargo-test")]
mod cargo_test;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod conduct;
#[doc(hidden)]
pub mod explore;
#[doc(hidden)]
pub mod judge;
#[doc(hidden)]
pub mod packet;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod pcap;
#[doc(hidden)]
pub mod registry;
#[doc(hidden)]
pub mod report;
#[cfg(feature = "network")]
mod rt;
#[doc(hidden)]
pub mod runner;
mod scram;
#[doc(hidden)]
pub mod source;
mod text;
#[doc(hidden)]
pub mod transport;
#[doc(hidden)]
pub mod vector;

#[cfg(feature = "cargo-test")]
pub use cargo_test::{Subject, cargo_test};
pub use judge::{Accusation, Cell, Direction, Failure, How, Key, Observed, Transcript, TranscriptEntry, Verdict};
#[cfg(feature = "cli")]
pub use report::Terminal;
pub use report::{Format, Reports};
pub use runner::{
    Baseline, Capabilities, CaseName, CaseRun, Coverage, DeniedTopic, DeniedTopicError, Deviation, Event, Filter,
    FilterError, Flips, KnownFailure, Leak, LoadErrors, Offer, Pace, ProbeError, Report, Reporter, RunError, Shard,
    ShardError, Span, StatementVerdict, Suite, Summary, Tally, Transport, Updated,
};
pub use source::{LoadError, Place};
pub use text::Text;
#[cfg(feature = "reference")]
pub use transport::Reference;
#[cfg(all(feature = "network", not(target_family = "wasm")))]
pub use transport::Wire;
#[cfg(feature = "network")]
pub use transport::{Header, Identity, Scheme, Target, TargetError, Trust, TrustError};
pub use transport::{MemoryBroker, Output};
pub use vector::{Case, Citation};

/// The examples of the README are compiled.
#[cfg(all(doctest, feature = "network"))]
#[doc = include_str!("../README.md")]
struct Readme;
