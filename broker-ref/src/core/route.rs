//! Which Clients get a message, how often, and at which QoS (v5 section 3.3.4, v3.1.1 section 3.3.5).

use std::{mem, sync::Arc};

use mqttspec_codec::QoS;

use super::{
    addressed::{Addressed, Receivers},
    broker::Broker,
    config::Overlap,
    delta::Delta,
    fanout::{Fanout, Stage, Then},
    message::Message,
    queue::QueuedMessage,
    record::EntryState,
    tasks::Task,
};

impl Broker {
    /// Sends a message to all subscribers: now, or what cannot be done now, later. Only subscriptions that exist now get
    /// it.
    pub(super) fn route(&mut self, message: Message, then: Then) {
        self.published = self.published.saturating_add(1);
        // v5 [MQTT-3.3.4-5] leaves the choice
        let once = self.config.overlap == Overlap::Once;
        let mut fanout = Fanout::new(message, self.published, once, then);
        if self.fanouts.has(&fanout.message.body.publisher) || !self.go_on_with(&mut fanout) {
            self.keep_will(&mut fanout);
            self.fanouts.add(fanout);
        }
    }

    /// Goes on with the messages that are on their way, in turn.
    pub(super) fn go_on_with_fanouts(&mut self) {
        while !self.effort.is_spent()
            && let Some(mut fanout) = self.fanouts.next()
        {
            let kept = self.effort.keep_back(self.config.step.get() / TURNS);
            let is_done = self.go_on_with(&mut fanout);
            self.effort.give_back(kept);
            self.effort.charge(1);
            match is_done {
                true => {
                    for id in self.fanouts.finish(&fanout.message.body.publisher) {
                        self.tasks.add(Task::Input(id));
                    }
                }
                false => self.fanouts.put_back(fanout),
            }
            self.settle();
        }
    }

    /// Returns false if it has to go on later.
    fn go_on_with(&mut self, fanout: &mut Fanout) -> bool {
        let once = self.config.overlap == Overlap::Once;
        let body = Arc::clone(&fanout.message.body);
        if let Stage::Find(search, receivers) = &mut fanout.stage {
            let Self { tree, effort, sessions, .. } = self;
            let anybody = &mut fanout.anybody;
            let all_found = tree.search(
                search,
                effort,
                |session| sessions.presence(session),
                |found| {
                    *anybody = true;
                    // v5 [MQTT-3.8.3-3]
                    let own = found.record.options.no_local
                        && sessions.get(found.session).is_some_and(|to| *to.client_id == *body.publisher());
                    if own { 0 } else { receivers.add(Addressed::new(found, body.qos, body.retain)) }
                },
            );
            if !all_found {
                return false;
            }
            receivers.complete();
            let receivers = mem::replace(receivers, Receivers::new(once));
            fanout.stage = Stage::Deliver(receivers);
        }
        // v5 [MQTT-3.3.2-5]
        let expired = body.is_expired(self.now);
        // A message at QoS 2 goes to all at once: its publisher, who sends it again after a crash, must not find that
        // some have got it.
        let at_once = body.qos == QoS::ExactlyOnce;
        // v5 [MQTT-4.5.0-1] section 4.8.1, v3.1.1 [MQTT-4.5.0-1]
        if let Stage::Deliver(receivers) = &mut fanout.stage
            && !expired
        {
            while let Some(addressed) = receivers.next() {
                if self.effort.is_spent() && !at_once {
                    receivers.put_back(addressed);
                    return false;
                }
                self.deliver(&mut fanout.message, addressed);
            }
        }
        self.follow(fanout);
        true
    }

    fn follow(&mut self, fanout: &Fanout) {
        match &fanout.then {
            Then::Nothing | Then::Forget { row: None, .. } => {}
            Then::Acknowledge { on, session, delivery } => self.published(*on, *session, *delivery, fanout.anybody),
            Then::Forget { row: Some((id, _)), .. } => self.journal.record(Delta::DropSession(*id)),
        }
    }

    /// Delivers a message of a Session that has ended to another member of its shared subscription (v5 section 4.8.2).
    pub(super) fn redeliver_shared(&mut self, queued: QueuedMessage) {
        let Some(share) = &queued.share else { return };
        // v5 [MQTT-4.8.2-4] [MQTT-4.8.2-5]: not a QoS 2 message that was sent; as long as its Session exists, it waits
        // there
        if queued.qos == QoS::ExactlyOnce && queued.state != EntryState::Queued {
            return;
        }
        // v5 [MQTT-3.3.2-5]
        if queued.message.body.is_expired(self.now) {
            return;
        }
        let Self { tree, sessions, effort, .. } = self;
        let Some(found) = tree.choose(share, |session| sessions.presence(session), effort) else { return };
        let mut message = queued.message;
        let addressed = Addressed { retain: queued.retain, ..Addressed::new(found, message.body.qos, false) };
        self.deliver(&mut message, addressed);
    }
}

/// In how many turns the effort of a step is used.
const TURNS: usize = 4;
