//! Reference MQTT broker for 3.1, 3.1.1 and 5.0: right before it is anything else.
//!
//! | module | what |
//! |---|---|
//! | [`core`] | the broker as a pure state machine: events and time in; bytes, deltas and the next deadline out |
//! | [`store`] | what survives a restart, on disk |
//! | [`shell`] | sockets, clock and store around it: TCP and WebSocket, on one thread |
//! | [`passwd`] | changes one user in a file of users |
//! | [`settings`] | what a settings file and flags can set, for both |
//!
//! Nothing in `core` knows of `store` or `shell`. The conformance suite runs `core` in memory under a virtual clock, and
//! `shell` as its embedded broker.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod core;
pub mod passwd;
mod place;
pub mod settings;
pub mod shell;
pub mod store;
