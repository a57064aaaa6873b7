//! PUBLISH, SUBSCRIBE and UNSUBSCRIBE of the Client: Packet Identifiers, DUP, the Server's Receive Maximum, Topic Aliases.

use std::collections::{BTreeSet, VecDeque};

use mqttspec_codec::Publish;

use super::{Connection, Rule, Session, opening::Welcome, session::Outgoing};

/// What the Client asked for on this connection.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Packet Identifiers of SUBSCRIBE and UNSUBSCRIBE without an answer.
    open: BTreeSet<u16>,
    /// Packet Identifiers of the PUBLISH packets that count towards the Server's Receive Maximum.
    in_flight: BTreeSet<u16>,
    /// What the last connection has left and must be sent again, in the order of the first time.
    again: VecDeque<Outgoing>,
    /// Whether the Server has resumed the Session.
    resumed: bool,
    /// Packet Identifiers of PUBREC packets that answer nothing. A PUBREL may tell the Server.
    stray: BTreeSet<u16>,
    /// Topic Aliases that were set.
    aliases: BTreeSet<u16>,
    /// Whether the Server has resumed a Session that the Client does not have, so that the Client must leave.
    pub(super) must_leave: bool,
}

impl Requests {
    /// The Session may be resumed.
    pub(super) fn expect_again(&mut self, session: &Session) {
        self.again = session.outgoing.iter().copied().collect();
    }

    /// The Session is resumed.
    pub(super) fn resume(&mut self) {
        self.resumed = true;
    }

    /// The Server has no Session. What was sent on this connection stays.
    pub(super) fn forget(&mut self, session: &mut Session) {
        self.again.clear();
        session.outgoing.retain(|outgoing| self.in_flight.contains(&outgoing.packet_id));
    }

    /// SUBACK or UNSUBACK.
    pub(super) fn answered(&mut self, packet_id: u16) {
        self.open.remove(&packet_id);
    }

    /// What a Client that leaves normally has not sent again.
    pub(super) fn left(&mut self) -> Vec<(Rule, String)> {
        let left = std::mem::take(&mut self.again).into_iter().filter(|_| self.resumed);
        left.map(|Outgoing { packet_id, received }| {
            let name = if received { "PUBREL" } else { "PUBLISH" };
            (Rule::NotSentAgain, format!("{name} {packet_id} was not sent again in the resumed Session"))
        })
        .collect()
    }
}

impl Connection {
    pub(super) fn publish(&mut self, publish: &Publish<'_>) {
        if publish.properties.subscription_identifier().is_some() {
            self.breach(Rule::IdentifierInPublish, "PUBLISH with a Subscription Identifier".to_owned());
        }
        if let Some(alias) = publish.properties.topic_alias().map(|alias| alias.number()) {
            if publish.topic.is_some() {
                self.requests.aliases.insert(alias);
            } else if !self.requests.aliases.contains(&alias) {
                let what = format!("PUBLISH without a Topic Name, and Topic Alias {alias} was not set");
                self.breach(Rule::UnknownTopicAlias, what);
            }
        }
        let Some(packet_id) = publish.delivery.packet_id().map(|id| id.number()) else { return };
        let dup = publish.delivery.dup();
        let is_here = self.requests.in_flight.contains(&packet_id);
        match self.session.outgoing(packet_id).copied() {
            Some(_) if !dup && is_here => self.in_use(packet_id, "PUBLISH"),
            Some(Outgoing { received: true, .. }) => {
                self.breach(Rule::AgainAfterPubrec, format!("PUBLISH {packet_id} sent again after its PUBREC"));
            }
            Some(_) if is_here => {
                let what = format!("PUBLISH {packet_id} sent again on the same connection");
                self.breach(Rule::AgainOnSameConnection, what);
            }
            Some(_) => {
                if !dup {
                    self.breach(Rule::AgainWithoutDup, format!("PUBLISH {packet_id} sent again with DUP 0"));
                }
                self.sent_again(packet_id);
                self.count(packet_id);
            }
            None => {
                if self.requests.open.contains(&packet_id) {
                    self.in_use(packet_id, "PUBLISH");
                }
                if dup && self.session_known {
                    self.breach(
                        Rule::FirstWithDup,
                        format!("PUBLISH {packet_id} is sent for the first time with DUP 1"),
                    );
                }
                self.session.outgoing.push(Outgoing { packet_id, received: false });
                self.count(packet_id);
            }
        }
    }

