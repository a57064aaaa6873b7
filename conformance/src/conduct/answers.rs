//! PUBACK, PUBREC, PUBREL and PUBCOMP of the Client: what they answer, and their order (v5 and v3.1.1 section 4.6).

use std::collections::VecDeque;

use mqttspec_codec::{Publish, QoS};

use super::{Connection, Rule};

/// The answers that the Client owes on this connection, in the order of receipt.
#[derive(Debug, Default)]
pub(super) struct Owed {
    pubacks: VecDeque<u16>,
    pubrecs: VecDeque<u16>,
    pubrels: VecDeque<u16>,
    pubcomps: VecDeque<u16>,
}

impl Owed {
    /// A PUBREC was received.
    pub(super) fn recorded(&mut self, packet_id: u16) {
        owe(&mut self.pubrels, packet_id);
    }

    /// A PUBREC with a failure was received, which gets no PUBREL.
    pub(super) fn refused(&mut self, packet_id: u16) {
        self.pubrels.retain(|owed| *owed != packet_id);
    }

    /// What a Client that leaves normally has not answered.
    pub(super) fn left(&mut self) -> Vec<(Rule, String)> {
        let queues = [
            (&mut self.pubacks, Rule::AnswerDue, "PUBLISH", "PUBACK"),
            (&mut self.pubrecs, Rule::AnswerDue, "PUBLISH", "PUBREC"),
            (&mut self.pubrels, Rule::PubrelDue, "PUBREC", "PUBREL"),
            (&mut self.pubcomps, Rule::PubcompDue, "PUBREL", "PUBCOMP"),
        ];
        let mut left = Vec::new();
        for (queue, rule, asks, answer) in queues {
            left.extend(std::mem::take(queue).into_iter().map(|id| (rule, format!("no {answer} to {asks} {id}"))));
        }
        left
    }
}

impl Connection {
    /// PUBLISH of the Server.
    pub(super) fn delivered(&mut self, publish: &Publish<'_>) {
        let Some(packet_id) = publish.delivery.packet_id().map(|id| id.number()) else { return };
        match publish.delivery.qos() {
            QoS::AtMostOnce => {}
            QoS::AtLeastOnce => owe(&mut self.owed.pubacks, packet_id),
            QoS::ExactlyOnce => owe(&mut self.owed.pubrecs, packet_id),
        }
    }

    /// PUBREL of the Server.
    pub(super) fn released(&mut self, packet_id: u16) {
        self.session.received.remove(&packet_id);
        owe(&mut self.owed.pubcomps, packet_id);
    }

    pub(super) fn puback(&mut self, packet_id: u16) {
        let taken = take(&mut self.owed.pubacks, packet_id);
        let wrong = self.owed.pubrecs.contains(&packet_id);
        self.answer("PUBACK", packet_id, taken, Rule::PubackOrder, wrong);
    }

    pub(super) fn pubrec(&mut self, packet_id: u16, is_failure: bool) {
        let taken = take(&mut self.owed.pubrecs, packet_id);
        let wrong = self.owed.pubacks.contains(&packet_id);
        if taken.is_some() && !is_failure {
            self.session.received.insert(packet_id);
        }
        self.answer("PUBREC", packet_id, taken, Rule::PubrecOrder, wrong);
    }

    /// Returns `false` if no PUBREC awaits this PUBREL.
    pub(super) fn take_pubrel(&mut self, packet_id: u16) -> bool {
        let taken = take(&mut self.owed.pubrels, packet_id);
        if let Some(Some(earlier)) = taken {
            self.breach(Rule::PubrelOrder, format!("PUBREL {packet_id} before PUBREL {earlier}"));
        }
        taken.is_some()
    }

    pub(super) fn pubcomp(&mut self, packet_id: u16) {
        if take(&mut self.owed.pubcomps, packet_id).is_none() {
            self.breach(Rule::AnswersNothing, format!("PUBCOMP {packet_id}, which answers no PUBREL"));
        }
    }

    fn answer(&mut self, name: &str, packet_id: u16, taken: Option<Option<u16>>, order: Rule, wrong: bool) {
        match taken {
            Some(None) => {}
            Some(Some(earlier)) => self.breach(order, format!("{name} {packet_id} before {name} {earlier}")),
            None if wrong => self.breach(Rule::WrongAnswer, format!("{name} {packet_id} to a PUBLISH of another QoS")),
            None => self.breach(Rule::AnswersNothing, format!("{name} {packet_id}, which answers no PUBLISH")),
        }
    }
}

/// One answer is enough for what is repeated before it.
fn owe(queue: &mut VecDeque<u16>, packet_id: u16) {
    if !queue.contains(&packet_id) {
        queue.push_back(packet_id);
    }
}

/// Takes the oldest with this identifier, and returns the first one before it that is still owed.
fn take(queue: &mut VecDeque<u16>, packet_id: u16) -> Option<Option<u16>> {
    let place = queue.iter().position(|owed| *owed == packet_id)?;
    let earlier = (place > 0).then(|| queue.front().copied()).flatten();
    queue.remove(place);
    Some(earlier)
}
