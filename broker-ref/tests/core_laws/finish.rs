//! The end of a run: everybody comes back, everything is answered, and what was owed has come.

use crate::{
    op::{CLIENTS, Op, PlannedSubscription},
    world::World,
};

impl World {
    pub(crate) fn finish(&mut self) {
        self.wake();
        // there may be no end: who comes back subscribes, and what is retained fills the queue again
        if self.setup.evicts() {
            return;
        }
        for client in 0..CLIENTS.len() {
            if self.clients[client].line.is_none() {
                self.run(client, &Op::BEGIN);
            }
        }
        self.settle();
        // a new subscriber sees what is retained
        for filter in [0, 6] {
            self.run(0, &Op::Subscribe(PlannedSubscription { filter, options: 2, identifier: 0 }));
        }
        self.settle();
        assert!(self.setup.queued.is_some() || self.clients[0].asked.is_empty(), "no answer");
        if self.disk.fault.is_none() {
            assert!(self.folded.queue.is_empty(), "a queue of messages that were all acknowledged: {:?}", self.folded);
            assert!(self.folded.received.is_empty(), "QoS 2 that was all released: {:?}", self.folded);
        }
        if self.setup.queued.is_none() {
            self.nothing_is_missing();
        }
    }

    /// Everything that can happen without time passing.
    fn settle(&mut self) {
        for _ in 0..200 {
            self.commit(usize::MAX);
            let mut calm = true;
            for client in 0..CLIENTS.len() {
                match self.clients[client].line {
                    None => self.run(client, &Op::BEGIN),
                    Some(id) if !self.lines[&id].wire.is_empty() || self.lines[&id].last => {
                        self.run(client, &Op::Read { bytes: usize::MAX });
                    }
                    Some(_) => {
                        let now = &self.clients[client];
                        if now.answers.iter().all(|queue| queue.is_empty()) && now.releases.is_empty() {
                            continue;
                        }
                        self.run(client, &Op::Pubrel);
                        for kind in 0..3 {
                            self.run(client, &Op::Answer { kind, packets: 1, refuse: false });
                        }
                    }
                }
                calm = false;
            }
            if calm {
                return;
            }
        }
        panic!("no end to what Clients have to answer");
    }

    fn nothing_is_missing(&self) {
        for (index, client) in self.clients.iter().enumerate() {
            assert!(client.connected, "{} has no answer to CONNECT", CLIENTS[index].0);
            assert!(client.outgoing.is_empty(), "not acknowledged: {:?}", client.outgoing);
            let Some(epoch) = self.truth.current(index) else { panic!("no Session") };
            for (number, due) in &self.truth.sessions[epoch].due {
                let expired = due.expires_at.is_some_and(|at| at <= self.now);
                let message = &self.ledger[*number];
                let arrived = client.seen.has(*number);
                assert!(arrived || expired || !due.must, "{} misses {number}: {message:?}, {due:?}", CLIENTS[index].0);
            }
        }
        for share in &self.truth.shares {
            let members: Vec<_> = share.members.iter().map(|epoch| &self.truth.sessions[*epoch]).collect();
            let got = members.iter().filter(|member| self.clients[member.client].seen.has(share.message));
            let ended = members.iter().any(|member| member.ended);
            assert!(ended || got.count() > 0, "no member got it: {share:?} {:?}", self.ledger[share.message]);
        }
    }
}
