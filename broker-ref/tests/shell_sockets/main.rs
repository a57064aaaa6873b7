//! The shell over real loopback sockets. Nothing here waits for time to pass: each step waits for bytes.

mod certificate;
mod client;
mod http;
mod lifecycle;
mod metrics;
mod passwords;
mod proxy;
mod store;
mod tcp;
mod tls;
mod websocket;
