//! [`Form`]: how the value of a setting is written, and what it says.

use toml::de::{DeInteger, DeValue};

/// A value, its units gone: bytes, milliseconds or seconds, as its form says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Absent,
    Flag(bool),
    Number(u64),
    Text(String),
    Texts(Vec<String>),
}

/// How a value is written.
#[derive(Debug)]
pub(super) enum Form {
    Flag,
    /// A whole number, in this range.
    Count(u64, u64),
    /// Bytes: a whole number, or a string with its unit. In this range.
    Size(u64, u64),
    /// A string with its unit. The first is what the number counts, the range is in it.
    Time(TimeUnit, u64, u64),
    OneOf(&'static [&'static str]),
    Text,
    /// One text or more.
    Texts,
    /// A word for this value; other values are written in the form.
    Or(&'static str, Value, &'static Form),
}

/// The unit of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeUnit {
    Milliseconds = 1,
    Seconds = 1000,
}

impl Form {
    /// What TOML says; `None` if it is not of this form.
    pub(super) fn read(&self, toml: &DeValue<'_>) -> Option<Value> {
        match (self, toml) {
            (Self::Or(word, value, _), DeValue::String(text)) if text == word => Some(value.clone()),
            (Self::Or(_, _, form), _) => form.read(toml),
            (Self::Flag, DeValue::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Self::Count(from, to) | Self::Size(from, to), DeValue::Integer(integer)) => {
                in_range(number(integer)?, *from, *to)
            }
            (Self::Size(from, to), DeValue::String(text)) => in_range(with_unit(text, SIZES)?, *from, *to),
            (Self::Time(unit, from, to), DeValue::String(text)) => {
                let (milliseconds, unit) = (with_unit(text, TIMES)?, *unit as u64);
                (milliseconds % unit == 0).then(|| in_range(milliseconds / unit, *from, *to))?
            }
            (Self::OneOf(words), DeValue::String(text)) if words.contains(&text.as_ref()) => {
                Some(Value::Text(text.to_string()))
            }
            (Self::Text, DeValue::String(text)) => Some(Value::Text(text.to_string())),
            (Self::Texts, DeValue::Array(texts)) if !texts.is_empty() => {
                let texts = texts.iter().map(|text| text.get_ref().as_str().map(str::to_owned));
                Some(Value::Texts(texts.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    /// The value as TOML. Reading it gives the value.
    pub(super) fn show(&self, value: &Value) -> String {
        match (self, value) {
            (Self::Or(word, absent, _), _) if value == absent => quoted(word),
            (Self::Or(_, _, form), _) => form.show(value),
            (Self::Size(..), Value::Number(bytes)) => {
                let unit = SIZES.iter().rev().find(|(_, size)| bytes % size == 0 && bytes / size > 0);
                match unit {
                    Some((unit, size)) if *size > 1 => quoted(&format!("{} {unit}", bytes / size)),
                    _ => bytes.to_string(),
                }
            }
            (Self::Time(unit, ..), Value::Number(count)) => {
                let milliseconds = count.saturating_mul(*unit as u64);
                let fits = |(_, size): &&(&str, u64)| milliseconds % size == 0 && milliseconds / size > 0;
                let (unit, size) = TIMES.iter().rev().find(fits).unwrap_or(&("s", 1000));
                quoted(&format!("{} {unit}", milliseconds / size))
            }
            (_, Value::Flag(flag)) => flag.to_string(),
            (_, Value::Number(number)) => number.to_string(),
            (_, Value::Text(text)) => quoted(text),
            (_, Value::Texts(texts)) => {
                format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
            }
            (_, Value::Absent) => quoted(""),
        }
    }

    /// What is expected, as a string.
    pub(super) fn expected(&self) -> String {
        let range = self.range();
        match self {
            Self::Count(..) => format!("a whole number from {range}"),
            Self::Size(..) => {
                format!("a size from {range}, such as \"1 MiB\" (B, KiB, MiB, GiB) or a number of bytes")
            }
            Self::Time(TimeUnit::Seconds, ..) => format!("a time from {range}, such as \"10 s\" (s, min, h, d)"),
            Self::Time(TimeUnit::Milliseconds, ..) => {
                format!("a time from {range}, such as \"10 s\" (ms, s, min, h, d)")
            }
            Self::Or(word, _, form) => format!("{} or {}", quoted(word), form.expected()),
            Self::Flag | Self::OneOf(_) | Self::Text | Self::Texts => range,
        }
    }

    /// The same, shorter.
    pub(super) fn range(&self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Count(from, to) | Self::Size(from, to) | Self::Time(_, from, to) => {
                let [from, to] = [from, to].map(|number| self.show(&Value::Number(*number)));
                format!("{from} to {to}")
            }
            Self::OneOf(words) => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" or "),
            Self::Text => "a string".to_owned(),
            Self::Texts => "a list of strings".to_owned(),
            Self::Or(word, _, form) => format!("{} or {}", quoted(word), form.range()),
        }
    }
}

fn in_range(number: u64, from: u64, to: u64) -> Option<Value> {
    (from..=to).contains(&number).then_some(Value::Number(number))
}

fn number(integer: &DeInteger<'_>) -> Option<u64> {
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A whole number and its unit: `10 s`, `64KiB`.
fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, size) = units.iter().find(|(name, _)| *name == unit.trim_start())?;
    digits.parse::<u64>().ok()?.checked_mul(*size)
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// In bytes, smallest first.
const SIZES: &[(&str, u64)] = &[("B", 1), ("KiB", 1024), ("MiB", 1024 * 1024), ("GiB", 1024 * 1024 * 1024)];
/// In milliseconds, smallest first.
const TIMES: &[(&str, u64)] = &[("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &Form, toml: &str) -> Option<Value> {
        form.read(DeValue::parse(toml).unwrap().get_ref())
    }

    #[test]
    fn units_are_read_and_ranges_kept() {
        let size = Form::Size(1, 1024 * 1024);
        for (toml, bytes) in [("1", 1), ("'1 B'", 1), ("'2KiB'", 2048), ("'1 MiB'", 1_048_576), ("0x10", 16)] {
            assert_eq!(read(&size, toml), Some(Value::Number(bytes)), "{toml}");
        }
        for toml in ["0", "'0 B'", "'2 MiB'", "'1 MB'", "'1.5 KiB'", "'KiB'", "'1'", "-1", "1.0", "true", "[]", "''"] {
            assert_eq!(read(&size, toml), None, "{toml}");
        }
        let time = Form::Time(TimeUnit::Seconds, 0, 90);
        assert_eq!(read(&time, "'1 min'"), Some(Value::Number(60)));
        assert_eq!(read(&time, "'1000 ms'"), Some(Value::Number(1)));
        for toml in ["'1 ms'", "10", "'91 s'", "'1 m'", "'18446744073709551615 d'"] {
            assert_eq!(read(&time, toml), None, "{toml}");
        }
    }

    #[test]
    fn shown_values_read_back() {
        let never = Form::Or("never", Value::Absent, &Form::Time(TimeUnit::Seconds, 0, u64::MAX / 1000));
        for (form, value, shown) in [
            (Form::Size(0, u64::MAX), Value::Number(3 << 20), "\"3 MiB\""),
            (Form::Size(0, u64::MAX), Value::Number(1025), "1025"),
            (Form::Size(0, u64::MAX), Value::Number(0), "0"),
            (Form::Time(TimeUnit::Milliseconds, 0, 100_000), Value::Number(1500), "\"1500 ms\""),
            (Form::Time(TimeUnit::Milliseconds, 0, 100_000), Value::Number(0), "\"0 s\""),
            (never, Value::Number(7200), "\"2 h\""),
            (Form::Or("never", Value::Absent, &Form::Flag), Value::Absent, "\"never\""),
            (Form::Text, Value::Text("it's".into()), "\"it's\""),
        ] {
            assert_eq!(form.show(&value), shown);
            assert_eq!(read(&form, &form.show(&value)), Some(value), "{shown}");
        }
    }
}
