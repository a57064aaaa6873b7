//! The Will in CONNECT (sections 3.1.2.5 to 3.1.2.7, v5 section 3.1.3.2).

use crate::{BinaryData, Properties, QoS, TopicName};

/// The Application Message that the Server publishes when the connection ends without a DISCONNECT (sections 3.1.2.5 to
/// 3.1.2.7, v5 section 3.1.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Will<'a> {
    /// The Topic Name that it is published to.
    pub topic: TopicName<'a>,
    /// The payload: at most 65 535 bytes, unlike that of a PUBLISH.
    pub payload: BinaryData<'a>,
    /// The QoS it is published with.
    pub qos: QoS,
    /// Whether it is published as a retained message.
    pub retain: bool,
    /// Will Properties; empty before v5.
    pub properties: Properties<'a>,
}
