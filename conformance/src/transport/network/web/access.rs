//! What reaches a broker beside its URL: nothing, because a browser decides on certificates and headers.

use super::Target;

/// The stand-in for certificates and headers.
#[derive(Debug, Clone, Default)]
pub(super) struct Access(());

impl Access {
    /// Browsers verify certificates.
    pub(super) const fn accepts_anyone(&self) -> bool {
        false
    }

    pub(super) const fn arguments(&self, _: &Target) -> String {
        String::new()
    }
}
