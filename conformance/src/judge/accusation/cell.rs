//! The table of what a Server can do wrong, apart from taking illegal bytes: each row with the statements of both
//! versions that forbid it.
//!
//! The first statement that the case cites is accused, else the first. All of them exist in the registry and bind the
//! Server, as a test checks.

use mqttspec_codec::Version;

macro_rules! cells {
    ($($cell:ident $name:literal $says:literal [$($v3_1_1:literal)*] [$($v5:literal)*];)*) => {
        /// A row of the table of what a Server can do wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Cell { $(#[doc = $says] $cell,)* }

        impl Cell {
            /// All rows, in the order of the table.
            pub const ALL: &'static [Cell] = &[$(Cell::$cell),*];

            /// The name in reports.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Cell::$cell => $name,)* }
            }

            /// What the Server does, as a sentence whose subject is the Server or its packet.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Cell::$cell => $says,)* }
            }

            /// The statements of a version that forbid it, the most likely first; none if it cannot happen there.
            #[must_use]
            pub const fn statements(self, version: Version) -> &'static [&'static str] {
                match (self, version) {
                    $((Cell::$cell, Version::V5) => &[$($v5),*],
                    (Cell::$cell, Version::V3_1 | Version::V3_1_1) => &[$($v3_1_1),*],)*
                }
            }
        }
    };
}

