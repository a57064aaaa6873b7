//! What may stand between a broker in memory and a case's connections, and change, drop, repeat or delay what passes. The
//! suite's own tests make wrong brokers of it, to prove that vectors can fail; nothing else does.

use std::{fmt, time::Duration};

use super::memory::{Arrived, Memory};

/// Something on its way. Connections are numbered from 1 as they are opened, the suite's own first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// Bytes from a client, cut anywhere.
    ToBroker(u64, Vec<u8>),
    /// Bytes from the broker: whole packets.
    ToClient(u64, Vec<u8>),
    /// A client closed its connection.
    EndToBroker(u64),
    /// The broker closed the connection. The broker knows it no more, whatever becomes of this.
    EndToClient(u64),
}

/// Stands between. It is asked about the connections of the case, not about those of the suite itself.
pub trait Tamper: fmt::Debug {
    /// What shall happen instead, in this order, each after that time.
    fn pass(&mut self, now: Duration, passage: Passage) -> Vec<(Duration, Passage)>;
}

impl Memory {
    /// What shall happen to a passage: itself, at once, where nothing stands between.
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

    /// Lets something leave the broker; what goes to the suite's own connections is never tampered with, and what goes to
    /// a client that has closed its connection goes nowhere.
    pub(super) fn leave(&mut self, passage: Passage) {
        let (Passage::ToClient(id, _) | Passage::EndToClient(id)) = &passage else { return };
        match (self.arrived.contains_key(id), self.played.contains(id)) {
            (false, _) => {}
            (true, true) => self.tampered(passage),
            (true, false) => self.happen(passage),
        }
    }

    /// Lets what is late until now happen.
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
