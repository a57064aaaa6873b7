//! [`Truth`]: what the broker has accepted, by the standards, and has to deliver. It learns everything that reaches the
//! broker, and after a crash it goes back to what the disk has: see [`World`](crate::world::World).

use std::collections::{BTreeMap, BTreeSet};

use mqttspec_broker::core::Timestamp;
use mqttspec_codec::SubscriptionOptions;

use crate::{
    due::{Due, Share},
    ledger::{Ledger, Number},
    op::CLIENTS,
};

/// Identifies a Session of a Client; a new Session has a new one.
pub(crate) type Epoch = usize;

#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// Those that have ended stay: what was sent before may still be read.
    pub(crate) sessions: Vec<Session>,
    current: [Option<Epoch>; CLIENTS.len()],
    /// By topic: what may be retained there. More than one where the standards leave open which came last.
    pub(crate) retained: BTreeMap<usize, Vec<Option<Kept>>>,
    pub(crate) shares: Vec<Share>,
    /// One copy to a Client, however many of its subscriptions match.
    pub(crate) once: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) message: Number,
    pub(crate) expires_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) client: usize,
    pub(crate) ended: bool,
    /// Seconds, as granted.
    pub(crate) expiry: u32,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) will: Option<Will>,
    pub(crate) subscriptions: BTreeMap<usize, Subscription>,
    /// QoS 2 from the Client between PUBLISH and PUBREL.
    pub(crate) received: BTreeSet<u16>,
    pub(crate) due: BTreeMap<Number, Due>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Will {
    pub(crate) message: Number,
    pub(crate) delay: u32,
    pub(crate) due_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Subscription {
    pub(crate) options: SubscriptionOptions,
    pub(crate) identifier: u32,
}

impl Truth {
    pub(crate) fn new(once: bool) -> Self {
        Self { once, ..Self::default() }
    }

    pub(crate) fn current(&self, client: usize) -> Option<Epoch> {
        self.current[client]
    }

    pub(crate) fn living(&self) -> impl Iterator<Item = Epoch> {
        self.current.into_iter().flatten()
    }

    /// A CONNECT is accepted: the Session, and whether it was there before.
    pub(crate) fn connect(
        &mut self,
        ledger: &mut Ledger,
        now: Timestamp,
        client: usize,
        clean: bool,
        (expiry, will): (u32, Option<Will>),
    ) -> (Epoch, bool) {
        if let Some(old) = self.current[client] {
            if self.sessions[old].closed_at.is_none() {
                self.close(ledger, now, &[old]);
            }
            if clean && !self.sessions[old].ended {
                self.end(ledger, now, &[old]);
            }
        }
        if let Some(epoch) = self.current[client] {
            let session = &mut self.sessions[epoch];
            (session.expiry, session.will, session.closed_at) = (expiry, will, None);
            return (epoch, true);
        }
        let epoch = self.sessions.len();
        self.sessions.push(Session {
            client,
            ended: false,
            expiry,
            closed_at: None,
            will,
            subscriptions: BTreeMap::new(),
            received: BTreeSet::new(),
            due: BTreeMap::new(),
        });
        self.current[client] = Some(epoch);
        (epoch, false)
    }

    /// The connections of these Sessions are gone.
    pub(crate) fn close(&mut self, ledger: &mut Ledger, now: Timestamp, sessions: &[Epoch]) {
        let (mut wills, mut ends) = (Vec::new(), Vec::new());
        for &epoch in sessions {
            self.detach(now, epoch, &mut wills, &mut ends);
        }
        self.publish_wills(ledger, now, &wills);
        self.end(ledger, now, &ends);
    }

    fn detach(&mut self, now: Timestamp, epoch: Epoch, wills: &mut Vec<Will>, ends: &mut Vec<Epoch>) {
        let session = &mut self.sessions[epoch];
        session.closed_at = Some(now);
        if session.expiry == 0 {
            wills.extend(session.will.take());
            return ends.push(epoch);
        }
        if let Some(will) = &mut session.will {
            will.due_at = Some(now.after_seconds(will.delay));
        }
        wills.extend(session.will.take_if(|will| will.due_at == Some(now)));
    }

    /// These Sessions are over: what of their Wills is left is published.
    pub(crate) fn end(&mut self, ledger: &mut Ledger, now: Timestamp, sessions: &[Epoch]) {
        let wills: Vec<_> = sessions.iter().filter_map(|epoch| self.sessions[*epoch].will.take()).collect();
        self.publish_wills(ledger, now, &wills);
        for &epoch in sessions {
            self.sessions[epoch].ended = true;
            self.current[self.sessions[epoch].client] = None;
        }
        for &epoch in sessions {
            let dues = self.sessions[epoch].due.clone();
            for (message, due) in dues.iter().flat_map(|(message, due)| due.shares.iter().map(move |_| (*message, due)))
            {
                self.hand_on(ledger, message, due);
            }
        }
    }

    /// What is due by now happens, in an order that is left open; `lost` are Sessions whose Keep Alive has run out.
    pub(crate) fn advance(&mut self, ledger: &mut Ledger, now: Timestamp, lost: &[Epoch]) {
        let (mut wills, mut ends) = (Vec::new(), Vec::new());
        for epoch in self.living().collect::<Vec<_>>() {
            let session = &mut self.sessions[epoch];
            wills.extend(session.will.take_if(|will| will.due_at.is_some_and(|at| at <= now)));
            if session.expires_at().is_some_and(|at| at <= now) {
                wills.extend(session.will.take());
                ends.push(epoch);
            }
        }
        for &epoch in lost {
            self.detach(now, epoch, &mut wills, &mut ends);
        }
        self.publish_wills(ledger, now, &wills);
        self.end(ledger, now, &ends);
    }

    /// The broker begins again: who was connected is not any more.
    pub(crate) fn restart(&mut self, ledger: &mut Ledger, now: Timestamp) {
        let connected = |epoch: &Epoch| self.sessions[*epoch].closed_at.is_none();
        let connected: Vec<_> = self.living().filter(connected).collect();
        self.advance(ledger, now, &connected);
    }

    /// When something is due next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.living().map(|epoch| &self.sessions[epoch]).flat_map(Session::due_at).min()
    }

    fn publish_wills(&mut self, ledger: &mut Ledger, now: Timestamp, wills: &[Will]) {
        let mut retained: BTreeMap<usize, Vec<Option<Kept>>> = BTreeMap::new();
        for will in wills {
            self.publish(ledger, now, will.message);
            let topic = ledger[will.message].topic;
            if ledger[will.message].retain {
                let all = retained.entry(topic).or_default();
                all.extend(self.retained.remove(&topic).unwrap_or_default());
                self.retained.insert(topic, all.clone());
            }
        }
    }
}

impl Session {
    /// When it ends by itself.
    pub(crate) fn expires_at(&self) -> Option<Timestamp> {
        let closed_at = self.closed_at.filter(|_| self.expiry < u32::MAX)?;
        Some(closed_at.after_seconds(self.expiry))
    }

    fn due_at(&self) -> Option<Timestamp> {
        self.will.and_then(|will| will.due_at).into_iter().chain(self.expires_at()).min()
    }
}
