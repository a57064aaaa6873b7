//! Sockets, clock and store around the core: TCP and WebSocket, plain and under TLS, on one thread.
//!
//! # Shape
//! ```text
//!   socket <-> connection task --- Received, Closed ---> core
//!   socket <-> connection task <-- transmit ------------ core
//!                     ^                                    |
//!                     '--- wake --- driver <-- poll_ready -'
//! ```
//! - **One thread**, and one more for the store. The kernel takes most of a broker's time, so what counts is the number of system calls and
//!   wake-ups; a second thread adds wake-ups and takes away nothing.
//! - **One task per connection** (`connection`) owns its socket in both directions. It hands whole read chunks to the
//!   core and writes whole batches: one `write` for all that a tick produced, in one binary frame over WebSocket.
//! - **One driver task** (`driver`) runs at the end of each tick, after every readable socket was read: timers, then leave
//!   to send, first come first served. Nobody else drains `poll_ready`.
//! - **Acknowledged only when stored.** What an event changes goes to the store's thread (`commit_queue`) as one step. A batch of
//!   output that depends on it is taken out of the core at once, with the number of the last step, and is written when that
//!   step is on disk; what the connection gets later stands behind it. Other connections go on. When the store does not
//!   keep up, nothing is read from anybody until it does.
//! - **Output waits in the core**, not here: the core knows each backlog and stays bounded with peers that never read.
//!   A task takes the next batch when the last one has left, and reads no more from a peer that owes it much reading.
//!
//! # Map
//! | module | what |
//! |---|---|
//! | `listen`, `bind` | the URL of a listener; the listener |
//! | `server`, `serve`, `embedded` | bind, serve, stop; the same until a signal; the same on a thread of its own |
//! | `error` | why a server did not start, or ended before it was told to |
//! | `shared` | what the tasks share, in three parts: |
//! | `core_handle` | the core, its clock, and the driver that follows each change |
//! | `mailboxes` | how the driver reaches the task of each connection |
//! | `store_gate` | which output and which input has to wait for the store |
//! | `driver` | the end of each tick |
//! | `commit_queue` | the store's thread: what was recorded, and how much of it is on disk |
//! | `connection`, `connection_handle` | one connection, from the first byte to the last; its access to what is shared |
//! | `wire`, `websocket`, `handshake` | bytes in and out of a socket, as they are or in frames; the HTTP before it |
//! | `outgoing` | bytes that leave, and why a connection ends |
//! | `limits` | what the shell grants its peers |
//! | `origin` | whose web pages may open a WebSocket |
//! | `stream`, `certificate` | the socket itself, plain or under TLS; who the broker is there |
//! | `log` | what is told of a connection |
//! | `passwords` | their checks, on other threads |
//! | `clock` | wall clock at the start plus monotonic time since |

mod bind;
#[cfg(feature = "tls")]
mod certificate;
mod clock;
mod commit_queue;
mod connection;
mod connection_handle;
mod core_handle;
mod driver;
mod embedded;
mod error;
mod handshake;
mod limits;
mod listen;
mod log;
mod mailboxes;
mod origin;
mod outgoing;
mod passwords;
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
pub use limits::Limits;
pub use listen::{Listen, ParseListenError};
pub use log::DescribePacket;
pub use origin::{Origin, ParseOriginError};
pub use serve::serve;
pub use server::Server;
