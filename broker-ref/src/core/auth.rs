//! AUTH (v5 section 3.15): enhanced authentication before CONNACK, and again at any time after it (v5 section 4.12).

use std::sync::Arc;

use mqttspec_codec::{
    Auth, BinaryData, Connect, Packet, Properties, Property, ReasonCode, Utf8String, Version, decode_frame,
};

use super::{
    access::{Exchange, METHOD, Step},
    broker::Broker,
    event::{ConnectionId, Release},
    login::{Stage, maximum_of},
    protocol_error::ProtocolError,
};

impl Broker {
    /// A CONNECT with a supported Authentication Method.
    pub(super) fn begin_exchange(
        &mut self,
        from: ConnectionId,
        connect: &Connect<'_>,
        frame: &[u8],
    ) -> Result<(), ProtocolError> {
        let data = connect.properties.authentication_data();
        match self.advance(Exchange::First, data.as_deref())? {
            Step::Ask(exchange, question) => self.ask_before_connack(from, connect, frame, exchange, &question),
            Step::Proved(user, proof) => self.admit(from, connect, Some(user), Some(&proof)),
        }
    }

    pub(super) fn handle_auth_before_connack(
        &mut self,
        from: ConnectionId,
        auth: &Auth<'_>,
    ) -> Result<(), ProtocolError> {
        let login = self.connections.live(from).and_then(|connection| connection.login.take());
        let failed = ProtocolError::new(ReasonCode::ProtocolError);
        let login = login.ok_or(failed)?;
        let Stage::Exchange(exchange) = login.stage else { return Err(failed) };
        let Ok(Packet::Connect(connect)) = decode_frame(&login.connect, Version::V5) else { return Err(failed) };
        // v5 [MQTT-4.12.0-3] [MQTT-4.12.0-5]
        if auth.reason_code != ReasonCode::ContinueAuthentication || !has_method(auth) {
            return Err(failed);
        }
        match self.advance(exchange, Some(data(auth)))? {
            Step::Ask(exchange, question) => {
                self.ask_before_connack(from, &connect, &login.connect, exchange, &question)
            }
            Step::Proved(user, proof) => self.admit(from, &connect, Some(user), Some(&proof)),
        }
    }

    /// AUTH after CONNACK. Meanwhile other packets are handled under the previous authentication (v5 section 4.12.1).
    pub(super) fn handle_auth(&mut self, from: ConnectionId, auth: &Auth<'_>) -> Result<(), ProtocolError> {
        let Some(link) = self.connections.link(from) else {
            debug_assert!(false, "a packet is handled whose connection is closed");
            return Ok(());
        };
        // v5 [MQTT-4.12.0-7] [MQTT-4.12.1-1]
        let is_same = link.has_method && has_method(auth);
        let (exchange, message) = match (auth.reason_code, link.exchange.take()) {
            (ReasonCode::ReAuthenticate, None) if is_same => {
                (Exchange::First, auth.properties.authentication_data().map(BinaryData::as_bytes))
            }
            (ReasonCode::ContinueAuthentication, Some(exchange)) if is_same => (exchange, Some(data(auth))),
            // v5 section 3.15.2.1: also for Success, which only a Server sends
            _ => return Err(ProtocolError::new(ReasonCode::ProtocolError)),
        };
        let session = link.session;
        // v5 [MQTT-4.12.1-2]
        match self.advance(exchange, message)? {
            Step::Ask(exchange, question) => {
                if let Some(link) = self.connections.link(from) {
                    link.exchange = Some(exchange);
                }
                self.answer_auth(from, ReasonCode::ContinueAuthentication, &question);
            }
            Step::Proved(user, proof) => {
                // v5 section 4.12.1: the Session belongs to its user only
                let owner = self.sessions.get(session).and_then(|session| session.user_name.as_ref().map(Arc::clone));
                if owner.as_ref() != Some(&user) {
                    return Err(ProtocolError::new(ReasonCode::NotAuthorized));
                }
                self.answer_auth(from, ReasonCode::Success, &proof);
            }
        }
        Ok(())
    }

    /// `message` is the Client's; `None` if it has sent none yet and is asked for the first.
    fn advance(&mut self, exchange: Exchange, message: Option<&[u8]>) -> Result<Step, ProtocolError> {
        let Some(message) = message else { return Ok(Step::Ask(exchange, String::new())) };
        let nonce = self.random.bytes();
        let step = exchange.advance(message, &self.config.access, &nonce);
        step.ok_or(ProtocolError::new(ReasonCode::NotAuthorized))
    }

    fn ask_before_connack(
        &mut self,
        from: ConnectionId,
        connect: &Connect<'_>,
        frame: &[u8],
        exchange: Exchange,
        question: &str,
    ) -> Result<(), ProtocolError> {
        self.wait_for(from, connect, frame, Stage::Exchange(exchange));
        // v5 [MQTT-4.12.0-2]
        let properties = proof_properties(question);
        let auth =
            Auth { reason_code: ReasonCode::ContinueAuthentication, properties: Properties::from(&properties[..]) };
        match self.connections.send_as(from, &Packet::from(auth), Version::V5, maximum_of(connect), Release::Now) {
            true => Ok(()),
            false => Err(ProtocolError::new(ReasonCode::PacketTooLarge)),
        }
    }

    fn answer_auth(&mut self, to: ConnectionId, reason_code: ReasonCode, text: &str) {
        let properties = proof_properties(text);
        self.answer(to, Auth { reason_code, properties: Properties::from(&properties[..]) }, Release::Now);
    }
}

/// Authentication Method and Authentication Data of AUTH and CONNACK, never the data alone: v5 [MQTT-4.12.0-5], v5
/// section 3.2.2.3.18.
pub(super) fn proof_properties(data: &str) -> Vec<Property<'_>> {
    let method = Utf8String::new(METHOD).ok().map(Property::AuthenticationMethod);
    let data = BinaryData::new(data.as_bytes()).ok().filter(|data| !data.is_empty()).map(Property::AuthenticationData);
    method.into_iter().chain(data).collect()
}

fn has_method(auth: &Auth<'_>) -> bool {
    auth.properties.authentication_method().is_some_and(|method| method.as_str() == METHOD)
}

/// Authentication Data; its absence counts as an empty message.
fn data<'a>(auth: &Auth<'a>) -> &'a [u8] {
    auth.properties.authentication_data().map_or(&[], BinaryData::as_bytes)
}
