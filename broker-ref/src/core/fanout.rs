//! [`Fanout`]: a message on its way to all subscribers, as far as it has come; [`Fanouts`]: those that go on later.
//!
//! Messages of one Client are sent out one after another, so that their order holds (section 4.6): what it publishes
//! while one of its messages is on its way waits. Those of several Clients take turns, a few of them at a time, for each
//! has to remember what it has found.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use mqttspec_codec::Delivery;

use super::{
    addressed::Receivers,
    event::ConnectionId,
    ids::SessionId,
    message::Message,
    record::{SessionRecord, WillRecord},
    topic_search::Search,
};

#[derive(Debug)]
pub(super) struct Fanout {
    pub(super) message: Message,
    number: u64,
    once: bool,
    pub(super) stage: Stage,
    /// A subscription matched.
    pub(super) anybody: bool,
    pub(super) then: Then,
}

/// First all receivers are found, then they get the message.
#[derive(Debug)]
pub(super) enum Stage {
    Find(Search, Receivers),
    Deliver(Receivers),
}

/// What follows when everybody has got the message.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    /// The publisher is told.
    Acknowledge {
        on: ConnectionId,
        session: SessionId,
        delivery: Delivery,
    },
    /// It is a Will, and the store forgets the row in which it was kept on the way.
    Forget {
        will: Box<WillRecord>,
        /// The user whose Will it is.
        user_name: Option<Arc<str>>,
        row: Option<(SessionId, Box<SessionRecord>)>,
    },
}

impl Fanout {
    /// Starts to send out a message, as the one with this number. `once` says whether a Client with several matching
    /// subscriptions gets it once.
    pub(super) fn new(message: Message, number: u64, once: bool, then: Then) -> Self {
        let search = Search::new(Arc::clone(&message.body.topic), number);
        Self { message, number, once, stage: Stage::Find(search, Receivers::new(once)), anybody: false, then }
    }

    /// Forgets what has been found, unless somebody may have got the message.
    fn start_over(&mut self) {
        if let Stage::Find(..) = self.stage {
            let search = Search::new(Arc::clone(&self.message.body.topic), self.number);
            self.stage = Stage::Find(search, Receivers::new(self.once));
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Fanouts {
    by_publisher: BTreeMap<Arc<str>, Waiting>,
    /// The Client Identifiers of the publishers.
    turns: VecDeque<Arc<str>>,
}

#[derive(Debug, Default)]
struct Waiting {
    fanouts: VecDeque<Fanout>,
    /// Connections whose input waits for them.
    inputs: Vec<ConnectionId>,
}

impl Fanouts {
    pub(super) fn is_empty(&self) -> bool {
        self.by_publisher.is_empty()
    }

    /// Whether messages of this Client are on their way.
    pub(super) fn has(&self, client_id: &str) -> bool {
        !self.is_empty() && self.by_publisher.contains_key(client_id)
    }

    /// Adds a message that is to go on later, behind the others of its publisher.
    pub(super) fn add(&mut self, mut fanout: Fanout) {
        fanout.start_over();
        let publisher = Arc::clone(&fanout.message.body.publisher);
        let waiting = self.by_publisher.entry(Arc::clone(&publisher)).or_default();
        if waiting.fanouts.is_empty() {
            self.turns.push_back(publisher);
        }
        waiting.fanouts.push_back(fanout);
    }

    /// Takes out the message in turn.
    pub(super) fn next(&mut self) -> Option<Fanout> {
        let publisher = self.turns.pop_front()?;
        self.by_publisher.get_mut(&publisher)?.fanouts.pop_front()
    }

    /// Puts back the one taken out, for its next turn.
    pub(super) fn put_back(&mut self, fanout: Fanout) {
        let publisher = Arc::clone(&fanout.message.body.publisher);
        self.by_publisher.entry(Arc::clone(&publisher)).or_default().fanouts.push_front(fanout);
        self.turns.insert(self.turns.len().min(ACTIVE), publisher);
    }

    /// The message taken out is with everybody. Returns the connections that waited, if its publisher has no other.
    pub(super) fn finish(&mut self, publisher: &Arc<str>) -> Vec<ConnectionId> {
        match self.by_publisher.get(publisher).is_some_and(|waiting| waiting.fanouts.is_empty()) {
            true => self.by_publisher.remove(publisher).map(|waiting| waiting.inputs).unwrap_or_default(),
            false => {
                self.turns.push_back(Arc::clone(publisher));
                Vec::new()
            }
        }
    }

    /// The input of a connection waits for the messages of this Client. Returns false if there are none.
    pub(super) fn wait(&mut self, client_id: &str, connection: ConnectionId) -> bool {
        let waiting = self.by_publisher.get_mut(client_id);
        waiting.map(|waiting| waiting.inputs.push(connection)).is_some()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Fanout> {
        self.by_publisher.values().flat_map(|waiting| &waiting.fanouts)
    }
}

/// How many publishers' messages are on their way at the same time, besides the one in turn.
const ACTIVE: usize = 3;
