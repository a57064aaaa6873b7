//! The table of Reason Codes (v5 section 2.4), and the return codes of v3.1.1 that map to them.

use core::fmt;

use crate::{PacketType, place::Place};

macro_rules! reason_codes {
    ($($value:literal $variant:ident $name:literal in $($place:ident)|+;)*) => {
        /// A Reason Code of v5 (section 2.4). The return codes of v3.1.1 are mapped to it, so there is one list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum ReasonCode {
            $(
                #[doc = concat!("`", $name, "`, ", stringify!($value), ": in", $(" ", stringify!($place)),+)]
                $variant = $value,
            )*
        }

        impl ReasonCode {
            /// All codes, by number.
            pub const ALL: &'static [ReasonCode] = &[$(ReasonCode::$variant),*];

            /// The code with this number.
            #[must_use]
            #[inline]
            pub const fn from_number(number: u8) -> Option<ReasonCode> {
                match number { $($value => Some(ReasonCode::$variant),)* _ => None }
            }

            /// The standard's name in snake_case. 0x00 has other names in SUBACK and DISCONNECT: see
            /// [`ReasonCode::name_in`].
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(ReasonCode::$variant => $name,)* }
            }

            /// The packets that may carry the code (v5 table 2-6).
            const fn places(self) -> Place {
                match self { $(ReasonCode::$variant => Place::NOWHERE$(.or(Place::$place))+,)* }
            }
        }
    };
}

reason_codes! {
    0x00 Success "success" in CONNACK | PUBACK | PUBREC | PUBREL | PUBCOMP | SUBACK | UNSUBACK | DISCONNECT | AUTH;
    0x01 GrantedQos1 "granted_qos_1" in SUBACK;
    0x02 GrantedQos2 "granted_qos_2" in SUBACK;
    0x04 DisconnectWithWillMessage "disconnect_with_will_message" in DISCONNECT;
    0x10 NoMatchingSubscribers "no_matching_subscribers" in PUBACK | PUBREC;
    0x11 NoSubscriptionExisted "no_subscription_existed" in UNSUBACK;
    0x18 ContinueAuthentication "continue_authentication" in AUTH;
    0x19 ReAuthenticate "re_authenticate" in AUTH;
    0x80 UnspecifiedError "unspecified_error" in CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | DISCONNECT;
    0x81 MalformedPacket "malformed_packet" in CONNACK | DISCONNECT;
    0x82 ProtocolError "protocol_error" in CONNACK | DISCONNECT;
    0x83 ImplementationSpecificError "implementation_specific_error" in CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | DISCONNECT;
    0x84 UnsupportedProtocolVersion "unsupported_protocol_version" in CONNACK;
    0x85 ClientIdentifierNotValid "client_identifier_not_valid" in CONNACK;
    0x86 BadUserNameOrPassword "bad_user_name_or_password" in CONNACK;
    0x87 NotAuthorized "not_authorized" in CONNACK | PUBACK | PUBREC | SUBACK | UNSUBACK | DISCONNECT;
    0x88 ServerUnavailable "server_unavailable" in CONNACK;
    0x89 ServerBusy "server_busy" in CONNACK | DISCONNECT;
    0x8A Banned "banned" in CONNACK;
    0x8B ServerShuttingDown "server_shutting_down" in DISCONNECT;
    0x8C BadAuthenticationMethod "bad_authentication_method" in CONNACK | DISCONNECT;
    0x8D KeepAliveTimeout "keep_alive_timeout" in DISCONNECT;
    0x8E SessionTakenOver "session_taken_over" in DISCONNECT;
    0x8F TopicFilterInvalid "topic_filter_invalid" in SUBACK | UNSUBACK | DISCONNECT;
    0x90 TopicNameInvalid "topic_name_invalid" in CONNACK | PUBACK | PUBREC | DISCONNECT;
    0x91 PacketIdentifierInUse "packet_identifier_in_use" in PUBACK | PUBREC | SUBACK | UNSUBACK;
    0x92 PacketIdentifierNotFound "packet_identifier_not_found" in PUBREL | PUBCOMP;
    0x93 ReceiveMaximumExceeded "receive_maximum_exceeded" in DISCONNECT;
    0x94 TopicAliasInvalid "topic_alias_invalid" in DISCONNECT;
    0x95 PacketTooLarge "packet_too_large" in CONNACK | DISCONNECT;
    0x96 MessageRateTooHigh "message_rate_too_high" in DISCONNECT;
    0x97 QuotaExceeded "quota_exceeded" in CONNACK | PUBACK | PUBREC | SUBACK | DISCONNECT;
    0x98 AdministrativeAction "administrative_action" in DISCONNECT;
    0x99 PayloadFormatInvalid "payload_format_invalid" in CONNACK | PUBACK | PUBREC | DISCONNECT;
    0x9A RetainNotSupported "retain_not_supported" in CONNACK | DISCONNECT;
    0x9B QosNotSupported "qos_not_supported" in CONNACK | DISCONNECT;
    0x9C UseAnotherServer "use_another_server" in CONNACK | DISCONNECT;
    0x9D ServerMoved "server_moved" in CONNACK | DISCONNECT;
    0x9E SharedSubscriptionsNotSupported "shared_subscriptions_not_supported" in SUBACK | DISCONNECT;
    0x9F ConnectionRateExceeded "connection_rate_exceeded" in CONNACK | DISCONNECT;
    0xA0 MaximumConnectTime "maximum_connect_time" in DISCONNECT;
    0xA1 SubscriptionIdentifiersNotSupported "subscription_identifiers_not_supported" in SUBACK | DISCONNECT;
    0xA2 WildcardSubscriptionsNotSupported "wildcard_subscriptions_not_supported" in SUBACK | DISCONNECT;
}

