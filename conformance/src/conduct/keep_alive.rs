//! The longest silence of a Client (v5 section 3.1.2.10, v3.1.1 section 3.1.2.10).

use std::time::Duration;

use super::{Connection, Rule};

/// The Keep Alive in force, and when something was last sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeepAlive {
    /// 0 means no limit.
    seconds: u16,
    /// Whether it is the Server's.
    imposed: bool,
    last_sent: Duration,
}

impl KeepAlive {
    pub(super) fn asked(&mut self, seconds: u16) {
        self.seconds = seconds;
    }

    pub(super) fn imposed(&mut self, seconds: u16) {
        (self.seconds, self.imposed) = (seconds, true);
    }

    pub(super) fn sent(&mut self, at: Duration) {
        self.last_sent = at;
    }
}

impl Connection {
    /// Compares the time since the last packet with the Keep Alive.
    pub(super) fn silence(&mut self) {
        let KeepAlive { seconds, imposed, last_sent } = self.keep_alive;
        let silence = self.now.saturating_sub(last_sent);
        if seconds == 0 || self.left || silence <= Duration::from_secs(seconds.into()) {
            return;
        }
        let (rule, whose) = match imposed {
            true => (Rule::ServerKeepAlive, "Server Keep Alive"),
            false => (Rule::KeepAlive, "Keep Alive"),
        };
        self.breach(rule, format!("nothing sent for {:.1} s with a {whose} of {seconds} s", silence.as_secs_f64()));
    }
}
