//! What is noted of refusals, for logs and statistics.

use std::sync::Arc;

use mqttspec_codec::{Connect, ReasonCode};

use super::{
    broker::Broker,
    event::ConnectionId,
    refusals::{Notice, Refusal, Refused},
    timers::TimerKey,
};

impl Broker {
    /// Returns the next thing to be logged. Drain to `None` after each `handle_*`; what nobody takes is bounded.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.refusals.poll()
    }

    /// A CONNECT was refused, or what came in its place.
    pub(super) fn note_login(
        &mut self,
        from: ConnectionId,
        connect: Option<&Connect<'_>>,
        reason_code: ReasonCode,
        reason: Option<&str>,
    ) {
        self.refusals.logins = self.refusals.logins.saturating_add(1);
        self.note(from, reason_code, reason, || {
            let user_name = connect.and_then(|connect| connect.user_name).map(|name| clip(name.as_str()));
            let client_id = connect.map(|connect| clip(connect.client_id.as_str()));
            (Refused::Login, user_name, client_id)
        });
    }

    pub(super) fn note_publish(
        &mut self,
        from: ConnectionId,
        topic: &str,
        reason_code: ReasonCode,
        reason: Option<&str>,
    ) {
        self.refusals.publishes = self.refusals.publishes.saturating_add(1);
        let (user_name, client_id) = self.who(from);
        self.note(from, reason_code, reason, || (Refused::Publish(clip(topic)), user_name, client_id));
    }

    pub(super) fn note_subscribe(
        &mut self,
        from: ConnectionId,
        filter: &str,
        reason_code: ReasonCode,
        reason: Option<&str>,
    ) {
        self.refusals.subscribes = self.refusals.subscribes.saturating_add(1);
        let (user_name, client_id) = self.who(from);
        self.note(from, reason_code, reason, || (Refused::Subscribe(clip(filter)), user_name, client_id));
    }

    /// The time for what was left out to be told.
    pub(super) fn refusals_due(&mut self) {
        self.refusals.turn(self.now);
    }

    fn who(&mut self, from: ConnectionId) -> (Option<Arc<str>>, Option<Arc<str>>) {
        let session = self.connections.link(from).map(|link| link.session);
        let session = session.and_then(|id| self.sessions.get(id));
        session.map_or((None, None), |session| (session.user_name.clone(), Some(Arc::clone(&session.client_id))))
    }

    fn note(
        &mut self,
        from: ConnectionId,
        reason_code: ReasonCode,
        reason: Option<&str>,
        what: impl FnOnce() -> (Refused, Option<Arc<str>>, Option<Arc<str>>),
    ) {
        let Some(peer) = self.connections.any(from).map(|connection| &connection.peer) else { return };
        if self.refusals.has_room(self.now, peer.source()) {
            let (what, user_name, client_id) = what();
            let (peer, reason) = (peer.address.clone(), reason.map(clip));
            self.refusals.push(Refusal { peer, user_name, client_id, what, reason_code, reason });
        }
        if let Some(due) = self.refusals.due() {
            self.timers.arm(TimerKey::Refusals, due);
        }
    }
}

/// The beginning of a text that a peer has chosen, so that it cannot fill a log.
fn clip(text: &str) -> Arc<str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// In characters.
const LONGEST: usize = 200;
