//! Sockets, clock and store around the core: TCP and WebSocket, plain and under TLS, on one thread.
//!
//! # Shape
//! ```text
//!   socket <-> connection task --- Received, Closed ---> core
//!   socket <-> connection task <-- transmit ------------ core
//!                     ^                                    |
//!                     '--- wake --- driver <-- poll_ready -'
//! ```
//! - **One thread**, and one more for the store. A broker spends most of its time in the kernel, so what counts is the
//!   number of system calls and wake-ups; a second thread would only add wake-ups.
//! - **One task per connection** (`connection`) owns its socket in both directions. It hands whole read chunks to the
//!   core and writes whole batches: one `write`, or one binary WebSocket frame, for everything that a tick produced.
//! - **One driver task** (`driver`) runs at the end of each tick, after every readable socket was read. It handles
//!   timers and then lets connections transmit, first come, first served. Only the driver drains `poll_ready`.
//! - **Acknowledged only when stored.** The changes of an event go to the store's thread (`commit_queue`) as one step.
//!   A batch of output that depends on them is taken out of the core at once, with the number of the last step, and is
//!   written when that step is on disk. Later output of the connection waits for it; other connections are not
//!   affected. While the store is too far behind, no connection is read.
//! - **Output waits in the core**, not here: the core knows each backlog and stays bounded even if peers never read. A
//!   task takes the next batch when the last one has left, and stops reading from a peer with a large backlog.
//!
//! # Map
//! | module | what |
//! |---|---|
//! | `listen`, `bind` | the URL of a listener; the listener |
//! | `server`, `serve`, `embedded` | bind, serve, stop; the same until a signal; the same on a separate thread |
//! | `reload` | what a running server takes over: users and certificates |
//! | `error` | why a server did not start, or ended early |
//! | `shared` | what the tasks share, in three parts: |
//! | `core_handle` | the core, its clock, and the driver that follows each change |
//! | `mailboxes` | how the driver reaches the task of each connection |
//! | `store_gate` | which output and which input has to wait for the store |
//! | `driver` | the end of each tick |
//! | `commit_queue` | the store's thread: what was recorded, and how much of it is on disk |
//! | `connection`, `connection_handle` | one connection, from the first byte to the last; its access to what is shared |
//! | `wire`, `websocket`, `handshake` | a socket, with or without WebSocket frames; the HTTP handshake |
//! | `outgoing` | bytes that leave, and why a connection ends |
//! | `limits` | what the shell grants its peers |
//! | `origin` | which web pages may open a WebSocket |
//! | `stream`, `certificate` | the socket itself, plain or under TLS; the certificate |
//! | `metrics`, `metrics_address`, `page` | metrics and health over HTTP; the page for a browser |
//! | `log` | the log of a connection |
//! | `passwords`, `checkers` | password checks on other threads; the threads |
//! | `clock` | wall clock at the start plus monotonic time since |

mod bind;
#[cfg(feature = "tls")]
mod certificate;
mod checkers;
mod clock;
mod commit_queue;
mod connection;
mod connection_handle;
mod core_handle;
mod driver;
mod embedded;
mod error;
mod handshake;
mod http_rules;
mod limits;
mod listen;
mod log;
mod mailboxes;
mod metrics;
mod metrics_address;
mod origin;
mod outgoing;
mod page;
mod passwords;
mod reload;
mod serve;
mod server;
mod shared;
mod store_gate;
mod stream;
mod websocket;
mod wire;

#[cfg(feature = "tls")]
pub use certificate::{Certificate, CertificateError};
pub use embedded::Embedded;
pub use error::{BindError, ServeError};
pub use limits::{Limits, PacketsPerFrame};
pub use listen::{Listen, ParseListenError};
pub use log::DescribePacket;
pub use metrics_address::{MetricsAddress, ParseMetricsAddressError};
pub use origin::{Origin, ParseOriginError};
pub use reload::{Reload, Reloader};
pub use serve::serve;
pub use server::Server;
