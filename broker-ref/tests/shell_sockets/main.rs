//! The shell over real loopback sockets. Nothing here waits for time to pass: each step waits for bytes.

mod certificate;
mod client;
mod http;
mod http_edges;
mod lifecycle;
mod metrics;
mod passwords;
mod store;
mod tcp;
mod tls;
mod websocket;
mod websocket_edges;
