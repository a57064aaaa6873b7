//! DISCONNECT, and what is due when the connection ends.

use mqttspec_codec::{Disconnect, ReasonCode};

use super::{Connection, End, Rule};

impl Connection {
    pub(super) fn disconnect(&mut self, disconnect: &Disconnect<'_>) {
        let expiry = disconnect.properties.session_expiry_interval();
        let asked = self.offer.as_ref().map_or(0, |offer| offer.session_expiry);
        if asked == 0 && expiry.is_some_and(|seconds| seconds > 0) {
            let what = "DISCONNECT with a Session Expiry Interval, which CONNECT did not have".to_owned();
            self.breach(Rule::SessionExpiry, what);
        } else if let Some(seconds) = expiry {
            self.session.kept = seconds > 0;
        }
        let code = disconnect.reason_code;
        if SERVERS.contains(&code.number()) {
            self.breach(Rule::DisconnectCode, format!("DISCONNECT with {code}, which only a Server sends"));
        }
        if code == ReasonCode::NORMAL_DISCONNECTION && !self.left {
            self.due();
        }
        self.left = true;
    }

    pub(super) fn close(&mut self, end: End) {
        self.silence();
        if self.left && end == End::Open {
            self.breach(Rule::StaysOpen, "the connection stays open after DISCONNECT".to_owned());
        }
    }

    /// What a Client that leaves normally has not done.
    fn due(&mut self) {
        for (rule, what) in self.owed.left().into_iter().chain(self.requests.left()) {
            self.breach(rule, what);
        }
    }
}

/// Reason Codes of DISCONNECT that only a Server sends (v5 table 3-10).
const SERVERS: [u8; 15] = [0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2];
