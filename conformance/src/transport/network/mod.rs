//! TCP and WebSocket, with or without TLS; on WebAssembly, the WebSockets of the browser (`web`).
//!
//! | module | what |
//! |---|---|
//! | `target`, `header` | a broker's URL; headers for the WebSocket handshake |
//! | `stream`, `unix` | byte streams with or without TLS; Unix domain sockets |
//! | `tls`, `trust`, `identity`, `tap` | the TLS handshake; which certificates are trusted; the client certificate; what came instead of TLS |
//! | `handshake`, `socket` | one TCP or WebSocket connection |
//! | `exchange` | what is given to a connection, and what comes from it |
//! | `limits` | how many connections there may be, and how fast they may come |
//! | `wire` | what connections carry, for those who record it |
//! | `dial` | the [`Link`](super::Link) over sockets |

mod dial;
mod exchange;
#[cfg(not(target_family = "wasm"))]
mod handshake;
mod header;
#[cfg(all(feature = "tls", not(target_family = "wasm")))]
mod identity;
mod limits;
#[cfg_attr(target_family = "wasm", path = "web/socket.rs")]
mod socket;
#[cfg(not(target_family = "wasm"))]
mod stream;
#[cfg(all(feature = "tls", not(target_family = "wasm")))]
mod tap;
mod target;
#[cfg_attr(any(not(feature = "tls"), target_family = "wasm"), path = "without_tls.rs")]
mod tls;
#[cfg(all(feature = "tls", not(target_family = "wasm")))]
mod trust;
#[cfg(not(target_family = "wasm"))]
mod unix;
#[cfg(not(target_family = "wasm"))]
mod wire;

pub(crate) use self::limits::{Limits, Reservation};
#[cfg(not(target_family = "wasm"))]
pub use self::wire::Wire;
pub use self::{
    dial::Dial,
    exchange::{Incoming, Opening, QUEUE, Write},
    header::Header,
    limits::Admission,
    socket::Socket,
    target::{Scheme, Target, TargetError},
    tls::{Identity, Trust, TrustError},
};
