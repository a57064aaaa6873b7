//! [`ProtocolError`]: what a peer did wrong or may not do.

use mqttspec_codec::ReasonCode;

/// A well-formed packet that breaks a rule, or asks for something that is not allowed. The connection is closed if no
/// acknowledgement can report it (v5 section 4.13, v3.1.1 section 4.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProtocolError {
    /// For v5 Clients.
    pub(super) reason_code: ReasonCode,
    /// The Reason String.
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
