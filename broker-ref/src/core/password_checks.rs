//! Passwords that are checked outside of the core: which are next, and what follows from the answer.

use std::mem;

use mqttspec_codec::{Packet, ReasonCode, Version, decode_frame};

use super::{
    access::PasswordCheck,
    broker::Broker,
    event::ConnectionId,
    login::{Login, Stage},
    protocol_error::ProtocolError,
};

impl Broker {
    /// A place for one more password to be checked; false if there is none.
    pub(super) fn queue_check(&mut self, from: ConnectionId) -> bool {
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
            self.refuse(from, connect.version, maximum, error.reason_code, error.reason);
        }
        self.settle();
        // v5 [MQTT-3.1.4-6], v3.1.1 [MQTT-3.1.4-5]: nothing of it if the connection was refused
        self.receive(from, &held);
    }
}
