//! Reference MQTT broker for 3.1, 3.1.1 and 5.0 that puts correctness first.
//!
//! | module | feature | what |
//! |---|---|---|
//! | [`core`] | | the broker as a pure state machine: events and time in; bytes, deltas and the next deadline out |
//! | `store` | `store` | what survives a restart, on disk |
//! | `shell` | `shell` | sockets, clock and store around it: TCP and WebSocket, on one thread |
//! | `users` | `users` | the TOML file of users, and `passwd`, which changes one of them |
//! | `settings` | `settings` | what a settings file and flags can set, for core and shell |
//!
//! Nothing in `core` knows of `store` or `shell`. The conformance suite runs `core` in memory under a virtual clock,
//! and `shell` as its embedded broker.
//!
//! # Features
//! All are on by default. Without them the crate is the pure core, which does no I/O and has no clock and no random
//! numbers of its own; it builds for `wasm32-unknown-unknown`.
//!
//! | feature | what it adds | needs |
//! |---|---|---|
//! | `passwords` | users with an argon2 hash, for User Name and Password of CONNECT; SCRAM-SHA-256 needs no feature | |
//! | `users` | the TOML file of users | `passwords` |
//! | `shell` | a server on TCP and WebSocket | |
//! | `tls` | listeners under TLS | `shell` |
//! | `store` | the store on disk; without it the shell takes any `store::Persist` | |
//! | `settings` | the TOML file of settings | `shell`, `store`, `tls` |
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod core;
#[cfg(any(feature = "users", feature = "settings"))]
mod place;
#[cfg(feature = "settings")]
pub mod settings;
#[cfg(feature = "shell")]
pub mod shell;
#[cfg(any(feature = "store", feature = "shell"))]
pub mod store;
#[cfg(feature = "users")]
pub mod users;
