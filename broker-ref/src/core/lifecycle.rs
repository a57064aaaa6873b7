//! How connections and Sessions end, and their timers.

use std::{mem, sync::Arc};

use mqttspec_codec::{Disconnect, Packet, Properties, ReasonCode, Version};

use super::{
    broker::Broker,
    event::{ConnectionId, Release},
    go_on::{ENTRY, SUBSCRIPTION},
    ids::SessionId,
    session::Session,
    timers::TimerKey,
    timestamp::Timestamp,
};

impl Broker {
    /// The first event after a restart: disconnects all Sessions that were connected.
    pub(super) fn start(&mut self) {
        while let Some(session) = self.sessions.after(self.started) {
            if self.effort.is_spent() {
                return self.timers.arm(TimerKey::Start, self.now);
            }
            self.effort.charge(LOOK);
            let id = session.id;
            self.disconnect_left(id);
            self.started = Some(id);
        }
    }

    /// Disconnects a Session that was connected when the broker stopped, if it is one.
    fn disconnect_left(&mut self, id: SessionId) {
        let left = |session: &Session| session.connection.is_none() && session.disconnected_at.is_none();
        if self.sessions.get(id).is_some_and(left) {
            self.detach(id);
        }
    }

    /// Does what is due for a Session before its Client gets it back.
    pub(super) fn catch_up(&mut self, client_id: &str) {
        let Some(id) = self.sessions.find(client_id) else { return };
        self.disconnect_left(id);
        let now = self.now;
        let is_due = |session: &Session| session.connection.is_none() && session.due_at().is_some_and(|at| at <= now);
        if self.sessions.get(id).is_some_and(is_due) {
            self.session_due(id);
        }
    }

    /// Checks a connection's deadline: the connect timeout, then Keep Alive.
    pub(super) fn watch(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.live(id).filter(|connection| !connection.unread) else { return };
        if connection.paused.is_some() && connection.link.is_some() {
            connection.seen = self.now;
        }
        let connected = connection.link.is_some();
        let deadline = match connected {
            true => connection.keep_alive_ends(),
            false => {
                let patience = self.config.connect_timeout.as_millis();
                Some(connection.seen.after_millis(u64::try_from(patience).unwrap_or(u64::MAX)))
            }
        };
        match deadline {
            None => {}
            Some(deadline) if deadline > self.now => self.timers.arm(TimerKey::Connection(id), deadline),
            // v5 [MQTT-3.1.2-22], v3.1.1 [MQTT-3.1.2-24]
            Some(_) if connected => self.disconnect(id, ReasonCode::KeepAliveTimeout, None),
            // v5 section 3.1.4, v3.1.1 section 3.1.4: nothing is sent before a CONNECT, nor to a Client that does
            // not finish an exchange
            Some(_) => self.connections.close(id),
        }
    }

    /// Reports whether the shell reads from a connection, which the core assumes at first. A peer is not blamed for
    /// bytes that are not read: neither Keep Alive nor the connect timeout runs meanwhile, and both restart afterwards.
    pub fn set_reading(&mut self, now: Timestamp, id: ConnectionId, reading: bool) {
        let now = self.now.max(now);
        let Some(connection) = self.connections.live(id) else { return };
        connection.unread = !reading;
        if reading {
            connection.seen = now;
            self.watch(id);
        }
    }

    /// Ends a connection from our side; with DISCONNECT in v5, the only version in which a Server may send one.
    pub(super) fn disconnect(&mut self, id: ConnectionId, reason_code: ReasonCode, reason: Option<&str>) {
        self.say_goodbye(id, reason_code, reason);
        // v5 [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1]
        self.hang_up(id);
    }

    fn say_goodbye(&mut self, id: ConnectionId, reason_code: ReasonCode, reason: Option<&str>) {
        let Some(connection) = self.connections.live(id) else { return };
        let Some(link) = &connection.link else { return };
        connection.stats.reason = Some(reason_code);
        // v5 [MQTT-3.14.0-1]: there is a link only after a CONNACK of success
        if link.version == Version::V5 {
            let reason = self.reason_string(reason);
            // v5 [MQTT-3.14.2-2]: no Session Expiry Interval
            let disconnect = |properties| Packet::from(Disconnect { reason_code, properties });
            // v5 [MQTT-3.14.2-3]: without Reason String where it would not fit; v5 [MQTT-3.1.2-29]: with it whatever
            // Request Problem Information says
            let _ = self.connections.send(id, &disconnect(Properties::from(reason.as_slice())), Release::Now)
                || self.connections.send(id, &disconnect(Properties::EMPTY), Release::Now);
        }
    }

    /// Ends a connection without another packet.
    pub(super) fn hang_up(&mut self, id: ConnectionId) {
        let session = self.connections.link(id).map(|link| link.session);
        // v5 [MQTT-4.13.1-1], v3.1.1 [MQTT-4.8.0-1]
        self.connections.close(id);
        if let Some(session) = session {
            self.detach(session);
        }
    }

    /// Stops the broker: it ends every connection, in v5 with DISCONNECT 0x8B, and does nothing more. Drain it as after
    /// `handle_*`.
    ///
    /// No Will is published, since all who could receive it are disconnected too. A Will stays with its Session in the
    /// stored state; a broker that continues from there publishes it, with its delay counted from now.
    pub fn stop(&mut self, now: Timestamp) {
        self.handle_timeout(now);
        if mem::replace(&mut self.stopped, true) {
            return;
        }
        for id in self.connections.ids() {
            let session = self.connections.link(id).map(|link| link.session);
            // v5 section 4.13.1
            self.say_goodbye(id, ReasonCode::ServerShuttingDown, None);
            self.connections.close(id);
            if self.connections.any(id).is_some_and(|connection| connection.gone) {
                self.connections.remove(id);
            }
            // v5 section 3.1.2.5, v3.1.1 section 3.1.2.5: a Server that shuts down may defer its Wills until it is
            // restarted
            if let Some(session) = session.and_then(|id| self.sessions.get_mut(id)) {
                session.connection = None;
                session.disconnected_at = Some(self.now);
                if let Some(will) = &mut session.will {
                    will.due_at = Some(self.now.after_seconds(will.delay));
                }
                session.put(&mut self.journal);
            }
        }
    }

