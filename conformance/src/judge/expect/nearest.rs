//! What came instead of an expected packet, so that a failure tells more than that it did not come.

use mqttspec_codec::PacketType;

use super::{
    Plan,
    matching::{self, Misfit},
};
use crate::{
    judge::{
        accusation::cause::Wanted,
        state::{Case, connection::Unread},
    },
    packet::{Fields, Value},
    vector::script::Name,
};

/// The unread packet that misses an expectation by the fewest fields.
pub(super) struct Near<'a> {
    pub(super) unread: &'a Unread,
    pub(super) fields: &'a Fields,
    pub(super) misfits: Vec<Misfit>,
    /// How many packets of the type are unread.
    count: usize,
}

/// The nearest unread packet of that type.
pub(super) fn unread<'a>(who: &Name, packet_type: PacketType, wanted: &[Wanted], case: &'a Case) -> Option<Near<'a>> {
    let unread = &case.connections.get(who)?.unread;
    let of_this_type = unread.iter().filter_map(|unread| match &unread.packet {
        Some((found, fields)) if *found == packet_type => Some((unread, fields)),
        _ => None,
    });
    let count = of_this_type.clone().count();
    let misfits = of_this_type.filter_map(|(unread, fields)| {
        let misfits = matching::packet(packet_type, wanted, fields, &case.names).err()?;
        Some(Near { unread, fields, misfits, count })
    });
    misfits.min_by_key(|near| near.misfits.len())
}

impl Near<'_> {
    /// Whether it is another message of the case, and not the expected one with a wrong topic.
    pub(super) fn is_other_message(&self, case: &Case) -> bool {
        let bytes = |name| self.fields.get(name).and_then(Value::as_bytes).unwrap_or_default();
        let Ok(topic) = std::str::from_utf8(bytes("topic")) else { return false };
        let payload = Some(bytes("payload"));
        case.traffic.last_published(Some(topic), payload).is_some() || case.traffic.will(topic, payload).is_some()
    }

    pub(super) fn text(&self, packet_type: PacketType) -> String {
        let why = matching::texts(&self.misfits);
        match self.count {
            1 => format!("a {packet_type} came that does not match: {why}"),
            count => format!("{count} came that do not match, the nearest of them: {why}"),
        }
    }
}

/// A packet on the connection of another client that nothing permits.
pub(super) fn forwarded<'a>(who: &Name, case: &'a Case) -> Option<(&'a Name, &'a Unread)> {
    let others = case.connections.iter().filter(|(other, connection)| *other != who && !connection.discarding);
    others.into_iter().find_map(|(other, connection)| {
        let mut plan = Plan::new(&case.names);
        let unread = connection.unread.iter().find(|unread| !plan.permit(case, other, unread))?;
        Some((other, unread))
    })
}
