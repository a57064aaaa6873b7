//! The rules of a Client, each with the statements that it comes from. This table is the only place with ids.

use mqttspec_codec::Version;

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $name:ident, $duty:ident, v5 [$($v5:literal),*], v3.1.1 [$($v3_1_1:literal),*];)*) => {
        /// What a Client must do or must not do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Rule { $($(#[doc = $doc])* $name,)* }

        impl Rule {
            /// All rules, in the order of declaration.
            pub const ALL: &'static [Rule] = &[$(Rule::$name),*];

            /// The statements that forbid a breach in that version, the most exact first; none if the version has no such
            /// rule.
            #[must_use]
            pub const fn statements(self, version: Version) -> &'static [&'static str] {
                match (self, version) {
                    $(
                        (Rule::$name, Version::V5) => &[$($v5),*],
                        // 3.1 has no numbered statements; its rules are those of 3.1.1
                        (Rule::$name, Version::V3_1 | Version::V3_1_1) => &[$($v3_1_1),*],
                    )*
                }
            }

            /// Whether the standard states the rule as the Client's duty or as the Server's reaction.
            #[must_use]
            pub const fn duty(self) -> Duty {
                match self { $(Rule::$name => Duty::$duty,)* }
            }
        }
    };
}

/// How the standard states a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// The Client's duty: its statements bind the Client or both sides.
    Own,
    /// What the Server does about a breach: its statements bind the Server, and those of the Client leave the rule to them.
    Reaction,
}

