//! What belongs to a Client Identifier, whatever its connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec_codec::QoS;

use super::ConnectionNumber;

/// What belongs to a Client Identifier, whatever its connection.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// Every Topic Filter asked for in this case, `$share/name/` taken off: none is forgotten, for what is buffered may
    /// still come.
    pub(super) filters: BTreeSet<String>,
    /// Something was asked that our codec cannot read.
    pub(super) unclear: bool,
    /// From the Server, by Packet Identifier.
    pub(super) deliveries: BTreeMap<u16, Delivery>,
}

/// A delivery of QoS 1 or 2 from the Server.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) qos: QoS,
    /// On which connection it came last.
    pub(super) on: ConnectionNumber,
    /// PUBREC was sent.
    pub(super) received: bool,
    /// On which connection its PUBREL came last.
    pub(super) released_on: Option<ConnectionNumber>,
    /// When it was acknowledged in full.
    pub(super) done: Option<Duration>,
    /// The suite answers its PUBREL.
    pub(super) automatic: bool,
}
