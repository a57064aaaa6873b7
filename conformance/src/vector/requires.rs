//! What a case requires of a broker: effective values of CONNACK properties, and capabilities of our own.

use mqttspec_codec::PacketType;

use super::{
    compiler::{Compiler, Scope},
    matcher::Wanted,
    script::{Matcher, Term},
};
use crate::{
    packet::{
        Value,
        fields::{self, Kind},
    },
    source::{Mark, Mistake, Node, nearest},
};

/// Capabilities that CONNACK does not announce.
const OURS: [(&str, Kind); 7] = [
    // it can be stopped and started again
    ("restart", Kind::Flag),
    // a wrong password is refused
    ("authentication", Kind::Flag),
    // a method of enhanced authentication that it offers
    ("authentication_method", Kind::Text),
    // a topic to which we may neither publish nor subscribe
    ("denied_topic", Kind::Text),
    // an empty Client Identifier is accepted
    ("zero_length_client_id", Kind::Flag),
    // how many URLs of a cluster there are
    ("nodes", Kind::Number(0xFF)),
    // the transport; implied by `frame`, and by `open` with fields
    (WEBSOCKET, Kind::Flag),
];

/// Implied by steps that need WebSocket.
pub(super) const WEBSOCKET: &str = "websocket";

/// The names that `requires` accepts, and the kinds of their values: first those of CONNACK, then ours.
#[must_use]
pub fn capabilities() -> Vec<(&'static str, Kind)> {
    let announced = fields::of(PacketType::Connack).into_iter().filter_map(|field| match field.kind {
        Kind::Number(_) if field.name == "maximum_qos" => Some((field.name, Kind::Qos)),
        Kind::Number(0xFF) => Some((field.name, Kind::Flag)),
        Kind::Number(_) => Some((field.name, field.kind)),
        _ => None,
    });
    announced.chain(OURS).collect()
}

/// The kind of a capability.
#[must_use]
pub fn capability(name: &str) -> Option<Kind> {
    capabilities().into_iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
}

/// The value of a capability that was not probed. Our own flags are off; everything else is absent.
#[must_use]
pub fn unlearned(name: &str) -> Option<Value> {
    OURS.contains(&(name, Kind::Flag)).then_some(Value::Bool(false))
}

impl Compiler<'_> {
    /// Reads `requires`. From now on its names have values.
    pub(super) fn requires(&mut self, node: &Node, scope: Scope<'_>) -> Result<Vec<(String, Matcher)>, Mistake> {
        let mut requires = Vec::new();
        for entry in node.map()? {
            let Some(kind) = capability(&entry.key) else { return Err(unknown(&entry.key, entry.at)) };
            let wanted = Wanted { kind, name: &entry.key, packet: None, binds: false };
            if let Some(matcher) = self.matcher(&entry.value, wanted, scope)? {
                requires.push((entry.key.clone(), matcher));
            }
        }
        self.required = requires.iter().map(|(name, _)| name.clone()).collect();
        Ok(requires)
    }
}

fn unknown(name: &str, at: Mark) -> Mistake {
    let names: Vec<&str> = capabilities().into_iter().map(|(name, _)| name).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("expected one of {}", names.join(", ")),
    };
    Mistake::new(at, format!("unknown capability `{name}`; {help}"))
}

/// A value that meets the requirement, for checking a case before a broker is known.
pub(super) fn stand_in(name: &str, matcher: &Matcher) -> Option<Value> {
    match matcher {
        Matcher::Absent => None,
        Matcher::Is(Term::Value(value)) => Some(value.clone()),
        Matcher::Between(least, most) => Some(Value::Number(8.clamp(*least, (*most).max(*least)))),
        Matcher::AnyOf { hard, .. } => hard.first().and_then(|first| stand_in(name, first)),
        _ => Some(match capability(name) {
            Some(Kind::Flag) => Value::Bool(true),
            Some(Kind::Text) => Value::text("known"),
            Some(Kind::Qos) => Value::Number(1),
            _ => Value::Number(8),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_properties_of_connack_and_ours() {
        let names: Vec<&str> = capabilities().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 10 + OURS.len());
        assert_eq!(capability("maximum_qos"), Some(Kind::Qos));
        assert_eq!(capability("shared_subscription_available"), Some(Kind::Flag));
        assert_eq!(capability("session_expiry_interval"), Some(Kind::Number(0xFFFF_FFFF)));
        assert_eq!(capability("reason_string"), None);
    }

    #[test]
    fn every_flag_of_ours_is_off_until_it_is_learned() {
        let flags = OURS.iter().filter(|(_, kind)| *kind == Kind::Flag);
        assert_eq!(flags.filter(|(name, _)| unlearned(name) == Some(Value::Bool(false))).count(), 4);
        for absent in ["denied_topic", "authentication_method", "nodes", "maximum_qos", "retain_available"] {
            assert_eq!(unlearned(absent), None, "{absent}");
        }
    }
}
