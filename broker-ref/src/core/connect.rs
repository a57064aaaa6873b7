//! CONNECT (section 3.1): who the Client is, whose Session it is, and what becomes of the one before.

use std::sync::Arc;

use mqttspec_codec::{BinaryData, Connect, ReasonCode, Version};

use super::{
    access::{AuthRequirement, Grant},
    broker::Broker,
    connack::ConnackParams,
    event::ConnectionId,
    ids::SessionId,
    link::Link,
    login::{Login, Stage},
    login_queue::Entry,
    password_checks::too_busy,
    protocol_error::ProtocolError,
    publish::RESERVED,
    record::{SessionRecord, WillRecord},
    session::Session,
    timers::TimerKey,
};

impl Broker {
    /// Accepts or refuses a CONNECT, or starts to authenticate its user.
    pub(super) fn handle_connect(
        &mut self,
        from: ConnectionId,
        connect: &Connect<'_>,
        frame: &[u8],
    ) -> Result<(), ProtocolError> {
        self.check_redirection(connect.version)?;
        self.check_connect(connect)?;
        // v5 [MQTT-3.1.4-2]
        match self.config.access.auth_requirement(connect).map_err(ProtocolError::new)? {
            AuthRequirement::Nothing(user) => self.admit(from, connect, user, None),
            AuthRequirement::Exchange => self.begin_exchange(from, connect, frame),
            AuthRequirement::Password(user, check) => {
                let password = connect.password.map(BinaryData::as_bytes).unwrap_or_default();
                match self.queue_check(from, &user, password) {
                    Entry::Known(true) => self.admit(from, connect, Some(user), None),
                    Entry::Known(false) => Err(ProtocolError::new(ReasonCode::BadUserNameOrPassword)),
                    Entry::Full => Err(too_busy(connect.version)),
                    Entry::Waits(other) => {
                        let stage = Stage::Password { user, check: Some(check), held: Vec::new() };
                        self.wait_for(from, connect, frame, stage);
                        if let Some(other) = other {
                            self.make_way(other);
                        }
                        Ok(())
                    }
                }
            }
        }
    }

    /// Keeps a CONNECT that will be answered later.
    pub(super) fn wait_for(&mut self, from: ConnectionId, connect: &Connect<'_>, frame: &[u8], stage: Stage) {
        if let Some(connection) = self.connections.live(from) {
            connection.login = Some(Login::new(connect, frame, stage));
        }
    }

    /// Accepts a CONNECT whose user has been authenticated, or that is anonymous. `proof` is the last message of
    /// enhanced authentication.
    ///
    /// # Errors
    /// The reason to refuse it, for CONNACK.
    pub(super) fn admit(
        &mut self,
        from: ConnectionId,
        connect: &Connect<'_>,
        user: Option<Arc<str>>,
        proof: Option<&str>,
    ) -> Result<(), ProtocolError> {
        let client_id = self.client_id(connect)?;
        self.catch_up(&client_id);
        let grant = self.config.access.grant(user.as_deref(), &client_id);
        if connect.will.is_some_and(|will| !grant.may_publish(will.topic.as_str())) {
            return Err(ProtocolError::new(ReasonCode::NotAuthorized));
        }
        if connect.will.is_some_and(|will| self.is_reserved(will.topic.as_str())) {
            // v5 section 3.2.2.2, 0x90; in v3.1.1 the nearest is 0x05
            let reason_code = match connect.version {
                Version::V5 => ReasonCode::TopicNameInvalid,
                Version::V3_1 | Version::V3_1_1 => ReasonCode::NotAuthorized,
            };
            return Err(ProtocolError::because(reason_code, RESERVED));
        }
        self.check_owner(&client_id, user.as_deref())?;
        // v5 section 4.13.1, 0x97; in v3.1.1 the nearest is 0x03
        if self.sessions.find(&client_id).is_none() && self.sessions.len() >= self.config.sessions {
            let reason_code = match connect.version {
                Version::V5 => ReasonCode::QuotaExceeded,
                Version::V3_1 | Version::V3_1_1 => ReasonCode::ServerUnavailable,
            };
            return Err(ProtocolError::because(reason_code, "no room for another Session"));
        }
        self.check_room(connect, &client_id)?;
        let will = connect.will.map(|will| WillRecord::from_will(&will, Arc::clone(&client_id)));
        if will.as_ref().is_some_and(Option::is_none) {
            return Err(ProtocolError::because(ReasonCode::PacketTooLarge, "the Will is too large to be stored"));
        }
        self.effort.charge(CONNECT);
        let old = self.take_over(&client_id, connect.clean_start);
        let asked = asked_expiry_interval(connect);
        let record = SessionRecord {
            client_id: Arc::clone(&client_id),
            version: connect.version,
            user_name: user,
            expiry_interval: asked.min(self.config.session_expiry_maximum),
            disconnected_at: None,
            // v5 [MQTT-3.1.2-7], v3.1.1 [MQTT-3.1.2-8]
            will: will.flatten(),
        };
        let granted = record.expiry_interval;
        let session = match old {
            Some(id) => self.resume(id, record, from),
            // v5 [MQTT-3.1.2-6]
            None => self.begin(record, grant, from),
        };
        let link = Link::new(&self.config, connect, session, asked);
        if let Some(connection) = self.connections.live(from) {
            connection.seen = self.now;
            connection.login = None;
            connection.link = Some(link);
            connection.stats.client_id = Some(Arc::clone(&client_id));
            self.connections.counters.connect();
        }
        let response_information = self.response_information(connect, &client_id);
        let params = ConnackParams {
            // v5 [MQTT-3.2.2-2] [MQTT-3.2.2-3], v3.1.1 [MQTT-3.2.2-1] [MQTT-3.2.2-2] [MQTT-3.2.2-3]; 3.1 has no such
            // flag
            session_present: old.is_some() && connect.version != Version::V3_1,
            session_expiry_interval: (granted != asked).then_some(granted),
            // v5 section 3.2.2.3.7
            assigned_client_id: connect.client_id.is_empty().then_some(&*client_id),
            response_information: response_information.as_deref(),
            proof,
        };
        if !self.accept(from, connect.version, params) {
            // v5 [MQTT-3.2.0-1], v3.1.1 [MQTT-3.2.0-1]: nothing can follow a CONNACK that is too large for the Client
            self.hang_up(from);
            return Ok(());
        }
        self.watch(from);
        self.attend(session);
        self.send_again(session);
        self.wake_backlog();
        Ok(())
    }

