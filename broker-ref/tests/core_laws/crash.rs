//! What the disk does: it commits, and it survives the broker.

use crate::{twins::Twins, world::World};

impl World {
    pub(crate) fn commit(&mut self, steps: usize) {
        self.disk.commit(steps);
        self.release();
    }

    /// A Client was told something that is so since this step.
    pub(crate) fn told(&mut self, step: usize) {
        self.floor = self.floor.max(step);
    }

    /// The broker dies, and another begins with what the disk has.
    pub(crate) fn crash(&mut self, more_steps: usize) {
        self.dying = false;
        self.lines.clear();
        for client in &mut self.clients {
            client.lose();
            client.crash();
        }
        self.disk.crash(more_steps);
        let step = self.disk.len().max(self.floor);
        self.truth = self.past[step].clone();
        self.past.truncate(self.disk.len());
        self.past.push(self.truth.clone());
        self.floor = 0;
        self.folded = self.disk.read();
        self.broker = Twins::new(&self.config, &self.folded, self.opened);
        if self.disk.fault.is_some() {
            self.folded = self.broker.stored();
        }
        self.truth.restart(&mut self.ledger, self.now);
        self.broker.handle_timeout(self.now);
        self.go_on();
        self.drain();
    }
}
