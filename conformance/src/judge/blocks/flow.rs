//! `a => PACKET`: the answers of an exchange in its normal course. A refusal that the standard allows skips the case.

use std::{sync::Arc, time::Duration};

use mqttspec_codec::{PacketType, QoS};

use crate::{
    judge::{
        Cell, Failure, Verdict,
        accusation::cause::Cause,
        blocks::nothing,
        describe, failure,
        state::{Case, connection::Unread},
        steps::send,
    },
    packet::{Fields, Value, fields},
    source::Place,
    vector::script::Name,
};

/// An exchange in progress.
#[derive(Debug)]
pub(crate) struct Flow {
    who: Name,
    place: Place,
    text: Arc<str>,
    /// What was sent.
    sent: Fields,
    awaits: Awaits,
    since: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Awaits {
    Packet(PacketType),
    /// The PINGRESP to the PINGREQ that follows a PUBLISH with QoS 0.
    Fence(u64),
}

impl Flow {
    /// The exchange that follows the packet just sent; `None` if the standard defines no answer.
    pub(crate) fn start(
        who: Name,
        place: Place,
        text: Arc<str>,
        packet_type: PacketType,
        sent: Fields,
        case: &mut Case,
    ) -> Option<Self> {
        use PacketType as P;
        let awaits = match packet_type {
            P::Connect => Awaits::Packet(P::Connack),
            P::Subscribe => Awaits::Packet(P::Suback),
            P::Unsubscribe => Awaits::Packet(P::Unsuback),
            P::Pingreq => Awaits::Packet(P::Pingresp),
            P::Pubrel => Awaits::Packet(P::Pubcomp),
            P::Publish => match send::qos(&sent) {
                Some(QoS::AtLeastOnce) => Awaits::Packet(P::Puback),
                Some(QoS::ExactlyOnce) => Awaits::Packet(P::Pubrec),
                _ => Awaits::Fence(case.ping(&who)),
            },
            _ => return None,
        };
        Some(Self { who, place, text, sent, awaits, since: case.now })
    }

    /// Returns `Ok(None)` when the exchange has succeeded, otherwise the time to check again.
    pub(crate) fn poll(&mut self, case: &mut Case) -> Result<Option<Duration>, Verdict> {
        let Some(connection) = case.connections.get_mut(&self.who) else {
            debug_assert!(false, "an exchange has a connection");
            return Ok(None);
        };
        let found = match self.awaits {
            Awaits::Fence(ping) if connection.answered.contains_key(&ping) => return Ok(self.over(case)),
            Awaits::Fence(_) => None,
            Awaits::Packet(wanted) => {
                let id = if wanted == PacketType::Connack { None } else { self.sent.get("packet_id") };
                let place = connection.unread.iter().position(|unread| match &unread.packet {
                    Some((found, fields)) => *found == wanted && fields.get("packet_id") == id,
                    None => false,
                });
                place.map(|place| (wanted, connection.unread.remove(place)))
            }
        };
        match found {
            Some((answer, unread)) => {
                self.judge(case, answer, &unread)?;
                if answer != PacketType::Pubrec {
                    return Ok(self.over(case));
                }
                let packet_id = self.sent.get("packet_id").and_then(Value::as_number).unwrap_or_default();
                case.answer(&self.who, PacketType::Pubrel, u16::try_from(packet_id).unwrap_or_default(), false);
                self.awaits = Awaits::Packet(PacketType::Pubcomp);
                self.since = case.now;
                self.poll(case)
            }
            None => self.wait(case),
        }
    }

    /// `within` counts from the last packet of the exchange, `after` from its first.
    fn over(&self, case: &mut Case) -> Option<Duration> {
        case.last_act.written = case.now;
        case.last_act.in_progress = false;
        None
    }

    fn wait(&self, case: &Case) -> Result<Option<Duration>, Verdict> {
        let what = match self.awaits {
            Awaits::Packet(packet_type) => packet_type.name(),
            Awaits::Fence(_) => case.setup.fence_by.answer().name(),
        };
        let connection = case.connections.get(&self.who);
        let oldest = connection.and_then(|connection| connection.unread.first());
        let who = &self.who;
        if let Some((_, how)) = connection.and_then(|connection| connection.ended.as_ref()) {
            let what = format!("no {what} on {who}: the connection ended ({how})");
            return Err(self.failed(case, what, self.ended(), oldest));
        }
        let deadline = self.since.saturating_add(case.setup.deadline);
        if case.now >= deadline {
            let time = describe::seconds(case.setup.deadline);
            let cause = match self.awaits {
                Awaits::Packet(packet_type) => Cause::Absent(packet_type, &[]),
                Awaits::Fence(_) => nothing::unanswered(case.setup.fence_by),
            };
            return Err(self.failed(case, format!("no {what} on {who} within {time}"), cause, oldest));
        }
        Ok(Some(deadline))
    }