rules! {
    /// The bytes are a legal packet. The codec names the statement.
    Legal, Own, v5 [], v3.1.1 [];
    /// The packet is of a type that a Client sends.
    Direction, Own, v5 ["5.0§2.1.2-b"], v3.1.1 ["3.1.1§2.2.1-b"];

    /// The first packet is CONNECT.
    ConnectFirst, Own, v5 ["MQTT-3.1.0-1"], v3.1.1 ["MQTT-3.1.0-1"];
    /// There is one CONNECT.
    ConnectOnce, Reaction, v5 ["MQTT-3.1.0-2"], v3.1.1 ["MQTT-3.1.0-2"];
    /// An empty Client Identifier comes with Clean Session 1.
    EmptyClientIdentifier, Own, v5 [], v3.1.1 ["MQTT-3.1.3-7"];
    /// The Will is not above the Maximum QoS that is known of the Server.
    WillQos, Reaction, v5 ["MQTT-3.2.2-12"], v3.1.1 [];
    /// The Will is not retained if the Server is known to have no retained messages.
    WillRetain, Reaction, v5 ["MQTT-3.2.2-13"], v3.1.1 [];
    /// A Client without a Session does not carry on with the Session that the Server has.
    SessionPresent, Own, v5 ["MQTT-3.2.2-4"], v3.1.1 [];

    /// Maximum QoS.
    MaximumQos, Own, v5 ["MQTT-3.2.2-11", "5.0§3.2.2.3.4-b"], v3.1.1 [];
    /// Retain Available.
    RetainAvailable, Own, v5 ["MQTT-3.2.2-14", "5.0§3.2.2.3.5-b"], v3.1.1 [];
    /// Maximum Packet Size of the Server. The last ones are about the Reason Strings and User Properties of answers.
    MaximumPacketSize, Own, v5 [
        "MQTT-3.2.2-15", "5.0§3.2.2.3.6-b", "MQTT-3.4.2-2", "MQTT-3.4.2-3", "MQTT-3.5.2-2", "MQTT-3.5.2-3", "MQTT-3.6.2-2",
        "MQTT-3.6.2-3", "MQTT-3.7.2-2", "MQTT-3.7.2-3", "MQTT-3.14.2-3", "MQTT-3.14.2-4", "MQTT-3.15.2-2", "MQTT-3.15.2-3"
    ], v3.1.1 [];
    /// Wildcard Subscription Available.
    WildcardSubscription, Own, v5 ["5.0§3.2.2.3.11-b"], v3.1.1 [];
    /// Subscription Identifiers Available.
    SubscriptionIdentifier, Own, v5 ["5.0§3.2.2.3.12-b"], v3.1.1 [];
    /// Shared Subscription Available.
    SharedSubscription, Own, v5 ["5.0§3.2.2.3.13-b"], v3.1.1 [];
    /// Receive Maximum of the Server.
    ReceiveMaximum, Own, v5 ["MQTT-3.3.4-7", "MQTT-4.9.0-2", "5.0§3.3.4-g", "MQTT-4.9.0-1", "5.0§4.9-a", "5.0§4.9-c"],
        v3.1.1 [];
    /// Topic Alias Maximum of the Server.
    TopicAliasMaximum, Own, v5 ["MQTT-3.2.2-17", "MQTT-3.3.2-9", "5.0§3.3.4-a"], v3.1.1 [];
    /// No Topic Alias for a Server that accepts none.
    NoTopicAlias, Own, v5 ["MQTT-3.2.2-18", "MQTT-3.3.2-9", "5.0§3.3.4-a"], v3.1.1 [];
    /// A Topic Alias without a Topic Name was set on this connection.
    UnknownTopicAlias, Own, v5 ["5.0§3.3.4-b", "MQTT-3.3.2-7"], v3.1.1 [];

    /// A new request has a Packet Identifier that is not in use.
    IdentifierInUse, Own, v5 [
        "MQTT-2.2.1-3", "5.0§2.2.1-b", "MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-4.3.2-3", "MQTT-4.3.3-3", "MQTT-4.3.3-5"
    ],
        v3.1.1 ["MQTT-2.3.1-2", "MQTT-2.3.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1"];
    /// DUP is 0 the first time.
    FirstWithDup, Own, v5 ["MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-4.4.0-2", "MQTT-3.2.2-5", "MQTT-3.1.2-4"],
        v3.1.1 ["MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-3.1.2-6"];
    /// DUP is 1 when a PUBLISH is sent again.
    AgainWithoutDup, Own, v5 ["MQTT-3.3.1-1"], v3.1.1 ["MQTT-3.3.1-1"];
    /// Nothing is sent again on the same connection.
    AgainOnSameConnection, Own, v5 ["MQTT-4.4.0-1"], v3.1.1 [];
    /// No PUBLISH is sent again after its PUBREC.
    AgainAfterPubrec, Own, v5 ["MQTT-4.3.3-6"], v3.1.1 ["MQTT-4.3.3-1"];
    /// What is not acknowledged is sent again when the Session is resumed.
    NotSentAgain, Own, v5 ["MQTT-4.4.0-1", "MQTT-3.1.2-23"], v3.1.1 ["MQTT-4.4.0-1", "MQTT-3.1.2-4"];
    /// PUBLISH packets are sent again in their order.
    AgainOutOfOrder, Own, v5 ["MQTT-4.6.0-1"], v3.1.1 ["MQTT-4.6.0-1"];
    /// A PUBLISH of a Client has no Subscription Identifier.
    IdentifierInPublish, Own, v5 ["MQTT-3.3.4-6"], v3.1.1 [];

    /// PUBACK packets are in the order of the PUBLISH packets.
    PubackOrder, Own, v5 ["MQTT-4.6.0-2"], v3.1.1 ["MQTT-4.6.0-2"];
    /// PUBREC packets are in the order of the PUBLISH packets.
    PubrecOrder, Own, v5 ["MQTT-4.6.0-3"], v3.1.1 ["MQTT-4.6.0-3"];
    /// PUBREL packets are in the order of the PUBREC packets.
    PubrelOrder, Own, v5 ["MQTT-4.6.0-4"], v3.1.1 ["MQTT-4.6.0-4"];
    /// An acknowledgement has the Packet Identifier of a packet that awaits it.
    AnswersNothing, Own, v5 ["MQTT-2.2.1-5", "MQTT-4.3.2-5", "MQTT-4.3.3-12"], v3.1.1 ["MQTT-2.3.1-6", "MQTT-4.3.3-2"];
    /// PUBACK answers QoS 1, PUBREC answers QoS 2.
    WrongAnswer, Own, v5 ["MQTT-3.3.4-1"], v3.1.1 ["MQTT-3.3.4-1"];
    /// Every PUBLISH is answered, before the Client says that it leaves.
    AnswerDue, Own, v5 ["MQTT-4.5.0-2", "MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.3.3-10"],
        v3.1.1 ["MQTT-4.5.0-2", "MQTT-3.3.4-1", "MQTT-4.3.2-2", "MQTT-4.3.3-2"];
    /// A PUBREC of success is answered with PUBREL.
    PubrelDue, Own, v5 ["MQTT-4.3.3-4"], v3.1.1 ["MQTT-4.3.3-1"];
    /// PUBREL is answered with PUBCOMP.
    PubcompDue, Own, v5 ["MQTT-4.3.3-11", "MQTT-4.3.3-13"], v3.1.1 ["MQTT-4.3.3-2"];

    /// No silence for longer than the Keep Alive.
    KeepAlive, Own, v5 ["MQTT-3.1.2-20"], v3.1.1 ["MQTT-3.1.2-23"];
    /// No silence for longer than the Server Keep Alive.
    ServerKeepAlive, Own, v5 ["MQTT-3.2.2-21", "MQTT-3.1.2-21"], v3.1.1 [];

    /// Nothing is sent after DISCONNECT.
    AfterDisconnect, Own, v5 ["MQTT-3.14.4-1"], v3.1.1 ["MQTT-3.14.4-2"];
    /// The connection is closed after DISCONNECT.
    StaysOpen, Own, v5 ["MQTT-3.14.4-2", "MQTT-4.13.2-1"], v3.1.1 ["MQTT-3.14.4-1"];
    /// DISCONNECT does not set a Session Expiry Interval if CONNECT had none.
    SessionExpiry, Own, v5 ["5.0§3.14.2.2.2-b"], v3.1.1 [];
    /// DISCONNECT has a Reason Code that a Client sends.
    DisconnectCode, Own, v5 ["5.0§3.14.2.1-d"], v3.1.1 [];
    /// Nothing is sent after bytes that are not a packet have come.
    AfterMalformed, Own, v5 [], v3.1.1 ["MQTT-4.8.0-1", "MQTT-2.2.2-2", "MQTT-1.5.3-1", "MQTT-1.5.3-2"];

    /// No AUTH without an Authentication Method in CONNECT.
    AuthWithoutMethod, Own, v5 ["MQTT-4.12.0-7", "5.0§3.15-a"], v3.1.1 [];
    /// AUTH has the Authentication Method of CONNECT.
    AuthMethod, Own, v5 ["MQTT-4.12.0-5", "MQTT-4.12.1-1", "5.0§3.15-a"], v3.1.1 [];
    /// AUTH answers with 0x18, and asks anew with 0x19.
    AuthCode, Own, v5 ["MQTT-4.12.0-3", "5.0§3.15.2.1-a"], v3.1.1 [];
    /// Before CONNACK, a Client with an Authentication Method sends only AUTH and DISCONNECT.
    BeforeConnack, Own, v5 ["MQTT-3.1.2-30"], v3.1.1 [];
}
