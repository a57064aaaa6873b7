//! Bytes to a broker and back. Nothing here knows MQTT, cases or verdicts.
//!
//! | module | what |
//! |---|---|
//! | `link` | what the suite's own clients need of a transport: open, send, receive |
//! | `memory` | a broker in this process, under a virtual clock |
//! | `tamper` | what the suite's own tests may put between that broker and a case |
//! | `reference` | the reference broker as such a broker (feature `reference`) |
//! | [`network`] | TCP and WebSocket, plain or under TLS (feature `network`) |

mod link;
mod memory;
#[cfg(feature = "network")]
pub mod network;
#[cfg(feature = "reference")]
mod reference;
mod tamper;

#[cfg(feature = "network")]
pub use self::network::{Dial, Scheme, Target, TargetError, Trust, TrustError};
#[cfg(feature = "reference")]
pub use self::reference::Reference;
pub use self::{
    link::{Link, LinkError},
    memory::{Arrived, Memory, MemoryBroker, Output},
    tamper::{Passage, Tamper},
};