// name in code, in reports, what the Server does, [v3.1.1], [v5]
cells! {
    NoConnack "no_connack" "a valid CONNECT is not accepted"
        ["MQTT-3.1.4-4"] ["MQTT-3.1.4-5"];
    BeforeConnack "before_connack" "another packet comes before CONNACK"
        ["MQTT-3.2.0-1"] ["MQTT-3.2.0-1"];
    SecondConnack "second_connack" "a second CONNACK comes"
        ["MQTT-3.2.0-1"] ["MQTT-3.2.0-2"];
    SecondConnect "second_connect" "a second CONNECT does not end the connection"
        ["MQTT-3.1.0-2"] ["MQTT-3.1.0-2"];
    AfterRefusal "after_refusal" "the connection goes on after a CONNACK that refuses it"
        ["MQTT-3.2.2-5"] ["MQTT-3.2.2-7"];
    SessionPresentAfterClean "session_present_after_clean" "CONNACK says Session Present 1 to a clean start"
        ["MQTT-3.2.2-1"] ["MQTT-3.2.2-2"];
    SessionPresentWithoutOne "session_present_without_one" "CONNACK says Session Present 1 though no Session is stored"
        ["MQTT-3.2.2-3"] ["MQTT-3.2.2-3"];
    SessionNotPresent "session_not_present" "CONNACK says Session Present 0 though the Session is stored"
        ["MQTT-3.2.2-2" "MQTT-3.1.2-4"] ["MQTT-3.2.2-3" "MQTT-3.1.2-5" "MQTT-3.1.2-23"];
    NoAssignedIdentifier "no_assigned_identifier" "CONNACK does not tell the Client Identifier that was assigned"
        [] ["MQTT-3.1.3-7" "MQTT-3.2.2-16"];
    AssignedUnasked "assigned_unasked" "CONNACK assigns a Client Identifier to a Client that has one"
        [] ["5.0§3.2.2.3.7-b"];
    ResponseInformation "response_information" "CONNACK has Response Information that was not asked for"
        [] ["MQTT-3.1.2-28"];
    MethodUnasked "method_unasked" "an Authentication Method comes without one in CONNECT"
        [] ["MQTT-4.12.0-6"];
    OtherMethod "other_method" "another Authentication Method comes than that of CONNECT"
        [] ["MQTT-4.12.0-5"];
    AuthCode "auth_code" "AUTH asks for more data with another Reason Code than 0x18"
        [] ["MQTT-4.12.0-2"];
    NoMessage "no_message" "a message is not delivered to a Client with a matching Subscription"
        ["MQTT-4.5.0-1"] ["MQTT-4.5.0-1"];
    FilterLost "filter_lost" "a filter behind the first one of a SUBSCRIBE gets no messages"
        ["MQTT-3.8.4-4"] ["MQTT-3.8.4-5"];
    DupTakenForRepeat "dup_taken_for_repeat" "a message with DUP 1 is not delivered though it did not come before"
        ["MQTT-4.3.2-2"] ["MQTT-4.3.2-5"];
    NoShared "no_shared" "a message is not delivered to a member of a shared subscription"
        [] ["5.0§4.8.2-a" "5.0§4.8.2-c" "5.0§4.8.2-d"];
    SeveralShared "several_shared" "a message is delivered to several members of a shared subscription"
        [] ["5.0§4.8.2-a"];
    NoRetained "no_retained" "a retained message is not delivered to a new Subscription"
        ["MQTT-3.3.1-6" "MQTT-3.3.1-5"] ["MQTT-3.3.1-9" "MQTT-3.3.1-10" "MQTT-3.3.1-5"];
    RetainedGone "retained_gone" "a retained message goes with the Session of its publisher"
        ["MQTT-3.1.2-7"] ["5.0§4.1-b"];
    RetainRefused "retain_refused" "a PUBLISH with RETAIN 1 ends the connection"
        ["MQTT-3.3.1-5"] ["MQTT-3.3.1-5"];
    StoredUnasked "stored_unasked" "a message that was published with RETAIN 0 is retained"
        ["MQTT-3.3.1-12"] ["MQTT-3.3.1-8"];
    NotStored "not_stored" "a message is not kept for a disconnected Client whose Session is stored"
        ["MQTT-3.1.2-5" "MQTT-4.1.0-1"] ["MQTT-3.1.2-23" "MQTT-4.5.0-1"];
    NotResent "not_resent" "an unacknowledged packet is not sent again when the Session is resumed"
        ["MQTT-4.4.0-1"] ["MQTT-4.4.0-1"];
    NoWill "no_will" "a Will Message is not published"
        ["MQTT-3.1.2-8"] ["MQTT-3.1.2-8"];
    TopicNotAskedFor "topic_not_asked_for" "a message comes whose topic matches no Subscription of the Client"
        ["MQTT-3.3.2-3" "MQTT-4.7.3-4" "MQTT-4.7.2-1" "MQTT-1.5.3-3" "3.1.1§4.7.1-a" "3.1.1§4.7.3-a"]
        ["MQTT-3.3.2-3" "MQTT-4.7.3-4" "MQTT-4.7.2-1" "MQTT-1.5.4-3" "5.0§4.7.1.1-a" "5.0§4.7.1.2-a" "5.0§4.7.1.3-a" "5.0§4.7.3-a"];
    OtherTopic "other_topic" "a message comes with a topic to which nobody published it"
        ["MQTT-4.7.3-4" "MQTT-1.5.3-3" "MQTT-3.3.2-3"] ["MQTT-4.7.3-4" "MQTT-1.5.4-3" "MQTT-3.3.2-3"];
    OtherPayload "other_payload" "a message comes with another payload than was published"
        ["MQTT-4.5.0-1"] ["MQTT-4.5.0-1"];
    Qos "qos" "a message comes with another QoS than the lower of those published and granted"
        ["MQTT-3.8.4-6"] ["MQTT-3.8.4-8" "MQTT-4.8.2-3"];
    QosOfOverlapping "qos_of_overlapping" "a message for overlapping Subscriptions comes with another QoS than the highest granted"
        ["MQTT-3.3.5-1" "MQTT-3.8.4-6"] ["MQTT-3.3.4-2" "MQTT-3.8.4-8"];
    Order "order" "messages come in another order than they were published"
        ["MQTT-4.6.0-6"] ["MQTT-4.6.0-5" "MQTT-4.6.0-6"];
    RetainOnLive "retain_on_live" "a message comes with RETAIN 1 for a Subscription that existed before"
        ["MQTT-3.3.1-9"] ["MQTT-3.3.1-12"];
    RetainNotAsPublished "retain_not_as_published" "RETAIN is not as published, though Retain As Published was asked for"
        [] ["MQTT-3.3.1-13"];
    RetainOnStored "retain_on_stored" "a retained message comes with RETAIN 0 for a new Subscription"
        ["MQTT-3.3.1-8"] ["5.0§3.3.1.3-a"];
    WillRetained "will_retained" "a Will Message is retained though Will Retain is 0"
        ["MQTT-3.1.2-16"] ["MQTT-3.1.2-14"];
    WillNotRetained "will_not_retained" "a Will Message is not retained though Will Retain is 1"
        ["MQTT-3.1.2-17"] ["MQTT-3.1.2-15"];
    DupTheFirstTime "dup_the_first_time" "a PUBLISH comes with DUP 1 that was not sent before"
        ["MQTT-3.3.1-3"] ["MQTT-3.3.1-3"];
    NoDup "no_dup" "a PUBLISH that is sent again comes with DUP 0"
        ["MQTT-3.3.1-1"] ["MQTT-3.3.1-1"];
    PacketIdentifierInUse "packet_identifier_in_use" "a PUBLISH comes with a Packet Identifier that is in use, or zero"
        ["MQTT-2.3.1-4"] ["MQTT-2.2.1-4"];
    OtherPacketIdentifier "other_packet_identifier" "a packet that is sent again comes with another Packet Identifier"
        ["MQTT-4.4.0-1"] ["MQTT-4.4.0-1"];
    SentAgain "sent_again" "a packet is sent again on the same connection"
        ["MQTT-2.3.1-4"] ["MQTT-4.4.0-1"];
    TwiceAtMostOnce "twice_at_most_once" "a QoS 0 message comes twice"
        ["3.1.1§4.3.1-a"] ["5.0§4.3.1-a"];
    TwiceExactlyOnce "twice_exactly_once" "a QoS 2 message comes twice"
        ["MQTT-4.3.3-2"] ["MQTT-4.3.3-10"];
    RefusedSentAgain "refused_sent_again" "a message comes again that the Client has refused"
        [] ["MQTT-4.4.0-2"];
    ReceiveMaximum "receive_maximum" "more messages are sent than the Client's Receive Maximum allows"
        [] ["MQTT-3.3.4-9"];
    MaximumPacketSize "maximum_packet_size" "a packet is larger than the Client's Maximum Packet Size"
        [] ["MQTT-3.1.2-24"];
    AliasUnasked "alias_unasked" "a Topic Alias comes to a Client that allows none"
        [] ["MQTT-3.1.2-27"];
    AliasTooHigh "alias_too_high" "a Topic Alias is above the Client's maximum"
        [] ["MQTT-3.1.2-26"];
    AliasUnset "alias_unset" "a Topic Alias comes that was not set on the connection"
        [] ["5.0§3.3.4-b"];
    PayloadFormat "payload_format" "the Payload Format Indicator is not passed on as published"
        [] ["MQTT-3.3.2-4"];
    ContentType "content_type" "the Content Type is not passed on as published"
        [] ["MQTT-3.3.2-20"];
    ResponseTopic "response_topic" "the Response Topic is not passed on as published"
        [] ["MQTT-3.3.2-15"];
    CorrelationData "correlation_data" "the Correlation Data is not passed on as published"
        [] ["MQTT-3.3.2-16"];
    UserProperties "user_properties" "the User Properties are not passed on as published"
        [] ["MQTT-3.3.2-17"];
    UserPropertyOrder "user_property_order" "the User Properties are passed on in another order"
        [] ["MQTT-3.3.2-18"];
    WillProperties "will_properties" "the properties of a Will are not those of its message"
        [] ["5.0§3.1.3.2.8-a"];
    WillPropertyOrder "will_property_order" "the User Properties of a Will are published in another order"
        [] ["MQTT-3.1.3-10"];
    WillExpiry "will_expiry" "the Message Expiry Interval of a Will is not that of its message"
        [] ["5.0§3.1.3.2.4-b"];
    Expiry "expiry" "the Message Expiry Interval is not what is left of it"
        [] ["MQTT-3.3.2-6"];
    ExpiryMadeUp "expiry_made_up" "a message that does not expire comes with a Message Expiry Interval"
        [] ["5.0§3.3.2.3.3-b"];
    NoSubscriptionIdentifier "no_subscription_identifier" "a message comes without the Subscription Identifier of its Subscription"
        [] ["MQTT-3.3.4-3" "MQTT-3.3.4-4" "MQTT-3.3.4-5"];
    SomeSubscriptionIdentifiers "some_subscription_identifiers" "a message comes with only some of its Subscription Identifiers"
        [] ["MQTT-3.3.4-4" "MQTT-3.3.4-5" "MQTT-3.3.4-3"];
    OtherSubscriptionIdentifier "other_subscription_identifier" "a message comes with a Subscription Identifier of another Subscription"
        [] ["5.0§3.3.4-c" "5.0§3.8.4-d" "5.0§3.8.2.1.2-c"];
    NotReplaced "not_replaced" "a Subscription goes on after another SUBSCRIBE has replaced it"
        ["MQTT-3.8.4-3"] ["MQTT-3.8.4-3" "5.0§3.8.4-d" "5.0§4.8.2-f"];
    RetainedThoughCleared "retained_though_cleared" "a retained message comes that an empty one has removed"
        ["MQTT-3.3.1-10"] ["MQTT-3.3.1-6"];
    EmptyRetained "empty_retained" "an empty message is retained"
        ["MQTT-3.3.1-11"] ["MQTT-3.3.1-7"];
    RetainedThoughKnown "retained_though_known" "a retained message comes for an existing Subscription though Retain Handling is 1"
        [] ["MQTT-3.3.1-10"];
    RetainedThoughUnwanted "retained_though_unwanted" "a retained message comes though Retain Handling is 2"
        [] ["MQTT-3.3.1-11"];
    RetainedForShared "retained_for_shared" "a retained message comes for a shared subscription"
        [] ["5.0§3.8.4-b"];
    NoLocal "no_local" "a message comes back to its publisher though No Local is set"
        [] ["MQTT-3.8.3-3"];
    Expired "expired" "a message comes that has expired"
        [] ["MQTT-3.3.2-5"];
    Unsubscribed "unsubscribed" "a message comes for a Subscription that was removed"
        ["MQTT-3.10.4-2" "MQTT-3.10.4-1"] ["MQTT-3.10.4-2" "MQTT-3.10.4-1"];
    SessionOver "session_over" "the state of a Session outlives it"
        ["MQTT-3.1.2-6"] ["MQTT-4.1.0-2" "MQTT-3.1.2-4"];
    WillAfterDisconnect "will_after_disconnect" "a Will Message is published though DISCONNECT removed it"
        ["MQTT-3.14.4-3" "MQTT-3.1.2-10"] ["MQTT-3.14.4-3" "MQTT-3.1.2-10"];
    WillTwice "will_twice" "a Will Message is published more than once"
        ["MQTT-3.1.2-10"] ["MQTT-3.1.2-10"];
    NoPuback "no_puback" "a PUBLISH at QoS 1 is not acknowledged with success"
        ["MQTT-4.3.2-2" "MQTT-3.3.4-1"] ["MQTT-4.3.2-4" "MQTT-3.3.4-1"];
    NoPubrec "no_pubrec" "a PUBLISH at QoS 2 is not answered with a PUBREC of success"
        ["MQTT-4.3.3-2" "MQTT-3.3.4-1"] ["MQTT-4.3.3-8" "MQTT-3.3.4-1"];
    NoPubrel "no_pubrel" "a PUBREC is not answered with PUBREL"
        ["MQTT-4.3.3-1"] ["MQTT-4.3.3-4"];
    PubrelAfterRefusal "pubrel_after_refusal" "a PUBREC that reports a failure is answered with PUBREL"
        [] ["MQTT-4.3.3-4"];
    NoPubcomp "no_pubcomp" "a PUBREL is not answered with PUBCOMP"
        ["MQTT-4.3.3-2"] ["MQTT-4.3.3-11"];
    OtherAcknowledgement "other_acknowledgement" "a PUBLISH is answered with the acknowledgement of another QoS"
        ["MQTT-3.3.4-1"] ["MQTT-3.3.4-1"];
    AnswersNothing "answers_nothing" "an acknowledgement comes with a Packet Identifier that waits for none"
        ["MQTT-2.3.1-6"] ["MQTT-2.2.1-5"];
    PubcompAnswersNothing "pubcomp_answers_nothing" "a PUBCOMP comes with a Packet Identifier that waits for none"
        ["MQTT-4.3.3-2"] ["MQTT-2.2.1-5"];
    SubackAnswersNothing "suback_answers_nothing" "a SUBACK comes with a Packet Identifier that waits for none"
        ["MQTT-2.3.1-7" "MQTT-3.8.4-2"] ["MQTT-2.2.1-6" "MQTT-3.8.4-2"];
    UnsubackAnswersNothing "unsuback_answers_nothing" "an UNSUBACK comes with a Packet Identifier that waits for none"
        ["MQTT-2.3.1-7"] ["MQTT-2.2.1-6"];
    IdentifiersMixed "identifiers_mixed" "a Packet Identifier of the Client is refused because the Server uses the same one"
        ["3.1.1§2.3.1-a"] ["5.0§2.2.1-a"];
    SecondSuback "second_suback" "a SUBSCRIBE is answered with several SUBACKs"
        ["MQTT-2.3.1-7" "MQTT-3.8.4-4"] ["MQTT-2.2.1-6" "MQTT-3.8.4-5"];
    SecondUnsuback "second_unsuback" "an UNSUBSCRIBE is answered with several UNSUBACKs"
        ["MQTT-2.3.1-7" "MQTT-3.10.4-6"] ["MQTT-2.2.1-6" "MQTT-3.10.4-6"];
    UnknownInPubrel "unknown_in_pubrel" "a PUBREC with an unknown Packet Identifier is not answered with 0x92"
        [] ["5.0§3.6.2.1-b"];
    UnknownInPubcomp "unknown_in_pubcomp" "a PUBREL with an unknown Packet Identifier is not answered with 0x92"
        [] ["5.0§3.7.2.1-b"];
    NoSuback "no_suback" "a SUBSCRIBE is not answered with success"
        ["MQTT-3.8.4-1"] ["MQTT-3.8.4-1"];
    SubackNumber "suback_number" "SUBACK has more or fewer Reason Codes than the SUBSCRIBE has filters"
        ["MQTT-3.8.4-5"] ["MQTT-3.8.4-6"];
    SubackOrder "suback_order" "the Reason Codes of SUBACK are in another order than the filters"
        ["MQTT-3.9.3-1"] ["MQTT-3.9.3-1"];
    SubackGrant "suback_grant" "SUBACK grants another QoS than was asked for"
        ["MQTT-3.8.4-5"] ["MQTT-3.8.4-7"];
    NoUnsuback "no_unsuback" "an UNSUBSCRIBE is not answered with success"
        ["MQTT-3.10.4-4" "MQTT-3.10.4-5"] ["MQTT-3.10.4-4" "MQTT-3.10.4-5"];
    UnsubackCodes "unsuback_codes" "UNSUBACK does not have one right Reason Code for each filter"
        [] ["MQTT-3.11.3-2"];
    UnsubackOrder "unsuback_order" "the Reason Codes of UNSUBACK are in another order than the filters"
        [] ["MQTT-3.11.3-1"];
    NoPingresp "no_pingresp" "a PINGREQ is not answered"
        ["MQTT-3.12.4-1"] ["MQTT-3.12.4-1"];
    SecondPingresp "second_pingresp" "a PINGREQ is answered twice"
        ["MQTT-3.12.4-1"] ["MQTT-3.12.4-1"];
    DisconnectBeforeConnack "disconnect_before_connack" "DISCONNECT comes without a successful CONNACK before it"
        ["3.1.1§2.2.1-c"] ["MQTT-3.14.0-1"];
    AfterDisconnect "after_disconnect" "a packet comes after the Server's DISCONNECT"
        [] ["MQTT-3.14.4-1"];
    OpenAfterDisconnect "open_after_disconnect" "the connection goes on after the Server's DISCONNECT"
        [] ["MQTT-3.14.4-2"];
    DisconnectOfAClient "disconnect_of_a_client" "the Server's DISCONNECT has a Reason Code that only a Client may send"
        [] ["5.0§3.14.2.1-d"];
    DisconnectWithExpiry "disconnect_with_expiry" "the Server's DISCONNECT has a Session Expiry Interval"
        [] ["MQTT-3.14.2-2"];
    ReferenceWithoutMove "reference_without_move" "a Server Reference comes with a Reason Code that sends nobody elsewhere"
        [] ["5.0§3.2.2.3.16-b"];
    DisconnectWithoutFailure "disconnect_without_failure" "the Server's DISCONNECT after an error reports no failure"
        [] ["5.0§4.13.1-a"];
    OfAClient "of_a_client" "a packet comes that only a Client sends"
        ["3.1.1§2.2.1-c"] ["5.0§2.1.2-c"];
    MisplacedProperty "misplaced_property" "a packet comes with a property that it may not have"
        [] ["5.0§2.2.2.2-o"];
    Silent "silent" "a Client that is silent for longer than its Keep Alive allows is not disconnected"
        ["MQTT-3.1.2-24"] ["MQTT-3.1.2-22"];
    EndedTooSoon "ended_too_soon" "the connection of a Client ends that keeps to its Keep Alive"
        ["MQTT-3.1.2-24"] ["MQTT-3.1.2-22"];
    NotTakenOver "not_taken_over" "a second connection with a Client Identifier does not end the first"
        ["MQTT-3.1.4-2"] ["MQTT-3.1.4-3"];
    HurtsOthers "hurts_others" "an error on one connection ends another"
        ["3.1.1§4.8-a"] ["5.0§4.13.1-c"];
}