    /// Handles the end of a Session's connection, which makes its Will due.
    fn detach(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else {
            debug_assert!(false, "a connection outlives its Session");
            return;
        };
        if session.connection.take().is_some() {
            self.connections.counters.disconnect();
        }
        self.effort.charge(DETACH);
        session.disconnected_at = Some(self.now);
        // v5 [MQTT-4.1.0-2] section 3.1.2.11.2, v3.1.1 [MQTT-3.1.2-6]
        if session.expiry_interval == 0 {
            return self.end_session(id);
        }
        // v5 [MQTT-3.1.2-23], v3.1.1 [MQTT-3.1.2-5]: everything else of the Session stays
        // v5 [MQTT-3.1.2-8], v3.1.1 [MQTT-3.1.2-8]
        let (will, grant) = (session.will.take_if(|will| will.delay == 0), session.grant.clone());
        let user_name = session.user_name.clone();
        if let Some(will) = &mut session.will {
            will.due_at = Some(self.now.after_seconds(will.delay));
        }
        session.put(&mut self.journal);
        if let Some(at) = session.due_at() {
            self.timers.arm(TimerKey::Session(id), at);
        }
        self.attend(id);
        if let Some(will) = will {
            self.publish_will(will, &grant, user_name);
        }
    }

    /// Checks the Will and the expiry of a disconnected Session.
    pub(super) fn session_due(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(id) else {
            debug_assert!(false, "a timer outlives its Session");
            return;
        };
        // v5 [MQTT-4.1.0-2]
        if session.expires_at().is_some_and(|at| at <= self.now) {
            return self.end_session(id);
        }
        let now = self.now;
        let will = session.will.take_if(|will| will.due_at.is_some_and(|at| at <= now));
        let (grant, user_name) = (session.grant.clone(), session.user_name.clone());
        if will.is_some() {
            session.put(&mut self.journal);
        }
        if let Some(at) = session.due_at() {
            self.timers.arm(TimerKey::Session(id), at);
        }
        if let Some(will) = will {
            self.publish_will(will, &grant, user_name);
        }
    }

    /// Ends a Session and its connection from our side.
    pub(super) fn evict(&mut self, id: SessionId, reason_code: ReasonCode) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        session.expiry_interval = 0;
        if let Some(connection) = session.connection {
            self.disconnect(connection, reason_code, Some("no room for another message"));
        }
        self.end_session(id);
    }

    /// Ends the Sessions with the fullest queues until all queues together are within their limit.
    pub(super) fn make_room(&mut self) {
        while self.sessions.queued_bytes() > self.config.total_queued_bytes
            && let Some(fullest) = self.sessions.fullest()
        {
            self.evict(fullest, ReasonCode::QuotaExceeded);
        }
    }

    /// Ends a Session: removes all of its state, and publishes its Will if it still has one. Retained messages do not
    /// belong to it: v3.1.1 [MQTT-3.1.2-7].
    pub(super) fn end_session(&mut self, id: SessionId) {
        let Some(mut session) = self.sessions.remove(id) else { return };
        self.timers.disarm(&TimerKey::Session(id));
        let (will, grant, user_name) = (session.will.take(), session.grant.clone(), session.user_name.clone());
        let cost = session.subscriptions.len().saturating_mul(SUBSCRIPTION);
        let cost = cost.saturating_add(session.queue.len().saturating_mul(ENTRY)).saturating_add(DETACH);
        let mut orphans = Vec::new();
        // what is shared goes to others, which costs as much again
        if cost <= self.effort.left() / 2 {
            self.effort.charge(cost);
            for filter in session.subscriptions.keys() {
                self.drop_from_tree(id, filter);
                self.retained_backlog.remove(id, filter);
            }
            orphans.extend(
                session.queue.iter().filter(|(_, queued)| queued.share.is_some()).map(|(_, queued)| queued.clone()),
            );
            session.drop_from_store(&mut self.journal);
            // frees the bytes of its queue for the messages that follow
            drop(session);
        } else {
            self.end_later(session);
        }
        // v5 [MQTT-3.1.2-8] section 3.1.3.2.2: at the end of the Session if its delay has not passed
        if let Some(will) = will {
            self.publish_will(will, &grant, user_name);
        }
        for queued in orphans {
            self.redeliver_shared(queued);
        }
    }

    /// Removes a retained message, and its expiry.
    pub(super) fn clear_retained(&mut self, topic: &str) {
        if let Some(topic) = self.retained.clear(topic, &mut self.journal) {
            self.timers.disarm(&TimerKey::Retained(topic));
        }
    }

    /// Checks whether a retained message has expired.
    pub(super) fn retained_due(&mut self, topic: Arc<str>) {
        match self.retained.expires_at(&topic) {
            Some(at) if at <= self.now => self.clear_retained(&topic), // v5 section 3.3.1.3
            Some(at) => self.timers.arm(TimerKey::Retained(topic), at),
            None => {}
        }
    }
}

/// Of a look at a Session, and of the end of its connection, in units of effort.
const LOOK: usize = 3;
const DETACH: usize = 20;
