//! [`ProtocolError`]: what a peer did wrong or may not do.

use mqttspec_codec::ReasonCode;

/// What the peer did wrong, or may not do, although its bytes were right. Where no acknowledgement can say it the
/// connection is closed (v5 section 4.13, v3.1.1 section 4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProtocolError {
    /// What v5 is told.
    pub(super) reason_code: ReasonCode,
    /// The Reason String, for people.
    pub(super) reason: Option<&'static str>,
}

impl ProtocolError {
    pub(super) const fn new(reason_code: ReasonCode) -> Self {
        Self { reason_code, reason: None }
    }

    /// With a Reason String.
    pub(super) const fn because(reason_code: ReasonCode, reason: &'static str) -> Self {
        Self { reason_code, reason: Some(reason) }
    }
}
