//! The Server's limits. A send that would exceed one skips the case, unless the case tests that limit.

use mqttspec_codec::{PacketType, Version};

use crate::{
    judge::{
        Verdict, describe,
        state::{Case, connection::Connack},
    },
    packet::{Fields, Value},
    vector::script::Name,
};

/// Whether a packet may be sent now.
#[derive(Debug)]
pub(crate) enum Permission {
    Now,
    /// Once fewer than that many deliveries are unacknowledged; the Server's Receive Maximum is used up.
    Later(usize),
}

/// Compares a packet with the Server's limits.
///
/// # Errors
/// A skip, with the limit as evidence.
pub(crate) fn check(
    case: &Case,
    who: &Name,
    packet_type: PacketType,
    fields: &Fields,
    len: usize,
) -> Result<Permission, Verdict> {
    let limits = Limits { case, who };
    let number = |name: &str| fields.get(name).and_then(Value::as_number);
    limits.at_most("maximum_packet_size", len as u64, "bytes")?;
    match packet_type {
        PacketType::Publish => {
            let qos = number("qos").unwrap_or_default();
            limits.at_most("maximum_qos", qos, "as QoS")?;
            limits.at_most("topic_alias_maximum", number("topic_alias").unwrap_or_default(), "as Topic Alias")?;
            if fields.get("retain") == Some(&Value::Bool(true)) {
                limits.available("retain_available")?;
            }
            // sent after the connection ended; nothing to wait for
            let open = case.connections.get(who).filter(|connection| connection.is_open());
            let in_flight = open.map_or(0, |connection| connection.in_flight.len()) as u64;
            match limits.value("receive_maximum") {
                Some(most) if qos > 0 && in_flight >= most => {
                    Ok(Permission::Later(usize::try_from(most).unwrap_or(usize::MAX)))
                }
                _ => Ok(Permission::Now),
            }
        }
        PacketType::Subscribe => {
            if fields.contains_key("subscription_identifier") {
                limits.available("subscription_identifier_available")?;
            }
            for filter in filters(fields) {
                if filter.starts_with(b"$share/") {
                    limits.available("shared_subscription_available")?;
                }
                if filter.iter().any(|byte| b"#+".contains(byte)) {
                    limits.available("wildcard_subscription_available")?;
                }
            }
            Ok(Permission::Now)
        }
        PacketType::Connect => {
            if let Some(Value::Map(will)) = fields.get("will") {
                let qos = will.get("qos").and_then(Value::as_number).unwrap_or_default();
                limits.at_most("maximum_qos", qos, "as Will QoS")?;
                if will.get("retain") == Some(&Value::Bool(true)) {
                    limits.available("retain_available")?;
                }
            }
            Ok(Permission::Now)
        }
        _ => Ok(Permission::Now),
    }
}

/// The skip of a case in which the Receive Maximum stayed used up.
pub(crate) fn used_up(case: &Case, who: &Name) -> Verdict {
    let limits = Limits { case, who };
    let most = limits.value("receive_maximum").unwrap_or_default();
    let time = describe::seconds(case.setup.deadline);
    Verdict::Skip(format!("the Server's receive_maximum is {most}, and it acknowledged nothing for {time}").into())
}

struct Limits<'a> {
    case: &'a Case,
    who: &'a Name,
}

impl Limits<'_> {
    /// The limit from CONNACK, or as probed before it and before v5; `None` if there is no limit, or the case tests it.
    fn value(&self, name: &str) -> Option<u64> {
        if self.case.setup.subject.iter().any(|subject| subject == name) {
            return None;
        }
        let connection = self.case.connections.get(self.who)?;
        match &connection.connack {
            Connack::Accepted(connack) if connection.version == Version::V5 => match connack.get(name) {
                Some(Value::Bool(flag)) => Some(u64::from(*flag)),
                Some(value) => value.as_number(),
                // v5 section 3.2.2.3.8: if CONNACK does not mention aliases, there are none
                None => (name == "topic_alias_maximum").then_some(0),
            },
            _ => self.case.setup.limits.get(name).map(|limit| limit.most),
        }
    }

    /// How the limit was found out, in brackets, if CONNACK does not announce it.
    fn learned(&self, name: &str) -> String {
        let connection = self.case.connections.get(self.who);
        let announced = connection.is_some_and(|own| own.version == Version::V5 && own.is_accepted());
        let limit = self.case.setup.limits.get(name).filter(|_| !announced);
        limit.map_or(String::new(), |limit| format!(" ({})", limit.evidence))
    }

    fn at_most(&self, name: &str, sent: u64, what: &str) -> Result<(), Verdict> {
        match self.value(name) {
            Some(most) if sent > most => {
                let learned = self.learned(name);
                Err(Verdict::Skip(
                    format!("the Server's {name} is {most}{learned}, but the case sends {sent} {what}").into(),
                ))
            }
            _ => Ok(()),
        }
    }

    fn available(&self, name: &str) -> Result<(), Verdict> {
        match self.value(name) {
            Some(0) => {
                let learned = self.learned(name);
                Err(Verdict::Skip(format!("the Server's {name} is false{learned}, but the case uses it").into()))
            }
            _ => Ok(()),
        }
    }
}

fn filters(fields: &Fields) -> impl Iterator<Item = &[u8]> {
    let subscriptions = match fields.get("subscriptions") {
        Some(Value::List(items)) => &items[..],
        _ => &[],
    };
    subscriptions.iter().filter_map(|subscription| match subscription {
        Value::Map(subscription) => subscription.get("filter")?.as_bytes(),
        _ => None,
    })
}
