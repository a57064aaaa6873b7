//! A toy MQTT broker: 3.1.1 only, QoS 0 only, exact topics only. It keeps no Sessions and no retained messages.
//!
//! [`Toy`] is the broker without I/O: bytes in, [`Action`]s out. [`listen`] puts it on a TCP socket.

mod tcp;
mod toy;

pub use tcp::listen;
pub use toy::{Action, Toy};
