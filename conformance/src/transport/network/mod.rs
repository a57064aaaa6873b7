//! TCP and WebSocket, with or without TLS.
//!
//! | module | what |
//! |---|---|
//! | `target`, `header` | a broker's URL; headers for the WebSocket handshake |
//! | `stream`, `unix` | byte streams with or without TLS; Unix domain sockets |
//! | `tls`, `trust`, `identity`, `tap` | the TLS handshake; which certificates are trusted; the client certificate; what came instead of TLS |
//! | `handshake`, `socket` | one TCP or WebSocket connection |
//! | `limits` | how many connections there may be, and how fast they may come |
//! | `wire` | what connections carry, for those who record it |
//! | `dial` | the [`Link`](super::Link) over sockets |

mod dial;
mod handshake;
mod header;
#[cfg(feature = "tls")]
mod identity;
mod limits;
mod socket;
mod stream;
#[cfg(feature = "tls")]
mod tap;
mod target;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "without_tls.rs"]
mod tls;
#[cfg(feature = "tls")]
mod trust;
mod unix;
mod wire;

pub(crate) use self::limits::{Limits, Reservation};
pub use self::{
    dial::Dial,
    header::Header,
    limits::Admission,
    socket::{Incoming, Opening, QUEUE, Socket, Write},
    target::{Scheme, Target, TargetError},
    tls::{Identity, Trust, TrustError},
    wire::Wire,
};
