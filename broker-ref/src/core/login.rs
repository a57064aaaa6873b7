//! Between CONNECT and CONNACK: what it takes to believe who the Client is (v5 section 3.1.4).

use std::{fmt, mem, num::NonZeroU32, sync::Arc};

use mqttspec_codec::{Connect, Packet, ReasonCode, Version, decode_frame};

use super::{
    access::{Demand, Exchange, PasswordCheck},
    broker::{Broker, ConnectionId},
    receive::ProtocolError,
};

/// A CONNECT that has no answer yet.
pub(super) struct Login {
    /// Its bytes.
    pub(super) connect: Box<[u8]>,
    maximum_packet_size: u32,
    pub(super) stage: Stage,
}

/// What it waits for.
pub(super) enum Stage {
    /// The shell has the password checked, or will when it comes for it.
    Password {
        user: Arc<str>,
        check: Option<PasswordCheck>,
        /// What came behind the CONNECT.
        held: Vec<u8>,
    },
    /// The next AUTH of the Client.
    Exchange(Exchange),
}

impl Login {
    /// Of the Client.
    pub(super) fn maximum_packet_size(&self) -> u32 {
        self.maximum_packet_size
    }

    /// Where input goes while a password is checked.
    pub(super) fn held(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.stage {
            Stage::Password { held, .. } => Some(held),
            Stage::Exchange(_) => None,
        }
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Password { .. })
    }

    fn take_check(&mut self) -> Option<PasswordCheck> {
        match &mut self.stage {
            Stage::Password { check, .. } => check.take(),
            Stage::Exchange(_) => None,
        }
    }

    fn is_being_checked(&self) -> bool {
        matches!(self.stage, Stage::Password { check: None, .. })
    }
}

/// Its bytes have a password in them.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(..)")
    }
}

impl Broker {
    /// A packet before CONNACK.
    pub(super) fn handle_before_connack(&mut self, from: ConnectionId, frame: &[u8], packet: &Packet<'_>) {
        let Some(connection) = self.connections.live(from) else { return };
        let in_exchange = connection.login.as_ref().map(Login::maximum_packet_size);
        let (version, maximum, handled) = match (packet, in_exchange) {
            (Packet::Connect(connect), None) => {
                connection.account.version = Some(connect.version);
                (connect.version, maximum_of(connect), self.handle_connect(from, connect, frame))
            }
            (Packet::Auth(auth), Some(maximum)) => (Version::V5, maximum, self.handle_auth_before_connack(from, auth)),
            // v5 section 4.12: the Client may leave at any point
            (Packet::Disconnect(_), Some(_)) => return self.connections.close(from),
            // v5 [MQTT-3.1.2-30]
            (_, Some(maximum)) => {
                let reason = "only AUTH or DISCONNECT before CONNACK";
                (Version::V5, maximum, Err(ProtocolError::because(ReasonCode::ProtocolError, reason)))
            }
            // v5 [MQTT-3.1.0-1], v3.1.1 [MQTT-3.1.0-1]
            (_, None) => return self.connections.close(from),
        };
        // v5 [MQTT-4.12.0-4]
        if let Err(error) = handled {
            self.refuse(from, version, maximum, error.reason_code, error.reason);
        }
    }

    /// Asks for what it takes to believe a CONNECT.
    pub(super) fn handle_connect(
        &mut self,
        from: ConnectionId,
        connect: &Connect<'_>,
        frame: &[u8],
    ) -> Result<(), ProtocolError> {
        self.check_redirection(connect.version)?;
        self.check_connect(connect)?;
        // v5 [MQTT-3.1.4-2]
        match self.config.access.demand(connect).map_err(ProtocolError::new)? {
            Demand::Nothing(user) => self.admit(from, connect, user, None),
            Demand::Exchange => self.begin_exchange(from, connect, frame),
            Demand::Password(user, check) => {
                if !self.queue_check(from) {
                    let reason_code = match connect.version {
                        Version::V5 => ReasonCode::ServerBusy,
                        Version::V3_1 | Version::V3_1_1 => ReasonCode::ServerUnavailable,
                    };
                    return Err(ProtocolError::because(reason_code, "too many passwords wait to be checked"));
                }
                self.wait_for(from, connect, frame, Stage::Password { user, check: Some(check), held: Vec::new() });
                Ok(())
            }
        }
    }

    /// The CONNECT is answered later.
    pub(super) fn wait_for(&mut self, from: ConnectionId, connect: &Connect<'_>, frame: &[u8], stage: Stage) {
        if let Some(connection) = self.connections.live(from) {
            connection.login = Some(Login { connect: frame.into(), maximum_packet_size: maximum_of(connect), stage });
        }
    }

    /// A place for one more password to be checked; false if there is none.
    fn queue_check(&mut self, from: ConnectionId) -> bool {
        if self.checks.len() >= self.config.password_checks {
            let connections = &mut self.connections;
            self.checks.retain(|id| connections.live(*id).is_some());
        }
        let free = self.checks.len() < self.config.password_checks;
        if free {
            self.checks.push_back(from);
        }
        free
    }

    pub(super) fn next_check(&mut self) -> Option<(ConnectionId, PasswordCheck)> {
        loop {
            let id = self.checks.pop_front()?;
            let login = self.connections.live(id).and_then(|connection| connection.login.as_mut());
            if let Some(check) = login.and_then(Login::take_check) {
                return Some((id, check));
            }
        }
    }

    /// The shell has the answer to a check.
    pub(super) fn password_checked(&mut self, from: ConnectionId, passed: bool) {
        let Some(connection) = self.connections.live(from) else { return };
        let Some(mut login) = connection.login.take_if(|login| login.is_being_checked()) else { return };
        let held = login.held().map(mem::take).unwrap_or_default();
        let (Ok(Packet::Connect(connect)), Stage::Password { user, .. }) =
            (decode_frame(&login.connect, Version::V5), login.stage)
        else {
            return self.connections.close(from);
        };
        let admitted = match passed {
            true => self.admit(from, &connect, Some(user), None),
            false => Err(ProtocolError::new(ReasonCode::BadUserNameOrPassword)),
        };
        if let Err(error) = admitted {
            self.refuse(from, connect.version, login.maximum_packet_size, error.reason_code, error.reason);
        }
        self.settle();
        // v5 [MQTT-3.1.4-6], v3.1.1 [MQTT-3.1.4-5]: nothing of it if the connection was refused
        self.receive(from, &held);
    }
}

/// The largest packet the Client takes, in bytes.
pub(super) fn maximum_of(connect: &Connect<'_>) -> u32 {
    connect.properties.maximum_packet_size().map_or(u32::MAX, NonZeroU32::get)
}
