//! Other users while the broker runs: who may stay stays.

use mqttspec_codec::{ReasonCode, TopicFilter, Version};

use super::{
    access::Access,
    broker::Broker,
    event::ConnectionId,
    ids::SessionId,
    login::{Login, Stage},
    subscriber::Subscriber,
    timestamp::Timestamp,
};

impl Broker {
    /// Puts other users in force, as a restart with them would, but without ending the connections of those who may
    /// stay. Drain the broker as after `handle_*`.
    ///
    /// - A Client stays if its user is still listed and each password that the user had is unchanged. Others are
    ///   disconnected, in v5 with 0x87, Not authorized; so is a named Client that nothing was asked of before, when there
    ///   were no users.
    /// - A subscription that is no longer allowed gets nothing more, and messages that wait for it are dropped. It stays
    ///   in its Session, and works again once it is allowed again.
    ///
    /// Looks at every Session, its subscriptions and its queue, in one step.
    pub fn set_access(&mut self, now: Timestamp, access: Access) {
        self.handle_timeout(now);
        if self.stopped {
            return;
        }
        let before = std::mem::replace(&mut self.config.access, access);
        self.logins.forget();
        let sessions: Vec<SessionId> = self.sessions.iter().map(|session| session.id).collect();
        for id in sessions {
            self.renew_grant(id);
        }
        for id in self.connections.ids() {
            self.renew_connection(id, &before);
        }
        self.settle();
    }

    fn renew_grant(&mut self, id: SessionId) {
        let since = self.published;
        let Some(session) = self.sessions.get_mut(id) else { return };
        let is_connected = session.connection.is_some();
        let grant = self.config.access.grant(session.user_name.as_deref(), &session.client_id);
        let before = std::mem::replace(&mut session.grant, grant.clone());
        for (text, record) in &session.subscriptions {
            let Ok(filter) = TopicFilter::new(text) else { continue };
            match (before.may_subscribe(filter), grant.may_subscribe(filter)) {
                (true, false) => {
                    self.retained_backlog.remove(id, text);
                    self.tree.remove(id, filter);
                }
                (false, true) => {
                    self.tree.insert(id, filter, Subscriber { record: *record, since }, is_connected);
                }
                _ => {}
            }
        }
        // as at a reconnect: what was sent already is completed by the rules of its QoS
        for (place, forbidden) in session.queue.take_queued(|message| !grant.may_receive(&message.topic)) {
            self.journal.drop_entry(id, place, &forbidden.message);
        }
    }

    fn renew_connection(&mut self, id: ConnectionId, before: &Access) {
        if let Some(session) = self.connections.link(id).map(|link| link.session) {
            let user = self.sessions.get(session).and_then(|session| session.user_name.as_deref());
            if !self.config.access.keeps(before, user) {
                // v5 section 4.13.1
                self.disconnect(id, ReasonCode::NotAuthorized, Some("the users have changed"));
            }
            return;
        }
        // an exchange of AUTH packets looks the user up again at its end
        let login = self.connections.live(id).and_then(|connection| connection.login.as_ref());
        if let Some(login) = login
            && let Stage::Password { user, .. } = &login.stage
            && !self.config.access.keeps(before, Some(user))
        {
            let (version, maximum) = (version_of(login), login.maximum_packet_size());
            self.refuse(id, version, maximum, ReasonCode::NotAuthorized, Some("the users have changed"));
        }
    }
}

/// The version of a CONNECT that was decoded before.
fn version_of(login: &Login) -> Version {
    match mqttspec_codec::decode_frame(&login.connect, Version::V5) {
        Ok(mqttspec_codec::Packet::Connect(connect)) => connect.version,
        _ => Version::V5,
    }
}
