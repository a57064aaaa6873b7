//! The passwords that the shell checks: their queue, and the effect of each result.

use std::mem;

use mqttspec_codec::{Packet, ReasonCode, Version, decode_frame};

use super::{
    access::PasswordCheck,
    broker::Broker,
    event::ConnectionId,
    login::{Login, Stage},
    login_queue::Entry,
    protocol_error::ProtocolError,
};

impl Broker {
    /// Queues a password check, unless its result is known.
    pub(super) fn queue_check(&mut self, from: ConnectionId, user: &str, password: &[u8]) -> Entry {
        let Some(connection) = self.connections.any(from) else { return Entry::Full };
        let (from, login) = ((from, connection.peer.source()), (user, password));
        let is_live = |id| self.connections.any(id).is_some_and(|connection| connection.is_held() || id == from.0);
        self.logins.enter(self.now, from, login, self.config.password_checks, is_live)
    }

    /// Refuses a login that waits, for another one.
    pub(super) fn make_way(&mut self, id: ConnectionId) {
        let Some(login) = self.connections.live(id).and_then(|connection| connection.login.take()) else { return };
        let Ok(Packet::Connect(connect)) = decode_frame(&login.connect, Version::V5) else { return };
        let error = too_busy(connect.version);
        self.note_login(id, Some(&connect), error.reason_code, error.reason);
        self.refuse(id, connect.version, login.maximum_packet_size(), error.reason_code, error.reason);
    }

    pub(super) fn next_check(&mut self) -> Option<(ConnectionId, PasswordCheck)> {
        loop {
            let id = self.logins.next(self.now)?;
            let login = self.connections.live(id).and_then(|connection| connection.login.as_mut());
            if let Some(check) = login.and_then(Login::take_check) {
                return Some((id, check));
            }
            self.logins.abandon(id);
        }
    }

    /// Answers a CONNECT whose password was checked.
    pub(super) fn password_checked(&mut self, from: ConnectionId, passed: bool) {
        self.logins.finish(self.now, from, passed);
        let Some(connection) = self.connections.live(from) else { return };
        let Some(mut login) = connection.login.take_if(|login| login.is_being_checked()) else { return };
        let maximum = login.maximum_packet_size();
        let held = login.held().map(mem::take).unwrap_or_default();
        let (Ok(Packet::Connect(connect)), Stage::Password { user, .. }) =
            (decode_frame(&login.connect, Version::V5), login.stage)
        else {
            debug_assert!(false, "only a CONNECT that was decoded waits for its password");
            return self.connections.close(from);
        };
        let admitted = match passed {
            true => self.admit(from, &connect, Some(user), None),
            false => Err(ProtocolError::new(ReasonCode::BadUserNameOrPassword)),
        };
        if let Err(error) = admitted {
            self.note_login(from, Some(&connect), error.reason_code, error.reason);
            self.refuse(from, connect.version, maximum, error.reason_code, error.reason);
        }
        self.settle();
        // v5 [MQTT-3.1.4-6], v3.1.1 [MQTT-3.1.4-5]: it is dropped if the connection was refused
        self.receive(from, &held);
    }
}

/// Why a CONNECT is refused whose password cannot be checked soon.
pub(super) const fn too_busy(version: Version) -> ProtocolError {
    let reason_code = match version {
        Version::V5 => ReasonCode::ServerBusy,
        Version::V3_1 | Version::V3_1_1 => ReasonCode::ServerUnavailable,
    };
    ProtocolError::because(reason_code, "too many passwords wait to be checked")
}