impl ReasonCode {
    /// 0x00 in SUBACK.
    pub const GRANTED_QOS_0: ReasonCode = ReasonCode::Success;
    /// 0x00 in DISCONNECT.
    pub const NORMAL_DISCONNECTION: ReasonCode = ReasonCode::Success;

    /// The number on the wire.
    #[must_use]
    #[inline]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the operation failed: 0x80 or more.
    #[must_use]
    #[inline]
    pub const fn is_failure(self) -> bool {
        self.number() >= 0x80
    }

    /// Whether this packet type may carry the code (v5 table 2-6).
    #[must_use]
    #[inline]
    pub const fn is_allowed_in(self, packet_type: PacketType) -> bool {
        self.places().holds(Place::of(packet_type))
    }

    /// The code's name in that packet: 0x00 is `granted_qos_0` in SUBACK and `normal_disconnection` in DISCONNECT.
    #[must_use]
    pub const fn name_in(self, packet_type: PacketType) -> &'static str {
        match (self, packet_type) {
            (ReasonCode::Success, PacketType::Suback) => "granted_qos_0",
            (ReasonCode::Success, PacketType::Disconnect) => "normal_disconnection",
            _ => self.name(),
        }
    }

    /// The code with this name, including all names of 0x00.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ReasonCode> {
        match name {
            "granted_qos_0" | "normal_disconnection" => Some(ReasonCode::Success),
            _ => ReasonCode::ALL.iter().copied().find(|code| code.name() == name),
        }
    }

    /// The meaning of a CONNACK return code of v3.1.1 (section 3.2.2.3): 0 to 5.
    #[must_use]
    pub const fn from_return_code(code: u8) -> Option<ReasonCode> {
        Some(match code {
            0 => ReasonCode::Success,
            1 => ReasonCode::UnsupportedProtocolVersion,
            2 => ReasonCode::ClientIdentifierNotValid,
            3 => ReasonCode::ServerUnavailable,
            4 => ReasonCode::BadUserNameOrPassword,
            5 => ReasonCode::NotAuthorized,
            _ => return None,
        })
    }

    /// The CONNACK return code of v3.1.1, if there is one.
    #[must_use]
    pub const fn return_code(self) -> Option<u8> {
        Some(match self {
            ReasonCode::Success => 0,
            ReasonCode::UnsupportedProtocolVersion => 1,
            ReasonCode::ClientIdentifierNotValid => 2,
            ReasonCode::ServerUnavailable => 3,
            ReasonCode::BadUserNameOrPassword => 4,
            ReasonCode::NotAuthorized => 5,
            _ => return None,
        })
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02X})", self.name(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_return_codes_are_each_others_inverse() {
        assert_eq!(ReasonCode::ALL.len(), 43);
        for code in ReasonCode::ALL {
            assert_eq!(ReasonCode::from_number(code.number()), Some(*code));
            assert_eq!(ReasonCode::from_name(code.name()), Some(*code));
            if let Some(number) = code.return_code() {
                assert_eq!(ReasonCode::from_return_code(number), Some(*code));
            }
        }
    }

    #[test]
    fn places_follow_table_2_6() {
        assert!(ReasonCode::NoMatchingSubscribers.is_allowed_in(PacketType::Pubrec));
        assert!(!ReasonCode::NoMatchingSubscribers.is_allowed_in(PacketType::Pubcomp));
        assert!(!ReasonCode::Success.is_allowed_in(PacketType::Publish));
    }
}
