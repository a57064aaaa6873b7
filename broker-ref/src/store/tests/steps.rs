//! Steps such as a broker gives: each leaves nothing that refers to nothing.

use std::{collections::BTreeSet, sync::Arc};

use mqttspec_codec::PacketIdentifier;
use proptest::{collection::vec, option, prelude::*};

use super::records;
use crate::core::{
    Delta, Entry, EntryState, MessageId, Place, SessionId, SessionRecord, Stored, StoredMessage, SubscriptionRecord,
};

/// One step is the deltas of one event.
pub(crate) type Step = Vec<Delta>;

/// Random legal steps; some are empty.
pub(crate) fn steps(len: usize) -> impl Strategy<Value = Vec<Step>> {
    vec(act(), 1..=len).prop_map(|acts| {
        let mut stored = Stored::default();
        acts.iter().enumerate().map(|(number, act)| step(&mut stored, number as u64 + 1, act)).collect()
    })
}

/// What is stored after these steps.
pub(crate) fn fold(steps: &[Step]) -> Stored {
    let mut stored = Stored::default();
    steps.iter().flatten().for_each(|delta| stored.apply(delta));
    stored
}

#[derive(Debug, Clone)]
enum Act {
    Connect(SessionId, SessionRecord),
    End(SessionId),
    Subscribe(SessionId, Arc<str>, SubscriptionRecord),
    Unsubscribe(SessionId, Arc<str>),
    Publish(Arc<StoredMessage>, Vec<(SessionId, Entry)>, Option<Arc<str>>),
    Move(SessionId, EntryState),
    Finish(SessionId),
    Receive(SessionId, PacketIdentifier),
    Release(SessionId),
    Clear(Arc<str>),
}

fn act() -> impl Strategy<Value = Act> {
    let session = || (1..8u64).prop_map(SessionId::new);
    let topic = || "[ab]/[cd]".prop_map(Arc::from);
    prop_oneof![
        4 => (session(), records::session()).prop_map(|(session, record)| Act::Connect(session, record)),
        1 => session().prop_map(Act::End),
        3 => (session(), topic(), records::subscription())
            .prop_map(|(session, filter, record)| Act::Subscribe(session, filter, record)),
        1 => (session(), topic()).prop_map(|(session, filter)| Act::Unsubscribe(session, filter)),
        8 => (records::message(), vec((session(), records::entry(1..2)), 0..4), option::of(topic()))
            .prop_map(|(message, to, retained)| Act::Publish(message, to, retained)),
        4 => (session(), records::state()).prop_map(|(session, state)| Act::Move(session, state)),
        4 => session().prop_map(Act::Finish),
        2 => (session(), records::packet_id()).prop_map(|(session, packet_id)| Act::Receive(session, packet_id)),
        1 => session().prop_map(Act::Release),
        1 => topic().prop_map(Act::Clear),
    ]
}

/// `number` was never used before.
fn step(stored: &mut Stored, number: u64, act: &Act) -> Step {
    let mut step: Step = deltas(stored, number, act);
    step.iter().for_each(|delta| stored.apply(delta));
    let referred: BTreeSet<MessageId> =
        stored.queue.values().map(|entry| entry.message).chain(stored.retained.values().copied()).collect();
    let orphans: Step =
        stored.messages.keys().filter(|id| !referred.contains(id)).map(|id| Delta::DropMessage(*id)).collect();
    orphans.iter().for_each(|delta| stored.apply(delta));
    step.extend(orphans);
    step
}

fn deltas(stored: &Stored, number: u64, act: &Act) -> Step {
    let is = |session: &SessionId| stored.sessions.contains_key(session);
    let first = |of: &SessionId| stored.queue.range((*of, Place::new(0))..=(*of, Place::new(u64::MAX))).next();
    match act {
        Act::Connect(session, record) => vec![Delta::PutSession(*session, record.clone())],
        Act::End(session) => vec![Delta::DropSession(*session)],
        Act::Subscribe(session, filter, record) if is(session) => {
            vec![Delta::PutSubscription(*session, Arc::clone(filter), *record)]
        }
        Act::Unsubscribe(session, filter) => vec![Delta::DropSubscription(*session, Arc::clone(filter))],
        Act::Publish(message, to, retained) => {
            let message_id = MessageId::new(number);
            let mut step = vec![Delta::PutMessage(message_id, Arc::clone(message))];
            step.extend(to.iter().filter(|(session, _)| is(session)).map(|(session, entry)| {
                let entry = Entry { message: message_id, ..entry.clone() };
                Delta::PutEntry(*session, Place::new(number), entry)
            }));
            step.extend(retained.iter().map(|topic| Delta::SetRetained(Arc::clone(topic), message_id)));
            step
        }
        Act::Move(session, state) => first(session)
            .map(|((_, place), entry)| Delta::PutEntry(*session, *place, Entry { state: *state, ..entry.clone() }))
            .into_iter()
            .collect(),
        Act::Finish(session) => {
            first(session).map(|((_, place), _)| Delta::DropEntry(*session, *place)).into_iter().collect()
        }
        Act::Receive(session, packet_id) if is(session) => vec![Delta::PutReceived(*session, *packet_id)],
        Act::Release(session) => {
            let received = stored.received.iter().find(|(of, _)| of == session);
            received.map(|(of, packet_id)| Delta::DropReceived(*of, *packet_id)).into_iter().collect()
        }
        Act::Clear(topic) => vec![Delta::ClearRetained(Arc::clone(topic))],
        Act::Subscribe(..) | Act::Receive(..) => Vec::new(),
    }
}
