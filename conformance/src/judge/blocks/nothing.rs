//! `a <- nothing`: a fence. It sends PINGREQ, waits for PINGRESP, and then for a grace period in which nothing arrives.

use std::time::Duration;

use crate::{
    judge::{
        Cell, FenceBy,
        accusation::cause::Cause,
        describe,
        expect::{Evaluation, Plan, Waiting, matching},
        state::{Case, connection::Unread},
    },
    vector::script::Name,
};

/// A fence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fence {
    /// The number of its ping; `None` if the Server would not recognize a ping, before CONNACK or within bytes that are
    /// not a packet.
    ping: Option<u64>,
    since: Duration,
}

/// The state of a fence.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FenceState {
    /// The PINGRESP has arrived, if one is due. Nothing may arrive until that time.
    Until(Duration),
    /// The PINGRESP has not arrived.
    Unanswered,
}

impl Fence {
    /// Sends the ping.
    pub(crate) fn start(who: &Name, case: &mut Case) -> Self {
        let may_ping = case.connections.get(who).is_some_and(|connection| connection.may_ping());
        Self { ping: may_ping.then(|| case.ping(who)), since: case.now }
    }

    pub(crate) fn state(&self, who: &Name, case: &Case) -> FenceState {
        let answered = match self.ping {
            Some(ping) => case.connections.get(who).and_then(|connection| connection.answered.get(&ping).copied()),
            None => Some(self.since),
        };
        // a Server under load answers pings late, and other packets even later
        let grace = |at: Duration| case.grace().max(at.saturating_sub(self.since).saturating_mul(4));
        let longest = LONGEST_GRACE.max(case.setup.round_trip);
        answered.map_or(FenceState::Unanswered, |at| FenceState::Until(at.saturating_add(grace(at).min(longest))))
    }
}

/// Whether nothing has arrived for long enough.
pub(crate) fn evaluate(waiting: &Waiting, fence: &Fence, case: &Case) -> Evaluation {
    let who = waiting.who();
    let Some(connection) = case.connections.get(who) else {
        return waiting.failed(case, format!("{who} has no connection"), Cause::Other, None);
    };
    let mut plan = Plan::new(&case.names);
    if let Some(unexpected) = connection.unread.iter().find(|unread| !plan.permit(case, who, unread)) {
        let what = format!("{who} received a packet, expected nothing{}", nearest(case, who, unexpected));
        return waiting.failed(case, what, Cause::Unexpected(unexpected, false), Some(unexpected));
    }
    if let Some((_, how)) = &connection.ended {
        return waiting.failed(case, format!("the connection of {who} ended ({how})"), Cause::Ended, None);
    }
    match fence.state(who, case) {
        FenceState::Unanswered => {
            let deadline = fence.since.saturating_add(case.setup.deadline);
            if case.now < deadline {
                return Evaluation::Wait(deadline);
            }
            let time = describe::seconds(case.setup.deadline);
            let fence = case.setup.fence_by;
            waiting.failed(case, format!("no {} on {who} within {time}", fence.answer()), unanswered(fence), None)
        }
        FenceState::Until(grace) => {
            let within = waiting.expectation.within.map(|within| case.last_act.written.saturating_add(within));
            let until = grace.max(within.unwrap_or_default());
            if case.now >= until { Evaluation::Met(plan) } else { Evaluation::Wait(until) }
        }
    }
}

/// In which fields an unexpected packet misses the nearest `may`.
pub(crate) fn nearest(case: &Case, who: &Name, unread: &Unread) -> String {
    let identity = case.connections.get(who).and_then(|connection| connection.identity.as_deref());
    let near = match (&unread.packet, identity) {
        (Some((packet_type, fields)), Some(identity)) => case.nearest_permission(identity, *packet_type, fields),
        _ => None,
    };
    near.map_or(String::new(), |(_, misfits)| format!("; the nearest `may` misses it: {}", matching::texts(&misfits)))
}

const LONGEST_GRACE: Duration = Duration::from_secs(2);

/// What is wrong if a fence, which the suite sends by itself, is not answered.
pub(crate) const fn unanswered(fence: FenceBy) -> Cause<'static> {
    match fence {
        FenceBy::Ping | FenceBy::Time => Cause::Answer(Cell::NoPingresp),
        FenceBy::Unsubscribe => Cause::Answer(Cell::NoUnsuback),
    }
}
