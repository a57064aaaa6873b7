//! The passwords that the shell checks: their queue, and the effect of each result.

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
    /// Queues a password check; false if the queue is full.
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

    /// Answers a CONNECT whose password was checked.
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
            self.note_login(from, Some(&connect), error.reason_code, error.reason);
            self.refuse(from, connect.version, maximum, error.reason_code, error.reason);
        }
        self.settle();
        // v5 [MQTT-3.1.4-6], v3.1.1 [MQTT-3.1.4-5]: it is dropped if the connection was refused
        self.receive(from, &held);
    }
}
