//! The state of a Client Identifier, across connections.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec_codec::QoS;

use crate::judge::ConnectionNumber;

/// The state of a Client Identifier, across connections.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Every Topic Filter subscribed to in this case, without `$share/name/`. None is removed, because buffered
    /// messages may still arrive.
    pub(crate) filters: BTreeSet<String>,
    /// Whether bytes were sent that our codec cannot read.
    pub(crate) unclear: bool,
    /// Deliveries from the Server, by Packet Identifier.
    pub(crate) deliveries: BTreeMap<u16, Delivery>,
}

/// A delivery with QoS 1 or 2 from the Server.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) qos: QoS,
    /// The connection on which it was last received.
    pub(crate) on: ConnectionNumber,
    /// Whether PUBREC was sent.
    pub(crate) received: bool,
    /// The connection on which its PUBREL was last received.
    pub(crate) released_on: Option<ConnectionNumber>,
    /// When it was acknowledged in full.
    pub(crate) done: Option<Duration>,
    /// Whether the suite answers its PUBREL.
    pub(crate) automatic: bool,
    /// When it was last received, as a number that only grows.
    pub(crate) serial: u64,
    /// Whether it is to be acknowledged, as soon as what came before it is; and whether the suite does this by itself.
    pub(crate) due: Option<bool>,
}
