//! [`World`]: the broker on a model disk, its connections, its Clients, and what is true of them all.
//!
//! Each event of the broker is a step of the disk. The truth is kept as it was after each step: a crash goes back to
//! what the disk has, but never behind what a Client was told (the `floor`), and the broker is judged by that.

use std::collections::BTreeMap;

use mqttspec_broker::core::{Config, ConnectionId, Delta, Event, Flow, Peer, Release, Stored, Timestamp};
use mqttspec_codec::{Packet, encode_to_vec};

use crate::{
    client::Client,
    disk::{Disk, Fault},
    ledger::Ledger,
    line::Line,
    op::{CLIENTS, Setup},
    truth::{Epoch, Truth},
    twins::Twins,
};

pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) config: Config,
    pub(crate) now: Timestamp,
    pub(crate) broker: Twins,
    pub(crate) disk: Disk,
    /// The fold of all deltas.
    pub(crate) folded: Stored,
    pub(crate) truth: Truth,
    /// The truth after each step.
    pub(crate) past: Vec<Truth>,
    /// Clients were told of everything up to this step.
    pub(crate) floor: usize,
    pub(crate) ledger: Ledger,
    pub(crate) clients: Vec<Client>,
    pub(crate) lines: BTreeMap<ConnectionId, Line>,
    pub(crate) opened: u64,
    /// The broker is about to die: nothing that it does from now on is handed out whole.
    pub(crate) dying: bool,
}

impl World {
    pub(crate) fn new(setup: Setup, fault: Option<Fault>) -> Self {
        let config = setup.config();
        let truth = Truth::new(!setup.each_subscription);
        Self {
            setup,
            now: Timestamp::from_millis(1_000_000),
            broker: Twins::new(&config, &Stored::default(), 3),
            config,
            disk: Disk::new(fault),
            folded: Stored::default(),
            past: vec![truth.clone()],
            truth,
            floor: 0,
            ledger: Ledger::default(),
            clients: (0..CLIENTS.len()).map(Client::new).collect(),
            lines: BTreeMap::new(),
            opened: 0,
            dying: false,
        }
    }

    /// What is due by now has happened before anything else does.
    pub(crate) fn catch_up(&mut self) {
        let mut lost = Vec::new();
        for line in self.lines.values_mut() {
            if line.keep_alive_ends().is_some_and(|at| at <= self.now) {
                line.dead = true;
                lost.push(line.epoch);
            }
        }
        self.truth.advance(&mut self.ledger, self.now, &lost);
    }

    /// A connection of this Client is up.
    pub(crate) fn open(&mut self, client: usize) -> ConnectionId {
        self.opened += 1;
        let id = ConnectionId::new(self.opened);
        self.lines.insert(id, Line::new(client, self.clients[client].version, self.now));
        self.clients[client].line = Some(id);
        self.event(id, &Event::Opened(Peer::default()));
        id
    }

