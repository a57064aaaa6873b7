//! How the suite reaches a broker. The only part of the suite with sockets and clocks, and the only one with tokio.
//!
//! | module | what |
//! |---|---|
//! | `target` | a broker's URL |
//! | `link` | the little that probing and cleaning up need of a transport |
//! | `memory` | the reference broker in this process, under a virtual clock |
//! | `tamper` | what tests may put between that broker and a case |
//! | `stream`, `trust` | bytes to a broker and back, plain or under TLS; which brokers are trusted there |
//! | `handshake`, `socket` | one TCP or WebSocket connection |
//! | `network` | plays a case over sockets |
//! | `dial` | the `Link` over sockets |
//! | `bystander` | the client that takes no part and must not be hurt |
//! | `campaign` | many cases against one broker |
//! | `rounds` | side by side first, alone where it is in doubt who was to blame |

mod bystander;
mod campaign;
mod dial;
mod handshake;
mod link;
mod memory;
mod network;
mod rounds;
mod socket;
mod stream;
mod tamper;
mod target;
mod trust;

pub use self::{
    campaign::{Campaign, Progress},
    dial::Dial,
    link::{Link, LinkError},
    memory::{Memory, block_on},
    tamper::{Passage, Tamper},
    target::{Scheme, Target, TargetError},
    trust::Trust,
};
