//! The end of a case: a fence on all open connections at the same time.

mod leftovers;

pub(crate) use self::leftovers::LeftoverTracker;

use std::time::Duration;

use super::{
    Cell, Command, Direction, Failure,
    accusation::cause::Cause,
    blocks::nothing::{self, Fence, FenceState},
    describe,
    expect::Plan,
    failure,
    state::{
        Case,
        connection::{Connack, Connection},
    },
};
use crate::{
    packet::{Fields, fields},
    vector::script::Name,
};

/// The fences at the end of a case.
#[derive(Debug)]
pub(crate) struct Ending {
    since: Duration,
    /// The fence; `None` if the connection has ended already, so that only its unread packets are judged.
    fences: Vec<(Name, Option<Fence>)>,
}

impl Ending {
    pub(crate) fn start(case: &mut Case) -> Self {
        let live = case.connections.iter().filter(|(_, connection)| !connection.released);
        let live: Vec<(Name, bool)> = live.map(|(who, connection)| (Name::clone(who), connection.is_open())).collect();
        let fences = live.into_iter().map(|(who, open)| {
            let fence = open.then(|| Fence::start(&who, case));
            (who, fence)
        });
        Self { fences: fences.collect(), since: case.now }
    }

    /// Returns `Ok(None)` when nothing arrived.
    pub(crate) fn poll(&self, case: &Case) -> Result<Option<Duration>, Box<Failure>> {
        let mut wake = None;
        for (who, fence) in &self.fences {
            let until = match fence {
                Some(fence) => self.evaluate(case, who, fence)?,
                None => {
                    unexpected(case, who)?;
                    None
                }
            };
            wake = match (wake, until) {
                (Some(wake), Some(until)) => Some(std::cmp::min::<Duration>(wake, until)),
                (one, other) => one.or(other),
            };
        }
        Ok(wake)
    }

    fn evaluate(&self, case: &Case, who: &Name, fence: &Fence) -> Result<Option<Duration>, Box<Failure>> {
        unexpected(case, who)?;
        let Some(connection) = case.connections.get(who) else {
            debug_assert!(false, "fences are on known connections");
            return Ok(None);
        };
        if let Some((_, how)) = &connection.ended {
            // the Server may close a connection after refusing it or sending DISCONNECT
            if !connection.is_accepted() || connection.server_disconnected || connection.disconnecting {
                return Ok(None);
            }
            let what = format!("the connection of {who} ended at the end of the case ({how})");
            return Err(failed(case, who, what, Cause::Ended, None));
        }
        let deadline = self.since.saturating_add(case.setup.deadline);
        let time = describe::seconds(case.setup.deadline);
        if let Some((packet, cell)) = must_end(connection) {
            if case.now < deadline {
                return Ok(Some(deadline));
            }
            let what =
                format!("{who} is still connected {time} after the case, although {packet} must end the connection");
            let failure = failed(case, who, what, Cause::Rule(cell), None);
            return Err(Box::new(Failure { expected: vec![format!("{who} <- closed")], ..*failure }));
        }
        match fence.state(who, case) {
            FenceState::Until(until) => Ok((case.now < until).then_some(until)),
            FenceState::Unanswered => {
                if case.now < deadline {
                    return Ok(Some(deadline));
                }
                let fence = case.setup.fence_by;
                let what = format!("no {} on {who} within {time} at the end of the case", fence.answer());
                Err(failed(case, who, what, nothing::unanswered(fence), None))
            }
        }
    }
}

/// The Server's last packet on an open connection, and what is wrong if that stays open.
fn must_end(connection: &Connection) -> Option<(&'static str, Cell)> {
    match connection.connack {
        _ if connection.server_disconnected => Some(("DISCONNECT", Cell::OpenAfterDisconnect)),
        Connack::Refused => Some(("the CONNACK that refuses it", Cell::AfterRefusal)),
        _ => None,
    }
}

/// Fails on an unread packet that no `may` permits.
fn unexpected(case: &Case, who: &Name) -> Result<(), Box<Failure>> {
    let Some(connection) = case.connections.get(who) else {
        debug_assert!(false, "fences are on known connections");
        return Ok(());
    };
    let mut plan = Plan::new(&case.names);
    match connection.unread.iter().find(|unread| !plan.permit(case, who, unread)) {
        Some(unread) => {
            let near = nothing::nearest(case, who, unread);
            let what = format!("{who} received a packet that the case does not expect{near}");
            Err(failed(case, who, what, Cause::Unexpected(unread, false), Some(failure::observed(case, who, unread))))
        }
        None => Ok(()),
    }
}

fn failed(
    case: &Case,
    who: &Name,
    what: String,
    cause: Cause<'_>,
    observed: Option<crate::judge::Observed>,
) -> Box<Failure> {
    let failure = failure::accused(what, case.accuse(who, None, cause), observed);
    Box::new(Failure { expected: vec![format!("{who} <- nothing")], ..failure })
}

/// Closes all connections, whatever the verdict, with a DISCONNECT so that no Will is published. What the case has left
/// without an acknowledgement gets one before: v5 and v3.1.1 [MQTT-4.5.0-2].
pub(crate) fn disconnect_all(case: &mut Case) {
    let open: Vec<Name> = case
        .connections
        .iter()
        .filter(|(_, connection)| connection.is_open())
        .map(|(who, _)| Name::clone(who))
        .collect();
    case.commands.clear();
    for who in open {
        let Some(connection) = case.connections.get_mut(&who) else { continue };
        connection.joined.clear();
        let (number, version, may_say) = (connection.number, connection.version, connection.may_ping());
        if may_say {
            case.acknowledge_all(&who);
        }
        let disconnect = fields::write(mqttspec_codec::PacketType::Disconnect, &Fields::new(), version);
        if let Ok(bytes) = disconnect
            && may_say
        {
            let text = describe::packet(&bytes, version);
            case.record(&who, Direction::Sent, text, &bytes, true);
            case.commands.push_back(Command::Send { connection: number, pieces: vec![bytes] });
        }
        if let Some(connection) = case.connections.get_mut(&who) {
            connection.discarding = true;
        }
        case.commands.push_back(Command::Close(number));
    }
}