    /// The connection ended before the answer. That is a matter of what was sent, unless no such answer ever comes.
    fn ended(&self) -> Cause<'static> {
        match self.awaits {
            Awaits::Packet(PacketType::Pingresp) => Cause::Ended,
            Awaits::Fence(_) if self.sent.get("retain") == Some(&Value::Bool(true)) => {
                Cause::Answer(Cell::RetainRefused)
            }
            Awaits::Fence(_) => Cause::Ended,
            Awaits::Packet(packet_type) => Cause::Absent(packet_type, &[]),
        }
    }

    /// Whether the answer is a success, a refusal or invalid.
    fn judge(&self, case: &Case, answer: PacketType, unread: &Unread) -> Result<(), Verdict> {
        let Some((_, fields)) = &unread.packet else {
            debug_assert!(false, "an answer is a packet");
            return Ok(());
        };
        let failing = |code: u64| code >= 0x80;
        let code = fields.get("reason_code").and_then(Value::as_number).unwrap_or_default();
        match answer {
            PacketType::Connack => {
                let asked = self.sent.get("session_expiry_interval").and_then(Value::as_number);
                let given = fields.get("session_expiry_interval").and_then(Value::as_number);
                if failing(code) || matches!((asked, given), (Some(asked), Some(given)) if given < asked) {
                    return Err(self.refused(unread));
                }
            }
            PacketType::Suback => {
                let (asked, given) = (asked_qos(&self.sent), codes(fields));
                let raised = asked.iter().zip(&given).any(|(asked, given)| !failing(*given) && given > asked);
                let sorted = |codes: &[u64]| {
                    let mut codes = codes.to_vec();
                    codes.sort_unstable();
                    codes
                };
                let wrong = match (asked.len() == given.len(), sorted(&asked) == sorted(&given)) {
                    (false, _) => Some(Cell::SubackNumber),
                    (true, true) => raised.then_some(Cell::SubackOrder),
                    (true, false) => raised.then_some(Cell::SubackGrant),
                };
                if let Some(cell) = wrong {
                    let what = format!("SUBACK on {} does not match the SUBSCRIBE", self.who);
                    return Err(self.failed(case, what, Cause::Answer(cell), Some(unread)));
                }
                if asked != given {
                    return Err(self.refused(unread));
                }
            }
            PacketType::Unsuback if codes(fields).into_iter().any(failing) => return Err(self.refused(unread)),
            PacketType::Puback | PacketType::Pubrec if failing(code) => return Err(self.refused(unread)),
            PacketType::Pubcomp if failing(code) => {
                let what = format!("PUBCOMP on {} reports a failure after a successful PUBREC", self.who);
                return Err(self.failed(case, what, Cause::Answer(Cell::NoPubcomp), Some(unread)));
            }
            _ => {}
        }
        Ok(())
    }

    fn refused(&self, unread: &Unread) -> Verdict {
        let packet = unread.packet.as_ref().map(|(packet_type, fields)| fields::describe(*packet_type, fields));
        let hex = describe::hex(&unread.bytes);
        Verdict::Skip(format!("`{}` was answered with {} ({hex})", self.text, packet.unwrap_or_default()).into())
    }

    fn failed(&self, case: &Case, what: String, cause: Cause<'_>, observed: Option<&Unread>) -> Verdict {
        Verdict::Fail(Box::new(Failure {
            what: what.into(),
            place: Some(self.place.clone()),
            step: Some(self.text.clone()),
            expected: vec![self.text.to_string()],
            observed: observed.map(|unread| failure::observed(case, &self.who, unread)),
            accusation: case.accuse(&self.who, None, cause),
        }))
    }
}

fn asked_qos(sent: &Fields) -> Vec<u64> {
    let Some(Value::List(subscriptions)) = sent.get("subscriptions") else { return Vec::new() };
    let qos = |subscription: &Value| match subscription {
        Value::Map(fields) => fields.get("qos").and_then(Value::as_number).unwrap_or_default(),
        _ => 0,
    };
    subscriptions.iter().map(qos).collect()
}

fn codes(fields: &Fields) -> Vec<u64> {
    match fields.get("reason_codes") {
        Some(Value::List(codes)) => codes.iter().filter_map(Value::as_number).collect(),
        _ => Vec::new(),
    }
}
