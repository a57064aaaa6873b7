//! Evaluates one expectation against the unread packets. The evaluation changes nothing; it returns a plan of what
//! changes if the expectation is met.

pub(crate) mod commit;
pub(crate) mod matching;
pub(crate) mod names;
mod nearest;
pub(crate) mod raw;

use std::time::Duration;

use mqttspec_codec::PacketType;

use self::{
    matching::{Fit, is_acknowledgement},
    names::Names,
};
use crate::{
    judge::{
        Accusation, Failure,
        accusation::cause::{Cause, Packet},
        blocks::{
            closed,
            nothing::{self, Fence},
        },
        describe, failure,
        state::{
            Case,
            connection::{Opening, Unread},
        },
    },
    packet::Value,
    vector::script::{Expectation, Expected, Matcher, Name},
};

/// A pending expectation.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) expectation: Expectation,
    /// When the case reached it.
    since: Duration,
    /// The fence of `nothing`.
    fence: Option<Fence>,
}

/// The result of evaluating an expectation.
#[derive(Debug)]
pub(crate) enum Evaluation {
    /// It is met.
    Met(Plan),
    /// It is not met yet. Check again when something arrives, or at that time.
    Wait(Duration),
    /// It cannot be met any more.
    Failed(Box<Failure>),
}

/// What changes if an expectation is met.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Packets that a `may` permits, each with the index of the permission.
    pub(crate) ignored: Vec<(u64, usize)>,
    /// The packet that was expected.
    pub(crate) take: Option<u64>,
    pub(crate) names: Names,
    pub(crate) warnings: Vec<String>,
    /// Whether the end of the connection was expected, so that the next send opens a new one.
    pub(crate) release: bool,
}

impl Plan {
    pub(crate) fn new(names: &Names) -> Self {
        Self { ignored: Vec::new(), take: None, names: names.clone(), warnings: Vec::new(), release: false }
    }

    pub(crate) fn adopt(&mut self, fit: Fit) {
        self.names = fit.names;
        self.warnings.extend(fit.warnings);
    }

    /// Ignores a packet if `may` permits it and no other packet of this plan has used that permission.
    pub(crate) fn permit(&mut self, case: &Case, who: &str, unread: &Unread) -> bool {
        for (place, permission) in case.permissions.iter().enumerate() {
            let used = self.ignored.iter().any(|(_, other)| *other == place);
            if used || &*permission.who != who {
                continue;
            }
            if let Some(fit) = fits(permission, unread, &self.names) {
                self.adopt(fit);
                self.ignored.push((unread.serial, place));
                return true;
            }
        }
        false
    }
}

/// Whether a packet fully matches an expectation of a packet, apart from its time.
pub(crate) fn fits(expectation: &Expectation, unread: &Unread, names: &Names) -> Option<Fit> {
    match (&expectation.what, &unread.packet) {
        (Expected::Packet(packet_type, wanted), Some((found, fields))) if packet_type == found => {
            matching::packet(*packet_type, wanted, fields, names).ok()
        }
        (Expected::Raw(pieces), _) => raw::fits(pieces, &unread.bytes, names),
        _ => None,
    }
}

impl Waiting {
    /// Starts waiting. For `nothing`, this sends the ping.
    pub(crate) fn start(expectation: Expectation, case: &mut Case) -> Self {
        let fence = matches!(expectation.what, Expected::Nothing).then(|| Fence::start(&expectation.who, case));
        Self { since: case.now, expectation, fence }
    }

