//! What belongs to a Client Identifier, whatever its connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use mqttspec_codec::QoS;

use crate::judge::ConnectionNumber;

/// What belongs to a Client Identifier, whatever its connection.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// Every Topic Filter asked for in this case, `$share/name/` taken off: none is forgotten, for what is buffered may
    /// still come.
    pub(crate) filters: BTreeSet<String>,
    /// Something was asked that our codec cannot read.
    pub(crate) unclear: bool,
    /// From the Server, by Packet Identifier.
    pub(crate) deliveries: BTreeMap<u16, Delivery>,
}

/// A delivery of QoS 1 or 2 from the Server.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) qos: QoS,
    /// On which connection it came last.
    pub(crate) on: ConnectionNumber,
    /// PUBREC was sent.
    pub(crate) received: bool,
    /// On which connection its PUBREL came last.
    pub(crate) released_on: Option<ConnectionNumber>,
    /// When it was acknowledged in full.
    pub(crate) done: Option<Duration>,
    /// The suite answers its PUBREL.
    pub(crate) automatic: bool,
}
