//! [`Field`]: from the value of a setting to the type of what it sets, and back.

use std::{
    num::{NonZeroU16, NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use mqttspec_codec::{QoS, Reject, Tolerated, Utf8String};

use super::{LogLevel, form::Value};
use crate::{
    core::{Overlap, QueueFull},
    shell::{Listen, MetricsAddress, Origin, PacketsPerFrame, ParseMetricsAddressError},
};

/// A type that a setting can have.
pub(super) trait Field: Sized {
    fn to_value(&self) -> Value;

    /// # Errors
    /// What is wrong, for a value that the form of the key allows and the type does not.
    fn from_value(value: Value) -> Result<Self, String>;
}

impl Field for bool {
    fn to_value(&self) -> Value {
        Value::Flag(*self)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if let Value::Flag(flag) = value { Ok(flag) } else { other(&value) }
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Field for $number {
            fn to_value(&self) -> Value {
                u64::try_from(*self).map_or(Value::Absent, Value::Number)
            }

            fn from_value(value: Value) -> Result<Self, String> {
                let Value::Number(number) = value else { return other(&value) };
                number.try_into().map_err(|_| format!("{number} is out of range on this machine"))
            }
        }
    )+};
}

numbers!(u16, u32, usize);

macro_rules! non_zero {
    ($($non_zero:ty, $number:ty;)+) => {$(
        impl Field for $non_zero {
            fn to_value(&self) -> Value {
                self.get().to_value()
            }

            fn from_value(value: Value) -> Result<Self, String> {
                Self::new(<$number>::from_value(value)?).ok_or_else(|| "expected more than 0".to_owned())
            }
        }
    )+};
}

non_zero! {
    NonZeroU16, u16;
    NonZeroU32, u32;
    NonZeroUsize, usize;
}

/// In milliseconds.
impl Field for Duration {
    fn to_value(&self) -> Value {
        u64::try_from(self.as_millis()).map_or(Value::Absent, Value::Number)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if let Value::Number(milliseconds) = value { Ok(Self::from_millis(milliseconds)) } else { other(&value) }
    }
}

impl<F: Field> Field for Option<F> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Absent, F::to_value)
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if value == Value::Absent { Ok(None) } else { F::from_value(value).map(Some) }
    }
}

impl Field for Arc<str> {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let Value::Text(text) = value else { return other(&value) };
        match Utf8String::new(&text) {
            // strict Clients refuse the others: v5 section 1.5.4
            Ok(_) if !text.contains(char::is_control) => Ok(text.into()),
            _ => Err("expected a string without control characters, of 65535 bytes at most".to_owned()),
        }
    }
}

impl Field for PathBuf {
    fn to_value(&self) -> Value {
        Value::Text(self.display().to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        if let Value::Text(path) = value { Ok(path.into()) } else { other(&value) }
    }
}

macro_rules! texts {
    ($($type:ty),+) => {$(
        impl Field for Vec<$type> {
            fn to_value(&self) -> Value {
                Value::Texts(self.iter().map(ToString::to_string).collect())
            }

            fn from_value(value: Value) -> Result<Self, String> {
                let Value::Texts(texts) = value else { return other(&value) };
                let parsed: Result<_, <$type as FromStr>::Err> = texts.iter().map(|text| text.parse()).collect();
                parsed.map_err(|error| error.to_string())
            }
        }
    )+};
}

texts!(Listen, Origin);

/// As the names of what is tolerated.
impl Field for Reject {
    fn to_value(&self) -> Value {
        let tolerated = Tolerated::ALL.iter().filter(|freedom| !self.contains(**freedom));
        let names: Vec<_> = tolerated.map(|freedom| freedom.name().to_owned()).collect();
        if names.is_empty() { Value::Absent } else { Value::Texts(names) }
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let names = match value {
            Value::Absent => Vec::new(),
            Value::Texts(names) => names,
            _ => return other(&value),
        };
        let all: Vec<&str> = Tolerated::ALL.iter().map(|freedom| freedom.name()).collect();
        match names.iter().find(|name| !all.contains(&name.as_str())) {
            Some(name) => Err(format!("expected some of {}, found {name:?}", all.join(", "))),
            None => {
                let rejected = Tolerated::ALL.iter().filter(|freedom| !names.iter().any(|name| name == freedom.name()));
                Ok(rejected.copied().collect())
            }
        }
    }
}

impl Field for MetricsAddress {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        let Value::Text(text) = value else { return other(&value) };
        text.parse().map_err(|error: ParseMetricsAddressError| error.to_string())
    }
}

impl Field for QoS {
    fn to_value(&self) -> Value {
        Value::Number(self.number().into())
    }

    fn from_value(value: Value) -> Result<Self, String> {
        match value {
            Value::Number(0) => Ok(Self::AtMostOnce),
            Value::Number(1) => Ok(Self::AtLeastOnce),
            Value::Number(2) => Ok(Self::ExactlyOnce),
            _ => other(&value),
        }
    }
}

macro_rules! words {
    ($($type:ident { $($variant:ident = $word:literal),+ })+) => {$(
        impl Field for $type {
            fn to_value(&self) -> Value {
                Value::Text(match self { $(Self::$variant => $word),+ }.to_owned())
            }

            fn from_value(value: Value) -> Result<Self, String> {
                match &value {
                    $(Value::Text(word) if word == $word => Ok(Self::$variant),)+
                    _ => other(&value),
                }
            }
        }
    )+};
}

words! {
    Overlap { Once = "once", EachSubscription = "each_subscription" }
    PacketsPerFrame { One = "one", Many = "many" }
    LogLevel {
        Auto = "auto", Error = "error", Warn = "warn", Info = "info", Debug = "debug", Trace = "trace"
    }
    QueueFull { EndSession = "end_session", DropNewest = "drop_newest" }
}

/// A key whose form and field do not agree: a test reads and writes every key.
fn other<F>(value: &Value) -> Result<F, String> {
    Err(format!("{value:?} is of another type"))
}