    pub(crate) fn evaluate(&self, case: &Case) -> Evaluation {
        let expectation = &self.expectation;
        match (&expectation.what, &self.fence) {
            (Expected::Packet(packet_type, wanted), _) => self.evaluate_packet(case, *packet_type, wanted),
            (Expected::Raw(pieces), _) => {
                let connection = case.connections.get(&expectation.who);
                let found = connection
                    .iter()
                    .flat_map(|connection| &connection.unread)
                    .find_map(|unread| raw::fits(pieces, &unread.bytes, &case.names).map(|fit| (unread, fit)));
                match found {
                    Some((unread, fit)) => self.take(case, unread, fit, Plan::new(&case.names)),
                    None => self.not_yet(case),
                }
            }
            (Expected::Open(subprotocol), _) => self.evaluate_opening(case, subprotocol.as_ref()),
            (Expected::Closed(code), _) => closed::evaluate(self, case, code.as_ref()),
            (Expected::Nothing, Some(fence)) => nothing::evaluate(self, fence, case),
            (Expected::Nothing, None) => Evaluation::Wait(case.now),
        }
    }

    fn evaluate_packet(&self, case: &Case, packet_type: PacketType, wanted: &[(&'static str, Matcher)]) -> Evaluation {
        let who = &self.expectation.who;
        let Some(connection) = case.connections.get(who) else { return self.not_yet(case) };
        let mut plan = Plan::new(&case.names);
        for unread in &connection.unread {
            let Some((found, fields)) = &unread.packet else { continue };
            if *found != packet_type || !matching::key_fits(packet_type, wanted, fields, &plan.names) {
                continue;
            }
            match matching::packet(packet_type, wanted, fields, &plan.names) {
                Ok(fit) => return self.take(case, unread, fit, plan),
                Err(_) if plan.permit(case, who, unread) => {}
                Err(misfits) => {
                    let what = format!("{packet_type} on {who} does not match: {}", matching::texts(&misfits));
                    let packet = Packet { packet_type, fields, wanted, misfits: &misfits };
                    return self.failed(case, what, Cause::Misfit(&packet), Some(unread));
                }
            }
        }
        self.not_yet(case)
    }

    /// The packet matches; checks whether it came in time.
    fn take(&self, case: &Case, unread: &Unread, fit: Fit, mut plan: Plan) -> Evaluation {
        if let Some(why) = self.out_of_time(case, unread.at) {
            return self.failed(case, why, Cause::Other, Some(unread));
        }
        plan.adopt(fit);
        plan.take = Some(unread.serial);
        Evaluation::Met(plan)
    }

    fn evaluate_opening(&self, case: &Case, wanted: Option<&Matcher>) -> Evaluation {
        let who = &self.expectation.who;
        let Some(connection) = case.connections.get(who) else { return self.not_yet(case) };
        match &connection.opening {
            Opening::Asked => self.not_yet(case),
            Opening::Refused(why) => self.failed(case, format!("{who} could not connect: {why}"), Cause::Other, None),
            Opening::Open(subprotocol) => {
                let mut plan = Plan::new(&case.names);
                let found = subprotocol.as_deref().map(Value::text);
                let fit = wanted.map(|wanted| {
                    matching::alone(PacketType::Connect, "subprotocol", wanted, found.as_ref(), &case.names)
                });
                match fit {
                    Some(Err(why)) => {
                        return self.failed(case, format!("{who} is open, but {why}"), Cause::Other, None);
                    }
                    Some(Ok(fit)) => plan.adopt(fit),
                    None => {}
                }
                Evaluation::Met(plan)
            }
        }
    }

    /// No unread packet matches yet.
    pub(crate) fn not_yet(&self, case: &Case) -> Evaluation {
        let (deadline, what) = (self.deadline(case), describe::expected(&self.expectation));
        let connection = case.connections.get(&self.expectation.who);
        if let Some((_, how)) = connection.and_then(|connection| connection.ended.as_ref()) {
            let what = format!("no {what}: the connection ended ({how})");
            let cause = match &self.expectation.what {
                Expected::Packet(packet_type, wanted) if is_acknowledgement(*packet_type) => {
                    Cause::Absent(*packet_type, wanted)
                }
                // it says nothing about a message or a PINGRESP that would have come
                _ => Cause::Ended,
            };
            return self.failed(case, what, cause, self.oldest(case));
        }
        if case.now < deadline {
            return Evaluation::Wait(deadline);
        }
        let time = describe::seconds(self.expectation.within.unwrap_or(case.setup.deadline));
        let what = format!("no {what} within {time}");
        match &self.expectation.what {
            Expected::Packet(packet_type, wanted) => match nearest::unread(self.who(), *packet_type, wanted, case) {
                Some(near) => {
                    let packet =
                        Packet { packet_type: *packet_type, fields: near.fields, wanted, misfits: &near.misfits };
                    let cause = match near.is_other_message(case) {
                        true => Cause::Absent(*packet_type, wanted),
                        false => Cause::Misfit(&packet),
                    };
                    self.failed(case, format!("{what}; {}", near.text(*packet_type)), cause, Some(near.unread))
                }
                None => self.failed(case, what, Cause::Absent(*packet_type, wanted), self.oldest(case)),
            },
            Expected::Closed(_) => {
                // what others received weighs more than an end that is late
                let forwarded = nearest::forwarded(self.who(), case);
                let what = match &forwarded {
                    Some((other, unread)) => {
                        format!("{what}, and {other} received {}", failure::observed(case, other, unread).text)
                    }
                    None => what,
                };
                let observed = forwarded.map(|(other, unread)| failure::observed(case, other, unread));
                let failure = failure::of(case, &self.expectation, what, Cause::Open, observed);
                Evaluation::Failed(Box::new(failure))
            }
            _ => self.failed(case, what, Cause::Other, self.oldest(case)),
        }
    }

    /// What it says that this was not met in time.
    pub(crate) fn accuse(&self, case: &Case) -> Accusation {
        let accuse = |cause: Cause<'_>| case.accuse(self.who(), self.expectation.cites.as_ref(), cause);
        match &self.expectation.what {
            Expected::Packet(packet_type, wanted) => {
                let (packet_type, near) = (*packet_type, nearest::unread(self.who(), *packet_type, wanted, case));
                match near.filter(|near| !near.is_other_message(case)) {
                    Some(nearest::Near { fields, misfits, .. }) => {
                        accuse(Cause::Misfit(&Packet { packet_type, fields, wanted, misfits: &misfits }))
                    }
                    None => accuse(Cause::Absent(packet_type, wanted)),
                }
            }
            Expected::Closed(_) => accuse(Cause::Open),
            _ => accuse(Cause::Other),
        }
    }

    fn oldest<'a>(&self, case: &'a Case) -> Option<&'a Unread> {
        case.connections.get(&self.expectation.who)?.unread.first()
    }

