//! One malformed packet each, which a Server must answer by closing the connection, and these ignore. There is a row for
//! every way to be wrong that `vectors/packets` knows of a packet that a Client may send, but for those that a Server may
//! read over.

use mqttspec_codec::{
    DecodeErrorKind::{self, *},
    PacketType::{self, *},
    Version, decode_frame,
};

use crate::fault::{Fault, malformed};

pub(super) fn faults() -> Vec<Fault> {
    ROWS.iter().map(fault).collect()
}

fn fault(&(of, kind, what, v3_1_1, v5): &'static Row) -> Fault {
    let name = format!("{}-with-{}-ignored", of.name().to_lowercase(), what.to_lowercase().replace(' ', "-"));
    let does = format!("ignores {} that is malformed: {what}", of.name());
    Fault::new(name, does, move || {
        malformed(of, move |seen, wire| {
            let (bytes, version) = (seen.bytes(), wire.version());
            let statement = if version == Version::V5 { v5 } else { v3_1_1 };
            match decode_frame(&bytes, version) {
                Err(error) if error.kind == kind && error.statement_in(&bytes, version) == Some(statement) => {}
                _ => wire.forward(seen),
            }
        })
    })
    .breaks(
        match (v3_1_1, of) {
            ("", _) => &[],
            (_, Connect) => &["MQTT-4.8.0-1", "MQTT-3.1.4-1"],
            _ => &["MQTT-4.8.0-1"],
        },
        match (v5, of) {
            ("", _) => &[],
            (_, Connect) => &["MQTT-4.13.1-1", "MQTT-3.1.4-1"],
            _ => &["MQTT-4.13.1-1"],
        },
    )
    .lets_pass(v3_1_1, v5)
}

