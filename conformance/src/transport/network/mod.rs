//! TCP and WebSocket, with or without TLS; on WebAssembly, the WebSockets of the browser (`web`).
//!
//! | module | what |
//! |---|---|
//! | `target`, `access`, `header` | a broker's URL, and what reaches it beside that; headers for the WebSocket handshake |
//! | `stream`, `trust`, `tap` | byte streams with or without TLS; which certificates are trusted; what came instead of TLS |
//! | `handshake`, `socket` | one TCP or WebSocket connection |
//! | `exchange` | what is given to a connection, and what comes from it |
//! | `wire` | what connections carry, for those who record it |
//! | `dial` | the [`Link`](super::Link) over sockets |

#[cfg_attr(target_family = "wasm", path = "web/access.rs")]
mod access;
mod dial;
mod exchange;
#[cfg(not(target_family = "wasm"))]
mod handshake;
#[cfg(not(target_family = "wasm"))]
mod header;
#[cfg_attr(target_family = "wasm", path = "web/socket.rs")]
mod socket;
#[cfg(not(target_family = "wasm"))]
mod stream;
#[cfg(all(feature = "tls", not(target_family = "wasm")))]
mod tap;
mod target;
#[cfg(not(target_family = "wasm"))]
#[cfg_attr(not(feature = "tls"), path = "without_tls.rs")]
mod trust;
#[cfg(not(target_family = "wasm"))]
mod wire;

pub use self::{
    dial::Dial,
    exchange::{Incoming, Opening, QUEUE, Write},
    socket::Socket,
    target::{Scheme, Target, TargetError},
};
#[cfg(not(target_family = "wasm"))]
pub use self::{
    header::Header,
    trust::{Trust, TrustError},
    wire::Wire,
};
