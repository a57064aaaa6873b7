//! [`Rule`]: what the standards demand of what Clients see, with the statements of each version.

use mqttspec_codec::Version;

/// A rule that a broker can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A message must come that has not.
    Missing,
    /// A message that is retained must come on a subscription, and has not.
    MissingRetained,
    /// A Will Message must come that has not.
    MissingWill,
    /// A message came for which the Client has no subscription.
    Unmatched,
    /// A message came back to its publisher, against No Local.
    NoLocal,
    /// A message came although the Client has unsubscribed.
    Unsubscribed,
    /// A message came that belongs to a Session that is over.
    OldSession,
    /// A Will Message came although it was taken back.
    Will,
    /// RETAIN is 1 where it must be 0.
    RetainSet,
    /// RETAIN is 0 where it must be 1.
    RetainClear,
    /// A message came as a retained one that is not retained.
    NotRetained,
    /// The QoS is not the lower one of published and granted.
    Qos,
    /// No copy has the highest QoS of the subscriptions that match.
    HighestQos,
    /// Subscription Identifiers are missing, or of other subscriptions.
    Identifiers,
    /// A message came on another topic than it was published on.
    Topic,
    /// A message came that nobody has published.
    Payload,
    /// A message came more often than it may.
    TooMany,
    /// DUP is 1 on a message that was never sent before.
    DupSet,
    /// A Packet Identifier is used for another message while it is in use.
    PacketId,
    /// More messages are unacknowledged than the Receive Maximum allows.
    ReceiveMaximum,
    /// Messages came in another order than they were published.
    Order,
    /// Messages were sent again in another order than at first.
    OrderAgain,
    /// A message that was not acknowledged was not sent again when the Session was resumed.
    NotSentAgain,
    /// A PUBLISH was sent again although its PUBREL was sent already.
    AgainAfterPubrel,
    /// A Session was there that must be over.
    SessionKept,
    /// A Session was not there that must have been kept.
    SessionLost,
    /// The old connection stays open when the Client connects again.
    TakenOver,
    /// A PUBLISH at QoS 1 was not answered.
    NoPuback,
    /// A PUBLISH at QoS 2 was not answered.
    NoPubrec,
    /// A PUBREC was not answered.
    NoPubrel,
    /// A PUBREL was not answered.
    NoPubcomp,
    /// A SUBSCRIBE was not answered.
    NoSuback,
    /// An UNSUBSCRIBE was not answered.
    NoUnsuback,
    /// A PINGREQ was not answered.
    NoPingresp,
    /// A SUBACK has not one Reason Code for each Topic Filter.
    Codes,
    /// An UNSUBACK says that there was no subscription.
    UnsubackCode,
    /// The broker sent bytes that are no packet of the version.
    Malformed,
}