/// The packet, what is wrong with it, in words too, and the statements that a Client breaks by sending it, in v3.1.1 and
/// in v5; "" if the version has none.
pub(crate) type Row = (PacketType, DecodeErrorKind, &'static str, &'static str, &'static str);

pub(crate) const ROWS: &[Row] = &[
    (Connect, Truncated, "cut field", "3.1.1§2.2.3-a", "5.0§2.1.4-a"),
    (Connect, TrailingBytes, "bytes behind the end", "3.1.1§2.2.3-a", "5.0§2.1.4-a"),
    (Connect, IllFormedUtf8, "ill-formed UTF-8", "MQTT-1.5.3-1", "MQTT-1.5.4-1"),
    (Connect, NulInString, "NUL", "MQTT-1.5.3-2", "MQTT-1.5.4-2"),
    (Connect, FixedHeaderFlags, "reserved flags", "MQTT-2.2.2-2", "MQTT-2.1.3-1"),
    (Connect, ProtocolName, "protocol name", "MQTT-3.1.2-1", "MQTT-3.1.2-1"),
    (Connect, WillFlags, "will QoS without a will", "MQTT-3.1.2-11", "MQTT-3.1.2-11"),
    (Connect, WillFlags, "will retain without a will", "MQTT-3.1.2-15", "MQTT-3.1.2-13"),
    (Connect, QosThree, "QoS 3", "MQTT-3.1.2-14", "MQTT-3.1.2-12"),
    (Connect, ProtocolLevel, "protocol level", "MQTT-3.1.2-2", "MQTT-3.1.2-2"),
    (Connect, PasswordWithoutUserName, "password without user name", "MQTT-3.1.2-22", ""),
    (Connect, ReservedBits, "reserved bits", "MQTT-3.1.2-3", "MQTT-3.1.2-3"),
    (Connect, WildcardInTopicName, "wildcard in a topic", "MQTT-4.7.1-1", "MQTT-4.7.0-1"),
    (Connect, EmptyTopicName, "empty topic", "MQTT-4.7.3-1", "MQTT-4.7.3-1"),
    (Connect, VariableByteIntegerTooLong, "integer of five bytes", "", "5.0§1.5.5-a"),
    (Connect, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-a"),
    (Connect, MisplacedProperty, "property of another packet in the will", "", "5.0§2.2.2.2-b"),
    (Connect, MissingAuthenticationMethod, "no authentication method", "", "5.0§3.1.2.11.10-a"),
    (Connect, RepeatedProperty, "authentication data twice", "", "5.0§3.1.2.11.10-b"),
    (Connect, RepeatedProperty, "session expiry interval twice", "", "5.0§3.1.2.11.2-a"),
    (Connect, RepeatedProperty, "receive maximum twice", "", "5.0§3.1.2.11.3-a"),
    (Connect, PropertyValue, "receive maximum out of range", "", "5.0§3.1.2.11.3-b"),
    (Connect, RepeatedProperty, "maximum packet size twice", "", "5.0§3.1.2.11.4-a"),
    (Connect, PropertyValue, "maximum packet size out of range", "", "5.0§3.1.2.11.4-b"),
    (Connect, RepeatedProperty, "topic alias maximum twice", "", "5.0§3.1.2.11.5-a"),
    (Connect, RepeatedProperty, "request response information twice", "", "5.0§3.1.2.11.6-a"),
    (Connect, PropertyValue, "request response information out of range", "", "5.0§3.1.2.11.6-b"),
    (Connect, RepeatedProperty, "request problem information twice", "", "5.0§3.1.2.11.7-a"),
    (Connect, PropertyValue, "request problem information out of range", "", "5.0§3.1.2.11.7-b"),
    (Connect, RepeatedProperty, "authentication method twice", "", "5.0§3.1.2.11.9-a"),
    (Connect, RepeatedProperty, "will delay interval twice", "", "5.0§3.1.3.2.2-a"),
    (Connect, RepeatedProperty, "payload format indicator twice", "", "5.0§3.1.3.2.3-a"),
    (Connect, RepeatedProperty, "message expiry interval twice", "", "5.0§3.1.3.2.4-a"),
    (Connect, RepeatedProperty, "content type twice", "", "5.0§3.1.3.2.5-a"),
    (Connect, RepeatedProperty, "response topic twice", "", "5.0§3.1.3.2.6-a"),
    (Connect, RepeatedProperty, "correlation data twice", "", "5.0§3.1.3.2.7-a"),
    (Publish, Truncated, "cut field", "3.1.1§2.2.3-a", "5.0§2.1.4-a"),
    (Publish, VariableByteIntegerTooLong, "integer of five bytes", "3.1.1§2.2.3-a", "5.0§1.5.5-a"),
    (Publish, IllFormedUtf8, "ill-formed UTF-8", "MQTT-1.5.3-1", "MQTT-1.5.4-1"),
    (Publish, NulInString, "NUL", "MQTT-1.5.3-2", "MQTT-1.5.4-2"),
    (Publish, ZeroPacketIdentifier, "packet identifier 0", "MQTT-2.3.1-1", "MQTT-2.2.1-3"),
    (Publish, QosThree, "QoS 3", "MQTT-3.3.1-4", "MQTT-3.3.1-4"),
    (Publish, WildcardInTopicName, "wildcard in the topic", "MQTT-3.3.2-2", "MQTT-3.3.2-2"),
    (Publish, EmptyTopicName, "empty topic", "MQTT-4.7.3-1", "MQTT-4.7.3-1"),
    (Publish, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-c"),
    (Publish, UnknownProperty, "unknown property", "", "5.0§2.2.2.2-l"),
    (Publish, MissingTopicName, "neither topic nor alias", "", "5.0§3.3.2.1-a"),
    (Publish, RepeatedProperty, "topic alias twice", "", "5.0§3.3.2.3.4-a"),
    (Publish, RepeatedProperty, "response topic twice", "", "5.0§3.3.2.3.5-a"),
    (Publish, RepeatedProperty, "correlation data twice", "", "5.0§3.3.2.3.6-a"),
    (Publish, PropertyValue, "subscription identifier out of range", "", "5.0§3.3.2.3.8-a"),
    (Publish, RepeatedProperty, "content type twice", "", "5.0§3.3.2.3.9-a"),
    (Publish, TopicAliasZero, "topic alias 0", "", "MQTT-3.3.2-8"),
    (Puback, Truncated, "cut field", "3.1.1§3.4.1-a", "5.0§2.1.4-a"),
    (Puback, FixedHeaderFlags, "reserved flags", "MQTT-2.2.2-2", "MQTT-2.1.3-1"),
    (Puback, VariableByteIntegerTooLong, "integer of five bytes", "", "5.0§1.5.5-a"),
    (Puback, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-d"),
    (Puback, RepeatedProperty, "reason string twice", "", "5.0§3.4.2.2.2-a"),
    (Puback, IllFormedUtf8, "ill-formed UTF-8", "", "MQTT-1.5.4-1"),
    (Puback, NulInString, "NUL", "", "MQTT-1.5.4-2"),
    (Pubrec, Truncated, "cut field", "3.1.1§3.4.1-a", "5.0§2.1.4-a"),
    (Pubrec, FixedHeaderFlags, "reserved flags", "MQTT-2.2.2-2", "MQTT-2.1.3-1"),
    (Pubrec, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-e"),
    (Pubrec, RepeatedProperty, "reason string twice", "", "5.0§3.5.2.2.2-a"),
    (Pubrec, NulInString, "NUL", "", "MQTT-1.5.4-2"),
    (Pubrec, ReasonCode, "reason code of another packet", "", "MQTT-3.5.2-1"),
    (Pubrel, Truncated, "cut field", "3.1.1§3.4.1-a", "5.0§2.1.4-a"),
    (Pubrel, FixedHeaderFlags, "reserved flags", "MQTT-3.6.1-1", "MQTT-3.6.1-1"),
    (Pubrel, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-f"),
    (Pubrel, RepeatedProperty, "reason string twice", "", "5.0§3.6.2.2.2-a"),
    (Pubrel, NulInString, "NUL", "", "MQTT-1.5.4-2"),
    (Pubcomp, Truncated, "cut field", "3.1.1§3.4.1-a", "5.0§2.1.4-a"),
    (Pubcomp, FixedHeaderFlags, "reserved flags", "MQTT-2.2.2-2", "MQTT-2.1.3-1"),
    (Pubcomp, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-g"),
    (Pubcomp, RepeatedProperty, "reason string twice", "", "5.0§3.7.2.2.2-a"),
    (Pubcomp, NulInString, "NUL", "", "MQTT-1.5.4-2"),
    (Subscribe, Truncated, "cut field", "3.1.1§2.2.3-a", "5.0§2.1.4-a"),
    (Subscribe, IllFormedUtf8, "ill-formed UTF-8", "MQTT-1.5.3-1", "MQTT-1.5.4-1"),
    (Subscribe, NulInString, "NUL", "MQTT-1.5.3-2", "MQTT-1.5.4-2"),
    (Subscribe, ZeroPacketIdentifier, "packet identifier 0", "MQTT-2.3.1-1", "MQTT-2.2.1-3"),
    (Subscribe, FixedHeaderFlags, "reserved flags", "MQTT-3.8.1-1", "MQTT-3.8.1-1"),
    (Subscribe, EmptyPayload, "no filter", "MQTT-3.8.3-3", "MQTT-3.8.3-2"),
    (Subscribe, SubscriptionQosThree, "QoS 3", "MQTT-3.8.3-4", "5.0§3.8.3.1-a"),
    (Subscribe, ReservedBits, "reserved bits", "MQTT-3.8.3-4", "MQTT-3.8.3-5"),
    (Subscribe, MisplacedWildcard, "misplaced hash", "MQTT-4.7.1-2", "MQTT-4.7.1-1"),
    (Subscribe, MisplacedWildcard, "misplaced plus", "MQTT-4.7.1-3", "MQTT-4.7.1-2"),
    (Subscribe, EmptyTopicFilter, "empty filter", "MQTT-4.7.3-1", "MQTT-4.7.3-1"),
    (Subscribe, VariableByteIntegerTooLong, "integer of five bytes", "", "5.0§1.5.5-a"),
    (Subscribe, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-h"),
    (Subscribe, PropertyValue, "subscription identifier out of range", "", "5.0§3.8.2.1.2-a"),
    (Subscribe, RepeatedProperty, "subscription identifier twice", "", "5.0§3.8.2.1.2-b"),
    (Subscribe, RetainHandlingThree, "retain handling 3", "", "5.0§3.8.3.1-b"),
    (Subscribe, NoLocalOnShare, "no local on a share", "", "MQTT-3.8.3-4"),
    (Subscribe, MalformedShare, "share name", "", "MQTT-4.8.2-1"),
    (Subscribe, MalformedShare, "share without filter", "", "MQTT-4.8.2-2"),
    (Unsubscribe, Truncated, "cut field", "3.1.1§2.2.3-a", "5.0§2.1.4-a"),
    (Unsubscribe, IllFormedUtf8, "ill-formed UTF-8", "MQTT-1.5.3-1", "MQTT-1.5.4-1"),
    (Unsubscribe, NulInString, "NUL", "MQTT-1.5.3-2", "MQTT-1.5.4-2"),
    (Unsubscribe, ZeroPacketIdentifier, "packet identifier 0", "MQTT-2.3.1-1", "MQTT-2.2.1-3"),
    (Unsubscribe, FixedHeaderFlags, "reserved flags", "MQTT-3.10.1-1", "MQTT-3.10.1-1"),
    (Unsubscribe, EmptyPayload, "no filter", "MQTT-3.10.3-2", "MQTT-3.10.3-2"),
    (Unsubscribe, MisplacedWildcard, "misplaced hash", "MQTT-4.7.1-2", "MQTT-4.7.1-1"),
    (Unsubscribe, MisplacedWildcard, "misplaced plus", "MQTT-4.7.1-3", "MQTT-4.7.1-2"),
    (Unsubscribe, EmptyTopicFilter, "empty filter", "MQTT-4.7.3-1", "MQTT-4.7.3-1"),
    (Unsubscribe, VariableByteIntegerTooLong, "integer of five bytes", "", "5.0§1.5.5-a"),
    (Unsubscribe, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-i"),
    (Unsubscribe, MalformedShare, "share name", "", "MQTT-4.8.2-1"),
    (Unsubscribe, MalformedShare, "share without filter", "", "MQTT-4.8.2-2"),
    (Pingreq, VariableByteIntegerTooLong, "integer of five bytes", "3.1.1§2.2.3-a", "5.0§1.5.5-a"),
    (Pingreq, TrailingBytes, "bytes behind the end", "3.1.1§3.4.1-a", "5.0§3.12.1-a"),
    (Pingreq, FixedHeaderFlags, "reserved flags", "MQTT-2.2.2-2", "MQTT-2.1.3-1"),
    (Disconnect, TrailingBytes, "bytes behind the end", "3.1.1§3.4.1-a", "5.0§2.3-a"),
    (Disconnect, FixedHeaderFlags, "reserved flags", "MQTT-3.14.1-1", "MQTT-3.14.1-1"),
    (Disconnect, VariableByteIntegerTooLong, "integer of five bytes", "", "5.0§1.5.5-a"),
    (Disconnect, Truncated, "cut field", "", "5.0§2.1.4-a"),
    (Disconnect, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-j"),
    (Disconnect, RepeatedProperty, "session expiry interval twice", "", "5.0§3.14.2.2.2-a"),
    (Disconnect, RepeatedProperty, "reason string twice", "", "5.0§3.14.2.2.3-a"),
    (Disconnect, RepeatedProperty, "server reference twice", "", "5.0§3.14.2.2.5-a"),
    (Disconnect, IllFormedUtf8, "ill-formed UTF-8", "", "MQTT-1.5.4-1"),
    (Disconnect, NulInString, "NUL", "", "MQTT-1.5.4-2"),
    (Disconnect, ReasonCode, "reason code of another packet", "", "MQTT-3.14.2-1"),
    (Auth, VariableByteIntegerTooLong, "integer of five bytes", "", "5.0§1.5.5-a"),
    (Auth, Truncated, "cut field", "", "5.0§2.1.4-a"),
    (Auth, MisplacedProperty, "property of another packet", "", "5.0§2.2.2.2-k"),
    (Auth, TrailingBytes, "bytes behind the end", "", "5.0§2.3-a"),
    (Auth, MissingAuthenticationMethod, "no authentication method", "", "5.0§3.15.2.2.2-a"),
    (Auth, RepeatedProperty, "method twice", "", "5.0§3.15.2.2.2-b"),
    (Auth, RepeatedProperty, "data twice", "", "5.0§3.15.2.2.3-a"),
    (Auth, RepeatedProperty, "reason string twice", "", "5.0§3.15.2.2.4-a"),
    (Auth, IllFormedUtf8, "ill-formed UTF-8", "", "MQTT-1.5.4-1"),
    (Auth, NulInString, "NUL", "", "MQTT-1.5.4-2"),
    (Auth, FixedHeaderFlags, "reserved flags", "", "MQTT-3.15.1-1"),
    (Auth, ReasonCode, "reason code of another packet", "", "MQTT-3.15.2-1"),
];

/// What a Server may read over, as the standards name no reaction: acknowledgements with bytes behind their end, with
/// Packet Identifier 0 or with the Reason Code of another packet, DUP at QoS 0, and a wildcard in the Response Topic.
#[cfg(test)]
pub(crate) const LEFT_FREE: &[(PacketType, DecodeErrorKind)] = &[
    (Publish, DupWithoutQos),
    (Publish, WildcardInTopicName),
    (Puback, TrailingBytes),
    (Puback, ZeroPacketIdentifier),
    (Puback, ReasonCode),
    (Pubrec, TrailingBytes),
    (Pubrec, ZeroPacketIdentifier),
    (Pubrel, TrailingBytes),
    (Pubrel, ZeroPacketIdentifier),
    (Pubrel, ReasonCode),
    (Pubcomp, TrailingBytes),
    (Pubcomp, ZeroPacketIdentifier),
    (Pubcomp, ReasonCode),
];