    /// Refuses what would have to be stored while the store is full: a Will, or a Session that lasts in place of none.
    fn check_room(&self, connect: &Connect<'_>, client_id: &str) -> Result<(), ProtocolError> {
        let is_stored = |id| self.sessions.get(id).is_some_and(|session| session.durable);
        let lasts = asked_expiry_interval(connect).min(self.config.session_expiry_maximum) > 0;
        let is_new = !self.sessions.find(client_id).is_some_and(is_stored);
        if !self.store_is_full || (connect.will.is_none() && !(lasts && is_new)) {
            return Ok(());
        }
        // v5 section 4.13.1, 0x97; in v3.1.1 the nearest is 0x03
        let reason_code = match connect.version {
            Version::V5 => ReasonCode::QuotaExceeded,
            Version::V3_1 | Version::V3_1_1 => ReasonCode::ServerUnavailable,
        };
        Err(ProtocolError::because(reason_code, "the store is full"))
    }

    /// Refuses every CONNECT if Clients are redirected: v5 section 4.11.
    pub(super) fn check_redirection(&self, version: Version) -> Result<(), ProtocolError> {
        match (&self.config.server_reference, version, self.config.server_moved) {
            (None, ..) => Ok(()),
            (Some(_), Version::V5, false) => Err(ProtocolError::new(ReasonCode::UseAnotherServer)),
            (Some(_), Version::V5, true) => Err(ProtocolError::new(ReasonCode::ServerMoved)),
            (Some(_), Version::V3_1 | Version::V3_1_1, _) => Err(ProtocolError::new(ReasonCode::ServerUnavailable)),
        }
    }

    /// The prefix of topics for responses to this Client alone: the configured prefix and the Client Identifier. `None`
    /// if the latter contains characters that a Topic Name must not have.
    fn response_information(&self, connect: &Connect<'_>, client_id: &str) -> Option<String> {
        // v5 [MQTT-3.1.2-28]
        let asked = connect.properties.request_response_information().unwrap_or(false);
        let prefix = self.config.response_information.as_ref().filter(|_| asked)?;
        (!client_id.contains(['+', '#'])).then(|| format!("{prefix}{client_id}"))
    }

    /// Checks that CONNECT asks only for features that this Server offers.
    pub(super) fn check_connect(&self, connect: &Connect<'_>) -> Result<(), ProtocolError> {
        let refuse = |reason_code| Err(ProtocolError::new(reason_code));
        let Some(will) = connect.will else { return Ok(()) };
        // v5 [MQTT-3.2.2-12]
        if will.qos > self.config.maximum_qos {
            return refuse(ReasonCode::QosNotSupported);
        }
        // v5 [MQTT-3.2.2-13]
        if will.retain && !self.config.retain_available {
            return refuse(ReasonCode::RetainNotSupported);
        }
        self.check_payload(&will.properties, &will.payload)
    }