    /// The deadline. A written `within` counts from the last act; the default counts from when the case reached the
    /// expectation, if that is later.
    pub(crate) fn deadline(&self, case: &Case) -> Duration {
        match self.expectation.within {
            Some(within) => case.last_act.written.saturating_add(within),
            None => case.last_act.written.max(self.since).saturating_add(case.setup.deadline),
        }
    }

    /// Why an arrival at that time is too early or too late.
    pub(crate) fn out_of_time(&self, case: &Case, at: Duration) -> Option<String> {
        let Expectation { after, within, .. } = &self.expectation;
        let what = describe::expected(&self.expectation);
        if let Some(after) = after.filter(|after| at < case.last_act.started.saturating_add(*after)) {
            let early = describe::seconds(at.saturating_sub(case.last_act.started));
            return Some(format!("{what} came after {early}, expected not before {}", describe::seconds(after)));
        }
        let within = within.filter(|within| at > case.last_act.written.saturating_add(*within))?;
        let late = describe::seconds(at.saturating_sub(case.last_act.written));
        Some(format!("{what} came after {late}, expected within {}", describe::seconds(within)))
    }

    pub(crate) fn failed(&self, case: &Case, what: String, cause: Cause<'_>, observed: Option<&Unread>) -> Evaluation {
        let observed = observed.map(|unread| failure::observed(case, &self.expectation.who, unread));
        Evaluation::Failed(Box::new(failure::of(case, &self.expectation, what, cause, observed)))
    }

    pub(crate) fn who(&self) -> &Name {
        &self.expectation.who
    }
}
