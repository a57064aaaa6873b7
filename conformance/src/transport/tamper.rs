//! Intercepts the traffic between a broker in memory and the connections of a case, to change, drop, repeat or delay
//! it. Only the suite's own tests use this, to build wrong brokers that prove that vectors can fail.

use std::{fmt, time::Duration};

use super::memory::{Arrived, Memory};

/// A piece of traffic. Connections are numbered from 1 in the order of opening; those of the suite come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// Bytes from a client. Packet boundaries do not matter.
    ToBroker(u64, Vec<u8>),
    /// Bytes from the broker: whole packets.
    ToClient(u64, Vec<u8>),
    /// A client closed its connection.
    EndToBroker(u64),
    /// The broker closed the connection. It has already forgotten it, even if this is dropped.
    EndToClient(u64),
}

/// Intercepts traffic on the connections of the case, but not on those of the suite itself.
pub trait Tamper: fmt::Debug {
    /// The traffic that replaces a passage, in this order, each piece after that delay.
    fn pass(&mut self, now: Duration, passage: Passage) -> Vec<(Duration, Passage)>;

    /// The broker has restarted, so all connections are gone.
    fn restarted(&mut self, now: Duration) {
        let _ = now;
    }
}

impl Memory {
    /// Passes traffic on, through the interceptor if there is one.
    pub(super) fn tampered(&mut self, passage: Passage) {
        let passages = match &mut self.tamper {
            Some(tamper) => tamper.pass(self.now, passage),
            None => vec![(Duration::ZERO, passage)],
        };
        for (delay, passage) in passages {
            match delay {
                Duration::ZERO => self.happen(passage),
                _ => {
                    self.late_ones += 1;
                    self.late.insert((self.now + delay, self.late_ones), passage);
                }
            }
        }
    }

    /// Passes on output of the broker. Output to the suite's own connections is never intercepted, and output to a
    /// client that has closed its connection is dropped.
    pub(super) fn leave(&mut self, passage: Passage) {
        let (Passage::ToClient(id, _) | Passage::EndToClient(id)) = &passage else { return };
        match (self.arrived.contains_key(id), self.of_the_case.contains(id)) {
            (false, _) => {}
            (true, true) => self.tampered(passage),
            (true, false) => self.happen(passage),
        }
    }

    /// Passes on delayed traffic whose time has come.
    pub(super) fn catch_up(&mut self) {
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= self.now
        {
            let passage = entry.remove();
            self.happen(passage);
        }
    }

    fn happen(&mut self, passage: Passage) {
        let (to, arrived) = match passage {
            Passage::ToBroker(from, bytes) => return self.receive(from, &bytes),
            Passage::EndToBroker(from) => return self.close(from),
            Passage::ToClient(to, bytes) => (to, Arrived::Bytes(bytes)),
            Passage::EndToClient(to) => (to, Arrived::Ended),
        };
        if let Some(queue) = self.arrived.get_mut(&to) {
            queue.push_back(arrived);
        }
    }
}
