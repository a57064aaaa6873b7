//! Transports bytes to a broker and back, without any knowledge of MQTT, cases or verdicts.
//!
//! | module | what |
//! |---|---|
//! | `link` | the operations that the suite's own clients need: open, send, receive |
//! | `stranger` | recognizes what answers instead of a broker |
//! | `memory` | a broker in this process, under a virtual clock |
//! | `tamper` | lets the suite's own tests intercept traffic between that broker and a case |
//! | `reference` | the reference broker in memory (feature `reference`) |
//! | [`network`] | TCP and WebSocket, with or without TLS (feature `network`) |

mod link;
mod memory;
#[cfg(feature = "network")]
pub mod network;
#[cfg(feature = "reference")]
mod reference;
mod stranger;
mod tamper;

#[cfg(all(feature = "network", not(target_family = "wasm")))]
pub use self::network::Wire;
#[cfg(feature = "network")]
pub use self::network::{Dial, Header, Identity, Scheme, Target, TargetError, Trust, TrustError};
#[cfg(feature = "network")]
pub(crate) use self::network::{Limits, Reservation};
#[cfg(feature = "reference")]
pub use self::reference::Reference;
pub(crate) use self::stranger::{recognize, shown};
pub use self::{
    link::{Illegal, Link, LinkError},
    memory::{Arrived, Memory, MemoryBroker, Output},
    tamper::{Passage, Tamper},
};
