//! The versions of the protocol, as CONNECT announces them.

use core::fmt;

/// A version of MQTT, as CONNECT announces it (sections 3.1.2.1 and 3.1.2.2). It is an argument of
/// [`decode`](crate::decode) and [`encode`](crate::encode); all versions share one tree of packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// MQTT 3.1: Protocol Name `MQIsdp`, Protocol Level 3. Otherwise encoded like 3.1.1. Decoding allows what only
    /// 3.1 allows: DUP on PUBREL, SUBSCRIBE and UNSUBSCRIBE, and a CONNECT that ends before the user name or the password
    /// that its flags announce.
    V3_1,
    /// MQTT 3.1.1: Protocol Name `MQTT`, Protocol Level 4.
    V3_1_1,
    /// MQTT 5.0: Protocol Name `MQTT`, Protocol Version 5.
    V5,
}

impl Version {
    /// The Protocol Name of CONNECT (v5 and v3.1.1 section 3.1.2.1).
    #[must_use]
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Version::V3_1 => "MQIsdp",
            Version::V3_1_1 | Version::V5 => "MQTT",
        }
    }

    /// The Protocol Level of CONNECT (section 3.1.2.2): 3, 4 or 5.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Version::V3_1 => 3,
            Version::V3_1_1 => 4,
            Version::V5 => 5,
        }
    }

    /// Whether packets of this version carry properties and Reason Codes.
    #[must_use]
    pub const fn has_properties(self) -> bool {
        matches!(self, Version::V5)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V3_1 => "v3.1",
            Version::V3_1_1 => "v3.1.1",
            Version::V5 => "v5",
        })
    }
}