impl Cell {
    /// What it is only an instance of, if that goes wrong too.
    #[must_use]
    pub const fn general(self) -> Option<Cell> {
        Some(match self {
            Cell::RetainedGone => Cell::NoRetained,
            Cell::NoShared | Cell::FilterLost | Cell::DupTakenForRepeat => Cell::NoMessage,
            Cell::QosOfOverlapping | Cell::NotReplaced => Cell::Qos,
            Cell::WillRetained => Cell::RetainOnLive,
            Cell::WillExpiry => Cell::Expiry,
            _ => return None,
        })
    }

    /// Whether it depends on the state of the broker. Then a case in which it is right shows that a failure elsewhere
    /// has other circumstances; a wrong field is wrong whatever else is right.
    #[must_use]
    pub const fn depends_on_state(self) -> bool {
        use Cell as C;
        matches!(
            self,
            C::NoConnack
                | C::SessionPresentAfterClean
                | C::SessionPresentWithoutOne
                | C::SessionNotPresent
                | C::NoMessage
                | C::FilterLost
                | C::DupTakenForRepeat
                | C::NoShared
                | C::SeveralShared
                | C::NoRetained
                | C::RetainedGone
                | C::NotStored
                | C::NotResent
                | C::NoWill
                | C::NoPuback
                | C::NoPubrec
                | C::NoPubrel
                | C::NoPubcomp
                | C::NoSuback
                | C::NoUnsuback
                | C::NoPingresp
                | C::Order
                | C::Unsubscribed
                | C::SessionOver
                | C::RetainedThoughCleared
        )
    }

    /// Whether it is the lack of an answer that each request must have.
    #[must_use]
    pub(crate) const fn is_owed_always(self) -> bool {
        matches!(
            self,
            Cell::NoSuback | Cell::NoUnsuback | Cell::NoPingresp | Cell::NoPuback | Cell::NoPubrec | Cell::NoPubcomp
        )
    }
}