    /// The Client Identifier; the broker assigns one if it is empty.
    fn client_id(&mut self, connect: &Connect<'_>) -> Result<Arc<str>, ProtocolError> {
        // v5 [MQTT-3.1.3-5], v3.1.1 [MQTT-3.1.3-5]: and any other
        if !connect.client_id.is_empty() {
            return Ok(connect.client_id.as_str().into());
        }
        // v3.1.1 [MQTT-3.1.3-8]; v5 lets the Client learn its identifier, and so have a Session
        let unknowable = connect.version != Version::V5 && !connect.clean_start;
        // v5 [MQTT-3.1.3-8], v3.1.1 [MQTT-3.1.3-9]
        if unknowable || !self.config.allow_zero_length_client_id {
            return Err(ProtocolError::new(ReasonCode::ClientIdentifierNotValid));
        }
        // v5 [MQTT-3.1.3-6] [MQTT-3.1.3-7], v3.1.1 [MQTT-3.1.3-6]
        loop {
            let assigned = format!("auto{:016x}", self.random.next());
            if self.sessions.find(&assigned).is_none() {
                return Ok(assigned.into());
            }
        }
    }

    /// A Session belongs to the user who started it: another user may neither see it nor end it. If its user is no
    /// longer known, it ends.
    fn check_owner(&mut self, client_id: &str, user: Option<&str>) -> Result<(), ProtocolError> {
        let Some(session) = self.sessions.find(client_id).and_then(|id| self.sessions.get(id)) else { return Ok(()) };
        let (id, owner) = (session.id, session.user_name.as_deref());
        if self.config.access.session_belongs_to_other(owner, user) {
            if self.config.access.knows(owner) {
                // v5 section 3.2.2.2, v3.1.1 section 3.2.2.3: the identifier is valid, and not allowed to this Client
                return Err(ProtocolError::new(ReasonCode::ClientIdentifierNotValid));
            }
            self.end_session(id);
        }
        Ok(())
    }

    /// Ends the existing connection of this Client Identifier, and its Session if CONNECT asks for a new one: v5
    /// [MQTT-3.1.4-4], v3.1.1 [MQTT-3.1.4-3].
    fn take_over(&mut self, client_id: &str, clean_start: bool) -> Option<SessionId> {
        let old = self.sessions.find(client_id)?;
        // v5 [MQTT-3.1.4-3], v3.1.1 [MQTT-3.1.4-2]; its Will: v5 sections 3.1.4 and 3.1.3.2.2
        if let Some(connection) = self.sessions.get(old)?.connection {
            self.disconnect(connection, ReasonCode::SessionTakenOver, None);
        }
        // v5 [MQTT-3.1.2-4], v3.1.1 [MQTT-3.1.2-6]
        if clean_start {
            self.end_session(old);
        }
        // v5 [MQTT-3.1.2-5], v3.1.1 [MQTT-3.1.2-4]: the Session, if there still is one, is resumed
        self.sessions.get(old).map(|session| session.id)
    }

    fn begin(&mut self, record: SessionRecord, grant: Grant, from: ConnectionId) -> SessionId {
        let id = self.sessions.next_id();
        let mut session = Session::from_record(id, &record, grant);
        session.recorded = false;
        session.connection = Some(from);
        session.put(&mut self.journal);
        self.sessions.insert(session);
        id
    }

    fn resume(&mut self, id: SessionId, record: SessionRecord, from: ConnectionId) -> SessionId {
        self.timers.disarm(&TimerKey::Session(id));
        let Some(session) = self.sessions.get_mut(id) else {
            debug_assert!(false, "the Session that was found is gone");
            return id;
        };
        session.connection = Some(from);
        session.disconnected_at = None;
        session.version = record.version;
        session.user_name = record.user_name;
        session.expiry_interval = record.expiry_interval;
        // v5 [MQTT-3.1.3-9]: the Will that was delayed is not sent
        session.will = record.will;
        // otherwise it would take long, and what is stored goes at its end
        if session.expiry_interval == 0 && session.queue.len() <= SHORT {
            session.drop_from_store(&mut self.journal);
        }
        session.put(&mut self.journal);
        id
    }
}

/// The Session Expiry Interval that the Client asks for, in seconds; `u32::MAX` means never.
fn asked_expiry_interval(connect: &Connect<'_>) -> u32 {
    match connect.version {
        // v5 section 3.1.2.11.2
        Version::V5 => connect.properties.session_expiry_interval().unwrap_or(0),
        // v3.1.1 [MQTT-3.1.2-6]
        Version::V3_1 | Version::V3_1_1 if connect.clean_start => 0,
        // v3.1.1 [MQTT-3.1.2-4]
        Version::V3_1 | Version::V3_1_1 => u32::MAX,
    }
}

/// Messages in a queue that is dropped from the store at once.
const SHORT: usize = 100;
/// Of a CONNECT, in units of effort.
const CONNECT: usize = 80;
