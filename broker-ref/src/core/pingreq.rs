//! PINGREQ (section 3.12).

use mqttspec_codec::{Pingreq, Pingresp};

use super::{
    broker::Broker,
    event::{ConnectionId, Release},
    protocol_error::ProtocolError,
};

impl Broker {
    pub(super) fn handle_pingreq(&mut self, from: ConnectionId, _: Pingreq) -> Result<(), ProtocolError> {
        // v5 [MQTT-3.12.4-1], v3.1.1 [MQTT-3.12.4-1]
        self.answer(from, Pingresp, Release::Now);
        Ok(())
    }
}
