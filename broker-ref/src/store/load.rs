//! From the tables to [`Stored`]: every row is read strictly, and none is left that refers to nothing.

use std::{collections::BTreeSet, sync::Arc};

use mqttspec_codec::{PacketIdentifier, TopicFilter, TopicName};
use redb::{Error, Key, ReadTransaction, TableDefinition, Value};

use super::{
    error::{FORMAT, StoreErrorKind},
    record::decode,
    tables::{MESSAGES, META, META_CLOCK, META_FORMAT, QUEUE, RECEIVED, RETAINED, SESSIONS, SUBSCRIPTIONS},
};
use crate::core::{Delta, MessageId, Place, SessionId, Stored, Timestamp};

/// Is the format one that this version knows?
pub(super) fn check_format(transaction: &ReadTransaction) -> Result<(), StoreErrorKind> {
    match meta(transaction, META_FORMAT)? {
        Some(FORMAT) => Ok(()),
        Some(newer) if newer > FORMAT => Err(StoreErrorKind::Newer(newer)),
        _ => Err(StoreErrorKind::Damaged("no format number".to_owned())),
    }
}

/// The highest time that was recorded.
pub(super) fn clock(transaction: &ReadTransaction) -> Result<Timestamp, StoreErrorKind> {
    Ok(Timestamp::from_millis(meta(transaction, META_CLOCK)?.unwrap_or(0)))
}

/// All tables, and how many bytes their rows have.
pub(super) fn tables(transaction: &ReadTransaction) -> Result<(Stored, usize), StoreErrorKind> {
    let mut stored = Stored::default();
    let mut bytes = 0;
    let mut rows = Rows { transaction, bytes: &mut bytes };
    rows.each("sessions", SESSIONS, |id, row| {
        stored.sessions.insert(SessionId::new(id), decode(row)?);
        Some(())
    })?;
    rows.each("subscriptions", SUBSCRIPTIONS, |(session, filter), row| {
        let filter: Arc<str> = TopicFilter::new(filter).ok()?.as_str().into();
        stored.subscriptions.insert((SessionId::new(session), filter), decode(row)?);
        Some(())
    })?;
    rows.each("messages", MESSAGES, |id, row| {
        stored.messages.insert(MessageId::new(id), Arc::new(decode(row)?));
        Some(())
    })?;
    rows.each("queue", QUEUE, |(session, place), row| {
        stored.queue.insert((SessionId::new(session), Place::new(place)), decode(row)?);
        Some(())
    })?;
    rows.each("received", RECEIVED, |(session, packet_id), ()| {
        stored.received.insert((SessionId::new(session), PacketIdentifier::new(packet_id)?));
        Some(())
    })?;
    rows.each("retained", RETAINED, |topic, id| {
        let topic: Arc<str> = TopicName::new(topic).ok()?.as_str().into();
        stored.retained.insert(topic, MessageId::new(id));
        Some(())
    })?;
    Ok((stored, bytes))
}

/// What takes out every row that refers to a Session or a message that is not there, or to which nothing refers. A
/// number that is free is given out again: a row that was left there would belong to the wrong Session.
pub(super) fn orphans(stored: &Stored) -> Vec<Delta> {
    let of = stored.subscriptions.keys().map(|(session, _)| *session);
    let of = of.chain(stored.queue.keys().map(|(session, _)| *session));
    let of: BTreeSet<SessionId> = of.chain(stored.received.iter().map(|(session, _)| *session)).collect();
    let gone = of.into_iter().filter(|session| !stored.sessions.contains_key(session)).map(Delta::DropSession);
    let mut deltas: Vec<Delta> = gone.collect();
    let mut referred = BTreeSet::new();
    for ((session, place), entry) in &stored.queue {
        match stored.messages.contains_key(&entry.message) {
            // one of a Session that is gone refers to nothing
            true if stored.sessions.contains_key(session) => drop(referred.insert(entry.message)),
            true => {}
            false => deltas.push(Delta::DropEntry(*session, *place)),
        }
    }
    for (topic, message) in &stored.retained {
        match stored.messages.contains_key(message) {
            true => drop(referred.insert(*message)),
            false => deltas.push(Delta::ClearRetained(Arc::clone(topic))),
        }
    }
    deltas.extend(stored.messages.keys().filter(|id| !referred.contains(id)).map(|id| Delta::DropMessage(*id)));
    deltas
}

fn meta(transaction: &ReadTransaction, key: &str) -> Result<Option<u64>, Error> {
    let table = transaction.open_table(META)?;
    let row = table.get(key)?;
    Ok(row.map(|row| row.value()))
}

struct Rows<'t> {
    transaction: &'t ReadTransaction,
    bytes: &'t mut usize,
}

impl Rows<'_> {
    /// `read` gives `None` for a row that was not written so.
    fn each<K: Key + 'static, V: Value + 'static>(
        &mut self,
        name: &str,
        table: TableDefinition<'_, K, V>,
        mut read: impl FnMut(K::SelfType<'_>, V::SelfType<'_>) -> Option<()>,
    ) -> Result<(), StoreErrorKind> {
        let table = self.transaction.open_table(table).map_err(Error::from)?;
        for row in table.range::<K::SelfType<'_>>(..).map_err(Error::from)? {
            let (key, value) = row.map_err(Error::from)?;
            *self.bytes += K::as_bytes(&key.value()).as_ref().len() + V::as_bytes(&value.value()).as_ref().len();
            if read(key.value(), value.value()).is_none() {
                return Err(StoreErrorKind::Damaged(format!("unreadable row in table {name}: {:?}", key.value())));
            }
        }
        Ok(())
    }
}