    /// SUBSCRIBE or UNSUBSCRIBE.
    pub(super) fn request(&mut self, packet_id: u16, name: &str) {
        if self.session.outgoing(packet_id).is_some() || !self.requests.open.insert(packet_id) {
            self.in_use(packet_id, name);
        }
    }

    /// PUBACK or PUBCOMP.
    pub(super) fn acknowledged(&mut self, packet_id: u16) {
        self.session.finish(packet_id);
        self.requests.in_flight.remove(&packet_id);
        self.requests.again.retain(|outgoing| outgoing.packet_id != packet_id);
    }

    /// PUBREC.
    pub(super) fn recorded(&mut self, packet_id: u16, is_failure: bool) {
        if is_failure {
            self.owed.refused(packet_id);
            return self.acknowledged(packet_id);
        }
        match self.session.outgoing(packet_id) {
            Some(outgoing) => {
                outgoing.received = true;
                self.requests.again.retain(|outgoing| outgoing.packet_id != packet_id);
                self.owed.recorded(packet_id);
            }
            None => drop(self.requests.stray.insert(packet_id)),
        }
    }

    pub(super) fn pubrel(&mut self, packet_id: u16) {
        match self.session.outgoing(packet_id).copied() {
            Some(Outgoing { received: true, .. }) => {
                if self.sent_again(packet_id) {
                    return;
                }
                if !self.take_pubrel(packet_id) {
                    let what = format!("PUBREL {packet_id} sent again on the same connection");
                    self.breach(Rule::AgainOnSameConnection, what);
                }
            }
            Some(_) => self.breach(Rule::AnswersNothing, format!("PUBREL {packet_id} before its PUBREC")),
            None if self.requests.stray.remove(&packet_id) || !self.session_known => {}
            None => self.breach(Rule::AnswersNothing, format!("PUBREL {packet_id}, which answers no PUBREC")),
        }
    }

    /// Compares what was sent before CONNACK with the Receive Maximum.
    pub(super) fn quota(&mut self) {
        let Welcome::Accepted(limits) = &self.welcome else { return };
        let (in_flight, most) = (self.requests.in_flight.len(), limits.receive_maximum);
        if in_flight > usize::from(most) {
            let what =
                format!("{in_flight} unacknowledged PUBLISH packets to a Server whose Receive Maximum is {most}");
            self.breach(Rule::ReceiveMaximum, what);
        }
    }

    fn count(&mut self, packet_id: u16) {
        self.requests.in_flight.insert(packet_id);
        self.quota();
    }

    fn in_use(&mut self, packet_id: u16, name: &str) {
        self.breach(Rule::IdentifierInUse, format!("{name} with Packet Identifier {packet_id}, which is in use"));
    }

    /// Takes what had to be sent again. Returns `false` if it is nothing of that kind.
    fn sent_again(&mut self, packet_id: u16) -> bool {
        let again = &mut self.requests.again;
        let Some(place) = again.iter().position(|outgoing| outgoing.packet_id == packet_id) else { return false };
        let is_publish = |outgoing: &&Outgoing| !outgoing.received;
        let earlier = again.iter().take(place).find(is_publish).map(|earlier| earlier.packet_id);
        let taken = again.remove(place);
        if let (Some(earlier), Some(Outgoing { received: false, .. })) = (earlier, taken) {
            let what = format!("PUBLISH {packet_id} sent again before PUBLISH {earlier}");
            self.breach(Rule::AgainOutOfOrder, what);
        }
        true
    }
}