    /// A Client sends a packet, in two pieces, and the truth learns of it. Gives its step, 0 for none, if the broker
    /// handles it.
    pub(crate) fn send<'a>(
        &mut self,
        client: usize,
        packet: impl Into<Packet<'a>>,
        happens: impl FnOnce(&mut Self, Epoch, ConnectionId),
    ) -> Option<usize> {
        let mut bytes = Vec::new();
        encode_to_vec(&packet.into(), self.clients[client].version, &mut bytes).unwrap();
        self.send_bytes(client, &bytes, happens)
    }

    pub(crate) fn send_bytes(
        &mut self,
        client: usize,
        bytes: &[u8],
        happens: impl FnOnce(&mut Self, Epoch, ConnectionId),
    ) -> Option<usize> {
        let id = self.clients[client].line?;
        let (first, second) = bytes.split_at(bytes.len() / 2);
        self.catch_up();
        self.event(id, &Event::Received(first));
        let line = self.lines.get_mut(&id)?;
        let (alive, epoch) = (!line.dead, line.epoch);
        if alive {
            line.seen = self.now;
            happens(self, epoch, id);
        }
        let step = self.event(id, &Event::Received(second));
        alive.then_some(step)
    }

    /// Something happens to the broker. Gives the step it made, 0 for none.
    pub(crate) fn event(&mut self, id: ConnectionId, event: &Event<'_>) -> usize {
        let before = self.disk.len();
        self.broker.handle_event(self.now, id, event);
        self.go_on();
        self.drain();
        if self.disk.len() > before { self.disk.len() } else { 0 }
    }

    /// The transport of a Client is gone.
    pub(crate) fn lose(&mut self, client: usize) {
        if let Some(id) = self.clients[client].line {
            self.clients[client].lose();
            self.remove(id);
        }
    }

    /// The broker learns that a connection is gone.
    pub(crate) fn remove(&mut self, id: ConnectionId) {
        self.catch_up();
        if let Some(line) = self.lines.remove(&id)
            && !line.dead
        {
            self.truth.close(&mut self.ledger, self.now, &[line.epoch]);
        }
        self.event(id, &Event::Closed);
    }

    pub(crate) fn wake(&mut self) {
        self.catch_up();
        self.broker.handle_timeout(self.now);
        self.go_on();
        self.drain();
    }

    /// What was too much for one step goes on until it is done; together with the event it is one step of the disk.
    pub(crate) fn go_on(&mut self) {
        let mut steps = 0;
        while !self.dying && self.broker.poll_timeout().is_some_and(|due| due <= self.now) {
            self.broker.handle_timeout(self.now);
            steps += 1;
            assert!(steps < 20_000, "the broker never comes to rest");
        }
    }

    /// Hands out what the last event did: a step to the disk, output to the connections.
    pub(crate) fn drain(&mut self) {
        if self.dying {
            let _ = self.broker.poll_delta();
            return;
        }
        let deltas: Vec<_> = std::iter::from_fn(|| self.broker.poll_delta()).collect();
        for delta in &deltas {
            self.notice_eviction(delta);
            self.folded.apply(delta);
        }
        self.check_store();
        let is_step = !deltas.is_empty();
        if is_step {
            self.disk.write(deltas);
        }
        let mut evicted = Vec::new();
        while let Some(id) = self.broker.poll_ready() {
            let Some(line) = self.lines.get_mut(&id) else { continue };
            if self.setup.lazy {
                line.waits_for = Some(self.disk.ticket());
            } else {
                self.transmit(id);
                let line = self.lines.get_mut(&id).unwrap();
                if line.last && !line.dead {
                    line.dead = true;
                    self.truth.sessions[line.epoch].expiry = 0;
                    evicted.push(line.epoch);
                }
            }
        }
        // together, for each may still get the Wills of the others
        self.truth.close(&mut self.ledger, self.now, &evicted);
        if is_step {
            self.past.push(self.truth.clone());
        }
        self.release();
        // what was taken out can make room for more
        if self.broker.poll_timeout().is_some_and(|due| due <= self.now) {
            self.go_on();
            return self.drain();
        }
        self.check_time();
    }

    /// A Session whose queue is full may end while its Client is away.
    fn notice_eviction(&mut self, delta: &Delta) {
        let Delta::DropSession(session) = delta else { return };
        let record = self.folded.sessions.get(session).filter(|_| self.setup.evicts());
        let client = record.and_then(|record| CLIENTS.iter().position(|(name, _)| *name == &*record.client_id));
        if let Some(epoch) = client.and_then(|client| self.truth.current(client))
            && self.truth.sessions[epoch].closed_at.is_some()
        {
            self.truth.end(&mut self.ledger, self.now, &[epoch]);
        }
    }

    /// What the disk has let go reaches the wire.
    pub(crate) fn release(&mut self) {
        let durable = self.disk.durable();
        for id in self.lines.keys().copied().collect::<Vec<_>>() {
            let line = self.lines.get_mut(&id).unwrap();
            if line.waits_for.take_if(|step| *step <= durable).is_some() {
                self.transmit(id);
            }
            let line = self.lines.get_mut(&id).unwrap();
            let released = line.held.iter().take_while(|(step, _)| *step <= durable).count();
            line.held.drain(..released).for_each(|(_, bytes)| line.wire.extend(bytes));
        }
    }

    /// Takes what the core has for a connection; it is held until the disk has what it depends on.
    fn transmit(&mut self, id: ConnectionId) {
        let (bytes, flow, release) = self.broker.transmit(id);
        let step = if release == Release::AfterPersist { self.disk.ticket() } else { 0 };
        let line = self.lines.get_mut(&id).unwrap();
        let epoch = line.epoch;
        line.emitted(&bytes, |publish| {
            // v5 [MQTT-3.3.2-5]; what waited in the core was not sent later than this
            let Some(number) = self.ledger.find(publish.payload).filter(|_| !self.setup.lazy) else { return };
            let due = self.truth.sessions[epoch].due.get(&number).and_then(|due| due.expires_at);
            let in_time = due.is_none_or(|at| at > self.now || publish.delivery.dup());
            assert!(in_time || self.ledger[number].expiry == Some(0), "expired: {publish:?}");
        });
        if flow == Flow::Last {
            assert!(
                line.dead || self.setup.evicts(),
                "the broker closes a connection of {} without reason",
                CLIENTS[line.client].0
            );
            line.last = true;
        }
        line.held.push_back((step, bytes));
    }
}