/// The rule, what is wrong, and the statements of v3.1.1 and v5.
type Row = (Rule, &'static str, &'static [&'static str], &'static [&'static str]);

const TABLE: [Row; 37] = [
    (Rule::Missing, "a message does not come", &["MQTT-4.5.0-1"], &["MQTT-4.5.0-1"]),
    (Rule::MissingRetained, "a retained message does not come on a subscription", &["MQTT-3.3.1-6"], &["MQTT-3.3.1-9"]),
    (Rule::MissingWill, "a Will Message does not come", &["MQTT-3.1.2-8"], &["MQTT-3.1.2-8"]),
    (Rule::Unmatched, "a message comes without a subscription", &["MQTT-3.3.2-3"], &["MQTT-3.3.2-3"]),
    (Rule::NoLocal, "a message comes back to its publisher", &[], &["MQTT-3.8.3-3"]),
    (Rule::Unsubscribed, "a message comes after UNSUBSCRIBE", &["MQTT-3.10.4-2"], &["MQTT-3.10.4-2"]),
    (Rule::OldSession, "a message of an earlier Session comes", &["MQTT-3.1.2-6"], &["MQTT-3.1.2-4"]),
    (Rule::Will, "a Will Message comes that was taken back", &["MQTT-3.14.4-3"], &["MQTT-3.14.4-3"]),
    (Rule::RetainSet, "RETAIN is 1 and must be 0", &["MQTT-3.3.1-9"], &["MQTT-3.3.1-12"]),
    (Rule::RetainClear, "RETAIN is 0 and must be 1", &["MQTT-3.3.1-8"], &["MQTT-3.3.1-13"]),
    (Rule::NotRetained, "a message that is not retained comes as a retained one", &["MQTT-3.3.1-5"], &["MQTT-3.3.1-5"]),
    (Rule::Qos, "a message comes at another QoS than it may", &["MQTT-3.8.4-6"], &["MQTT-3.8.4-8"]),
    (Rule::HighestQos, "no copy has the highest QoS", &["MQTT-3.3.5-1"], &["MQTT-3.3.4-2"]),
    (Rule::Identifiers, "a message has other Subscription Identifiers than it must", &[], &["MQTT-3.3.4-3"]),
    (Rule::Topic, "a message comes on another topic", &["MQTT-3.3.2-3"], &["MQTT-3.3.2-3"]),
    (Rule::Payload, "a message comes that nobody has published", &["MQTT-3.3.2-3"], &["MQTT-3.3.2-3"]),
    (Rule::TooMany, "a message comes too often", &["MQTT-3.3.1-1"], &["MQTT-4.4.0-1"]),
    (Rule::DupSet, "DUP is 1 on a message that was not sent before", &["MQTT-3.3.1-3"], &["MQTT-3.3.1-3"]),
    (Rule::PacketId, "a Packet Identifier in use is used for another message", &["MQTT-2.3.1-4"], &["MQTT-2.2.1-4"]),
    (Rule::ReceiveMaximum, "more messages are unacknowledged than the Receive Maximum", &[], &["MQTT-3.3.4-9"]),
    (Rule::Order, "messages come out of order", &["MQTT-4.6.0-6"], &["MQTT-4.6.0-5"]),
    (Rule::OrderAgain, "messages are sent again out of order", &["MQTT-4.6.0-1"], &["MQTT-4.6.0-1"]),
    (Rule::NotSentAgain, "a message in flight is not sent again", &["MQTT-4.4.0-1"], &["MQTT-4.4.0-1"]),
    (Rule::AgainAfterPubrel, "a message is sent again after its PUBREL", &["MQTT-4.3.3-1"], &["MQTT-4.3.3-6"]),
    (Rule::SessionKept, "a Session is present that must be over", &["MQTT-3.2.2-3"], &["MQTT-3.2.2-3"]),
    (Rule::SessionLost, "a Session is not present that must be", &["MQTT-3.2.2-2"], &["MQTT-3.2.2-3"]),
    (Rule::TakenOver, "a connection stays open that was taken over", &["MQTT-3.1.4-2"], &["MQTT-3.1.4-3"]),
    (Rule::NoPuback, "a PUBLISH at QoS 1 gets no PUBACK", &["MQTT-4.3.2-2"], &["MQTT-4.3.2-4"]),
    (Rule::NoPubrec, "a PUBLISH at QoS 2 gets no PUBREC", &["MQTT-4.3.3-2"], &["MQTT-4.3.3-8"]),
    (Rule::NoPubrel, "a PUBREC gets no PUBREL", &["MQTT-4.3.3-1"], &["MQTT-4.3.3-4"]),
    (Rule::NoPubcomp, "a PUBREL gets no PUBCOMP", &["MQTT-4.3.3-2"], &["MQTT-4.3.3-11"]),
    (Rule::NoSuback, "a SUBSCRIBE gets no SUBACK", &["MQTT-3.8.4-1"], &["MQTT-3.8.4-1"]),
    (Rule::NoUnsuback, "an UNSUBSCRIBE gets no UNSUBACK", &["MQTT-3.10.4-4"], &["MQTT-3.10.4-4"]),
    (Rule::NoPingresp, "a PINGREQ gets no PINGRESP", &["MQTT-3.12.4-1"], &["MQTT-3.12.4-1"]),
    (Rule::Codes, "a SUBACK has another number of codes than there are filters", &["MQTT-3.8.4-5"], &["MQTT-3.8.4-6"]),
    (Rule::UnsubackCode, "an UNSUBACK denies a subscription that exists", &[], &["MQTT-3.10.4-1"]),
    (Rule::Malformed, "the broker sends bytes that are no packet", &["MQTT-2.2.2-2"], &["MQTT-2.1.3-1"]),
];

impl Rule {
    /// All rules.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(rule, ..)| rule)
    }

    /// What is wrong, as a sentence without a full stop.
    #[must_use]
    pub fn says(self) -> &'static str {
        self.row().1
    }

    /// The statements of that version that a broker violates; v3.1 uses those of v3.1.1.
    #[must_use]
    pub fn cites(self, version: Version) -> &'static [&'static str] {
        let (_, _, v3_1_1, v5) = self.row();
        if version.has_properties() { v5 } else { v3_1_1 }
    }

    /// Whether something is missing, so that waiting longer may show that nothing is wrong.
    #[must_use]
    pub const fn is_absence(self) -> bool {
        matches!(
            self,
            Rule::Missing
                | Rule::MissingRetained
                | Rule::MissingWill
                | Rule::HighestQos
                | Rule::NotSentAgain
                | Rule::TakenOver
                | Rule::NoPuback
                | Rule::NoPubrec
                | Rule::NoPubrel
                | Rule::NoPubcomp
                | Rule::NoSuback
                | Rule::NoUnsuback
        )
    }

    fn row(self) -> &'static Row {
        TABLE.iter().find(|(rule, ..)| *rule == self).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Registry;

    #[test]
    fn each_rule_is_in_the_table_and_cites_statements_that_exist() {
        let registry = Registry::embedded().expect("the registry loads");
        for rule in Rule::all() {
            assert_eq!(rule.row().0, rule);
            for version in [Version::V3_1_1, Version::V5] {
                for id in rule.cites(version) {
                    assert!(registry.get(version, id).is_some(), "{rule:?}, {version}: {id}");
                }
            }
            assert!(!rule.cites(Version::V5).is_empty(), "{rule:?}");
        }
    }
}
