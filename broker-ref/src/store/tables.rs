//! The tables, and what each [`Delta`] changes in them.
//!
//! | table | key | value |
//! |---|---|---|
//! | `meta` | `"format"`, `"clock"` | number of the format; the highest time that was recorded, in milliseconds since 1970 |
//! | `sessions` | Session | Client Identifier, version, User Name, expiry, end of its connection, Will |
//! | `subscriptions` | Session, Topic Filter | options, Subscription Identifier |
//! | `messages` | message | publisher, expiry, the message as a PUBLISH of v5 |
//! | `queue` | Session, place | message, QoS, RETAIN, Subscription Identifiers, share, how far it is |
//! | `received` | Session, Packet Identifier | nothing |
//! | `retained` | Topic Name | message |
//!
//! Keys and values are numbers, texts, bytes and tuples of them: their form is the same in all versions of the
//! database.

use redb::{Error, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::{error::FORMAT, record::encode};
use crate::core::{Delta, SessionId, Timestamp};

pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
pub(super) const SESSIONS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("sessions");
pub(super) const SUBSCRIPTIONS: TableDefinition<'_, (u64, &str), &[u8]> = TableDefinition::new("subscriptions");
pub(super) const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");
pub(super) const QUEUE: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("queue");
pub(super) const RECEIVED: TableDefinition<'_, (u64, u16), ()> = TableDefinition::new("received");
pub(super) const RETAINED: TableDefinition<'_, &str, u64> = TableDefinition::new("retained");

pub(super) const META_FORMAT: &str = "format";
pub(super) const META_CLOCK: &str = "clock";

/// All tables of one transaction.
pub(super) struct Tables<'t> {
    meta: Table<'t, &'static str, u64>,
    sessions: Table<'t, u64, &'static [u8]>,
    subscriptions: Table<'t, (u64, &'static str), &'static [u8]>,
    messages: Table<'t, u64, &'static [u8]>,
    queue: Table<'t, (u64, u64), &'static [u8]>,
    received: Table<'t, (u64, u16), ()>,
    retained: Table<'t, &'static str, u64>,
    scratch: Vec<u8>,
}

impl<'t> Tables<'t> {
    /// Makes those that are not there.
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, Error> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            sessions: transaction.open_table(SESSIONS)?,
            subscriptions: transaction.open_table(SUBSCRIPTIONS)?,
            messages: transaction.open_table(MESSAGES)?,
            queue: transaction.open_table(QUEUE)?,
            received: transaction.open_table(RECEIVED)?,
            retained: transaction.open_table(RETAINED)?,
            scratch: Vec::new(),
        })
    }

    pub(super) fn write_format(&mut self) -> Result<(), Error> {
        self.meta.insert(META_FORMAT, FORMAT)?;
        Ok(())
    }

    pub(super) fn write_clock(&mut self, clock: Timestamp) -> Result<(), Error> {
        let clock = clock.as_millis();
        let before = self.meta.get(META_CLOCK)?.map_or(0, |before| before.value());
        if clock > before {
            self.meta.insert(META_CLOCK, clock)?;
        }
        Ok(())
    }

    /// Makes the change, as [`Stored::apply`](crate::core::Stored::apply) does.
    pub(super) fn apply(&mut self, delta: &Delta) -> Result<(), Error> {
        match delta {
            Delta::PutSession(session, record) => {
                self.sessions.insert(session.number(), encode(record, &mut self.scratch))?;
            }
            Delta::DropSession(session) => self.drop_session(*session)?,
            Delta::PutSubscription(session, filter, record) => {
                self.subscriptions.insert((session.number(), &**filter), encode(record, &mut self.scratch))?;
            }
            Delta::DropSubscription(session, filter) => {
                self.subscriptions.remove((session.number(), &**filter))?;
            }
            Delta::PutMessage(id, message) => {
                self.messages.insert(id.number(), encode(&**message, &mut self.scratch))?;
            }
            Delta::DropMessage(id) => drop(self.messages.remove(id.number())?),
            Delta::PutEntry(session, place, entry) => {
                self.queue.insert((session.number(), place.number()), encode(entry, &mut self.scratch))?;
            }
            Delta::DropEntry(session, place) => drop(self.queue.remove((session.number(), place.number()))?),
            Delta::PutReceived(session, packet_id) => {
                self.received.insert((session.number(), packet_id.number()), ())?;
            }
            Delta::DropReceived(session, packet_id) => {
                self.received.remove((session.number(), packet_id.number()))?;
            }
            Delta::SetRetained(topic, id) => drop(self.retained.insert(&**topic, id.number())?),
            Delta::ClearRetained(topic) => drop(self.retained.remove(&**topic)?),
        }
        Ok(())
    }

    fn drop_session(&mut self, session: SessionId) -> Result<(), Error> {
        let (session, next) = (session.number(), session.number().saturating_add(1));
        self.sessions.remove(session)?;
        self.subscriptions.retain_in((session, "")..(next, ""), |_, _| false)?;
        self.queue.retain_in((session, 0)..(next, 0), |_, _| false)?;
        self.received.retain_in((session, 0)..(next, 0), |_, _| false)?;
        Ok(())
    }
}
