//! [`Counters`]: what the broker counts, for `$SYS/broker/`.

/// Counts since the broker started.
#[derive(Debug, Default)]
pub(super) struct Counters {
    /// Clients that are connected.
    pub(super) connected: u64,
    pub(super) connected_maximum: u64,
    pub(super) bytes_received: u64,
    pub(super) bytes_sent: u64,
    pub(super) packets_received: u64,
    pub(super) packets_sent: u64,
    /// PUBLISH packets received.
    pub(super) messages_received: u64,
    /// PUBLISH packets sent.
    pub(super) messages_sent: u64,
}

impl Counters {
    pub(super) fn connect(&mut self) {
        add(&mut self.connected, 1);
        self.connected_maximum = self.connected_maximum.max(self.connected);
    }

    pub(super) const fn disconnect(&mut self) {
        self.connected = self.connected.saturating_sub(1);
    }
}

/// Adds without overflow.
pub(super) const fn add(counter: &mut u64, more: u64) {
    *counter = counter.saturating_add(more);
}
