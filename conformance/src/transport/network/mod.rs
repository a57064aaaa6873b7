//! TCP and WebSocket, plain or under TLS.
//!
//! | module | what |
//! |---|---|
//! | `target` | a broker's URL |
//! | `stream`, `trust` | bytes to a broker and back, plain or under TLS; which brokers are trusted there |
//! | `handshake`, `socket` | one TCP or WebSocket connection |
//! | `dial` | the [`Link`](super::Link) over sockets |

mod dial;
mod handshake;
mod socket;
mod stream;
mod target;
#[cfg(feature = "tls")]
mod trust;
#[cfg(not(feature = "tls"))]
#[path = "without_tls.rs"]
mod trust;

pub use self::{
    dial::Dial,
    socket::{Incoming, Opening, Socket, Write},
    target::{Scheme, Target, TargetError},
    trust::{Trust, TrustError},
};
