//! Applies the effects of a met expectation.

use mqttspec_codec::PacketType;

use super::Plan;
use crate::{
    judge::{expect, state::Case},
    vector::script::{Expectation, Name},
};

impl Case {
    /// Applies a plan.
    pub(crate) fn commit(&mut self, plan: Plan, expectation: &Expectation) {
        let who = &expectation.who;
        self.names = plan.names;
        plan.warnings.iter().for_each(|warning| self.add_warning(warning));
        expectation.warn.iter().for_each(|warn| self.add_warning(warn));
        let mut used: Vec<usize> = Vec::new();
        for (serial, place) in plan.ignored {
            let permission =
                self.permissions.get(place).map(|permission| (permission.acknowledge, permission.warn.clone()));
            let (acknowledge, warn) = permission.unwrap_or_default();
            warn.iter().for_each(|warn| self.add_warning(warn));
            self.take(who, serial, acknowledge);
            used.push(place);
        }
        used.sort_unstable();
        for place in used.into_iter().rev() {
            if place < self.permissions.len() {
                self.permissions.remove(place);
            }
        }
        if let Some(serial) = plan.take {
            self.take(who, serial, expectation.acknowledge);
        }
        if plan.release
            && let Some(connection) = self.connections.get_mut(who)
        {
            connection.released = true;
        }
    }

    /// Removes a packet from the unread ones, and acknowledges it if requested.
    fn take(&mut self, who: &Name, serial: u64, acknowledge: bool) {
        let Some(connection) = self.connections.get_mut(who) else {
            debug_assert!(false, "a plan takes packets of known connections");
            return;
        };
        let place = connection.unread.iter().position(|unread| unread.serial == serial);
        let Some(place) = place else {
            debug_assert!(false, "a plan takes packets that are unread");
            return;
        };
        let unread = connection.unread.remove(place);
        if acknowledge
            && !unread.acknowledged
            && let Some((PacketType::Publish, fields)) = &unread.packet
        {
            self.acknowledge(who, fields, false);
        }
        // a later acknowledgement may have waited for this packet
        self.acknowledge_due(who);
    }

    /// Acknowledges packets that a `may` with `<=` permits and that nothing else expects now. A Server that keeps only
    /// one delivery in flight sends no other until then.
    pub(crate) fn acknowledge_permitted(&mut self) {
        let (mut used, mut due) = (Vec::new(), Vec::new());
        for (who, connection) in &mut self.connections {
            for unread in &mut connection.unread {
                let permission = self.permissions.iter().enumerate().position(|(place, permission)| {
                    permission.acknowledge
                        && permission.who == *who
                        && !used.contains(&place)
                        && expect::fits(permission, unread, &self.names).is_some()
                });
                used.extend(permission);
                if permission.is_some() && !std::mem::replace(&mut unread.acknowledged, true) {
                    due.extend(unread.packet.as_ref().map(|(_, fields)| (Name::clone(who), fields.clone())));
                }
            }
        }
        for (who, fields) in due {
            self.acknowledge(&who, &fields, false);
        }
    }
}
