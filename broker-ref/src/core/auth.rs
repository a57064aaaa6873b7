//! AUTH (v5 section 3.15).

use mqttspec_codec::{Auth, ReasonCode};

use super::{
    broker::{Broker, ConnectionId},
    receive::ProtocolError,
};

impl Broker {
    /// No CONNECT with an Authentication Method is accepted, so every AUTH comes without one: v5 [MQTT-4.12.0-7].
    pub(super) fn handle_auth(&mut self, _: ConnectionId, _: &Auth<'_>) -> Result<(), ProtocolError> {
        Err(ProtocolError::new(ReasonCode::ProtocolError))
    }
}
