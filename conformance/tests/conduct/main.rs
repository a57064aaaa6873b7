//! The suite is a conforming Client: everything that it sends is judged by the Client's statements, see
//! `mqttspec::conduct`. What a case breaks on purpose is written in hex, or named by its `breaks`; everything else is a
//! defect of the suite.
//!
//! - In memory, every case plays in every configuration that offers what it needs, with all connections of the case, the
//!   bystander and the probes.
//! - Over sockets, a proxy records what the probes, the bystander and the cleaning up send.
//! - Each rule has an example that breaks it and one that keeps it.
//! - Every statement that binds a Client has a rule, or a reason why it has none.

#[path = "../common/behind.rs"]
mod behind;
#[path = "../common/configurations.rs"]
mod configurations;
mod memory;
mod proxy;
mod rules;
mod sockets;
mod statements;
mod traffic;
