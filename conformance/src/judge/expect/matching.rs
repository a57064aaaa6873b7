//! Compares the fields of a packet with those of an expectation, and reports every mismatch.

use mqttspec_codec::{PacketType, ReasonCode};

use super::names::{Names, Unresolved};
use crate::{
    judge::describe,
    packet::{
        Fields, Value,
        fields::{self, Kind},
    },
    vector::script::{Matcher, Term},
};

/// The result of a match: the names as bound by it, and its warnings.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) names: Names,
    pub(crate) warnings: Vec<String>,
}

/// A field that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    pub(crate) field: &'static str,
    /// `expected qos 2, found 1`
    pub(crate) text: String,
}

/// Checks that the packet has every field as written.
///
/// # Errors
/// The fields that do not match. The first is the one that may explain the others.
pub(crate) fn packet(
    packet_type: PacketType,
    wanted: &[(&'static str, Matcher)],
    fields: &Fields,
    names: &Names,
) -> Result<Fit, Vec<Misfit>> {
    let mut attempt = Attempt::new(packet_type, names);
    let mut misfits = Vec::new();
    for (field, matcher) in wanted {
        if let Err(text) = attempt.field(field, matcher, fields.get(field)) {
            misfits.push(Misfit { field, text });
        }
    }
    let written = |name| wanted.iter().any(|(field, _)| *field == name);
    for field in ["reason_code", "reason_codes"] {
        if !written(field)
            && is_acknowledgement(packet_type)
            && let Err(text) = attempt.no_failure(field, fields.get(field))
        {
            misfits.push(Misfit { field, text });
        }
    }
    misfits.sort_by_key(|misfit| rank(misfit.field));
    match misfits.is_empty() {
        true => Ok(Fit { names: attempt.names, warnings: attempt.warnings }),
        false => Err(misfits),
    }
}

/// The texts of all misfits.
pub(crate) fn texts(misfits: &[Misfit]) -> String {
    let texts: Vec<&str> = misfits.iter().map(|misfit| misfit.text.as_str()).collect();
    texts.join("; ")
}

/// A field with a lower rank explains those with a higher one: a message that is lowered to QoS 0 has no Packet
/// Identifier.
fn rank(field: &str) -> usize {
    let place = FIRST_FIELDS.iter().position(|first| *first == field);
    place.unwrap_or(if field == "payload" { FIRST_FIELDS.len() + 1 } else { FIRST_FIELDS.len() })
}

const FIRST_FIELDS: [&str; 8] =
    ["topic", "qos", "retain", "dup", "packet_id", "session_present", "reason_code", "reason_codes"];

/// Whether this is the packet that the expectation looks for, by topic (PUBLISH) or Packet Identifier (others), if that
/// is written and is not a name that this packet would bind.
pub(crate) fn key_fits(
    packet_type: PacketType,
    wanted: &[(&'static str, Matcher)],
    fields: &Fields,
    names: &Names,
) -> bool {
    let key = if packet_type == PacketType::Publish { "topic" } else { "packet_id" };
    wanted.iter().filter(|(name, _)| *name == key).all(|(name, matcher)| value(name, matcher, fields, names))
}

/// Whether a matcher without names accepts a single value, such as one that a case `requires`.
#[must_use]
pub fn matches(matcher: &Matcher, found: Option<&Value>) -> bool {
    alone(PacketType::Connack, "", matcher, found, &Names::default()).is_ok()
}

/// Whether a matcher accepts a value. A value on the `warn` list adds a warning.
pub(crate) fn alone(
    packet_type: PacketType,
    name: &'static str,
    matcher: &Matcher,
    found: Option<&Value>,
    names: &Names,
) -> Result<Fit, String> {
    let mut attempt = Attempt::new(packet_type, names);
    attempt.field(name, matcher, found)?;
    Ok(Fit { names: attempt.names, warnings: attempt.warnings })
}

fn value(name: &'static str, matcher: &Matcher, fields: &Fields, names: &Names) -> bool {
    alone(PacketType::Publish, name, matcher, fields.get(name), names).is_ok()
}

/// Packets whose Reason Code may be a failure only if the expectation writes it.
pub(crate) fn is_acknowledgement(packet_type: PacketType) -> bool {
    use PacketType as P;
    matches!(packet_type, P::Connack | P::Puback | P::Pubrec | P::Pubrel | P::Pubcomp | P::Suback | P::Unsuback)
}

struct Attempt {
    packet_type: PacketType,
    field: &'static str,
    names: Names,
    warnings: Vec<String>,
}

impl Attempt {
    fn new(packet_type: PacketType, names: &Names) -> Self {
        Self { packet_type, field: "", names: names.clone(), warnings: Vec::new() }
    }

    fn field(&mut self, name: &'static str, matcher: &Matcher, found: Option<&Value>) -> Result<(), String> {
        self.field = name;
        self.one(name, matcher, found)
    }

    fn kind(&self) -> Kind {
        fields::lookup(self.packet_type, self.field).map_or(Kind::Text, |field| field.kind)
    }

    fn one(&mut self, path: &str, matcher: &Matcher, found: Option<&Value>) -> Result<(), String> {
        match matcher {
            Matcher::Absent if found.is_none() => Ok(()),
            Matcher::Any if found.is_some() => Ok(()),
            Matcher::Is(term) => self.is(path, term, found),
            // present, and not that value
            Matcher::Not(inner) if found.is_some() && !self.would_fit(path, inner, found) => Ok(()),
            Matcher::AnyOf { hard, warn } => {
                for choice in hard {
                    if self.try_one(path, choice, found).is_ok() {
                        return Ok(());
                    }
                }
                for choice in warn {
                    if self.try_one(path, choice, found).is_ok() {
                        self.warnings.push(format!("{}: {}", self.packet_type, self.other(path, matcher, found)));
                        return Ok(());
                    }
                }
                Err(self.other(path, matcher, found))
            }
            Matcher::Failure if number(found).is_some_and(is_failure) => Ok(()),
            Matcher::Between(least, most) if number(found).is_some_and(|n| (*least..=*most).contains(&n)) => Ok(()),
            Matcher::Items(wanted) => match found {
                Some(Value::List(items)) if items.len() == wanted.len() => {
                    for (index, (matcher, item)) in wanted.iter().zip(items).enumerate() {
                        self.one(&format!("{path}[{index}]"), matcher, Some(item))?;
                    }
                    Ok(())
                }
                _ => Err(self.other(path, matcher, found)),
            },
            Matcher::Each(inner) => match found {
                Some(Value::List(items)) => {
                    for (index, item) in items.iter().enumerate() {
                        self.one(&format!("{path}[{index}]"), inner, Some(item))?;
                    }
                    Ok(())
                }
                _ => Err(self.other(path, matcher, found)),
            },
            Matcher::Unordered(wanted) => self.in_any_order(path, matcher, wanted, found),
            Matcher::Within(wanted) => self.between_others(path, matcher, wanted, found),
            _ => Err(self.other(path, matcher, found)),
        }
    }

    /// Restores the names and warnings if the value does not match.
    fn try_one(&mut self, path: &str, matcher: &Matcher, found: Option<&Value>) -> Result<(), String> {
        let (names, warnings) = (self.names.clone(), self.warnings.len());
        let tried = self.one(path, matcher, found);
        if tried.is_err() {
            self.names = names;
            self.warnings.truncate(warnings);
        }
        tried
    }

    fn would_fit(&self, path: &str, matcher: &Matcher, found: Option<&Value>) -> bool {
        let mut attempt = Attempt::new(self.packet_type, &self.names);
        attempt.one(path, matcher, found).is_ok()
    }

    fn is(&mut self, path: &str, term: &Term, found: Option<&Value>) -> Result<(), String> {
        let Some(found) = found else { return Err(self.other(path, &Matcher::Is(term.clone()), None)) };
        match (self.names.resolve(term), term) {
            (Ok(wanted), _) if equal(&wanted, found) => Ok(()),
            (Err(Unresolved::Name(_)), Term::Name(name)) => {
                self.names.bind(name, found.clone());
                Ok(())
            }
            (Err(Unresolved::Name(_)), Term::List(terms)) => match found {
                Value::List(items) if items.len() == terms.len() => {
                    terms.iter().zip(items).try_for_each(|(term, item)| self.is(path, term, Some(item)))
                }
                _ => Err(self.other(path, &Matcher::Is(term.clone()), Some(found))),
            },
            _ => Err(self.other(path, &Matcher::Is(term.clone()), Some(found))),
        }
    }

    fn in_any_order(
        &mut self,
        path: &str,
        whole: &Matcher,
        wanted: &[Matcher],
        found: Option<&Value>,
    ) -> Result<(), String> {
        let Some(Value::List(items)) = found else { return Err(self.other(path, whole, found)) };
        let mut left: Vec<&Value> = items.iter().collect();
        for matcher in wanted {
            let place = left.iter().position(|item| self.try_one(path, matcher, Some(item)).is_ok());
            let Some(place) = place else { return Err(self.other(path, whole, found)) };
            left.remove(place);
        }
        if left.is_empty() { Ok(()) } else { Err(self.other(path, whole, found)) }
    }

    fn between_others(
        &mut self,
        path: &str,
        whole: &Matcher,
        wanted: &[Matcher],
        found: Option<&Value>,
    ) -> Result<(), String> {
        let mut items = match found {
            Some(Value::List(items)) => items.iter(),
            None if wanted.is_empty() => return Ok(()),
            _ => return Err(self.other(path, whole, found)),
        };
        for matcher in wanted {
            if !items.any(|item| self.try_one(path, matcher, Some(item)).is_ok()) {
                return Err(self.other(path, whole, found));
            }
        }
        Ok(())
    }

    fn no_failure(&mut self, name: &'static str, found: Option<&Value>) -> Result<(), String> {
        let failed = match found {
            Some(Value::List(codes)) => codes.iter().any(|code| number(Some(code)).is_some_and(is_failure)),
            one => number(one).is_some_and(is_failure),
        };
        if !failed {
            return Ok(());
        }
        self.field = name;
        Err(format!("{name} is {}, which is a failure", describe::value(self.packet_type, self.kind(), found)))
    }

    fn other(&self, path: &str, matcher: &Matcher, found: Option<&Value>) -> String {
        let kind = self.kind();
        let found = describe::value(self.packet_type, kind, found);
        match matcher {
            Matcher::Any => format!("{path} is absent"),
            Matcher::Not(_) if found != "absent" => format!("{path} is {found}, which is not allowed"),
            _ => {
                let expected = describe::matcher(self.packet_type, kind, matcher, &self.names);
                format!("expected {path} {expected}, found {found}")
            }
        }
    }
}

/// Compares values. A flag of one byte may be written as a number, and vice versa.
fn equal(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Bool(flag), Value::Number(number)) | (Value::Number(number), Value::Bool(flag)) => {
            u64::from(*flag) == *number
        }
        // only the written keys of a map are compared
        (Value::Map(wanted), Value::Map(found)) => {
            wanted.iter().all(|(name, value)| found.get(name).is_some_and(|found| equal(value, found)))
        }
        (Value::List(wanted), Value::List(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| equal(wanted, found))
        }
        (wanted, found) => wanted == found,
    }
}

fn number(value: Option<&Value>) -> Option<u64> {
    value.and_then(Value::as_number)
}

fn is_failure(number: u64) -> bool {
    u8::try_from(number).ok().and_then(ReasonCode::from_number).is_some_and(ReasonCode::is_failure)
}
