//! What a broker offers, as it was learned.

use std::{collections::BTreeMap, time::Duration};

use mqttspec_codec::Version;

use crate::packet::Value;

/// What one broker offers in one version.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// By the names of `requires`; a name that is missing is absent.
    pub offers: BTreeMap<&'static str, Offer>,
    /// Median of several pings.
    pub round_trip: Duration,
}

/// One capability and how it was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// Its effective value.
    #[doc(hidden)]
    pub value: Value,
    /// The evidence, as a report prints it: `CONNACK maximum_qos: 1`.
    pub evidence: String,
}

impl Capabilities {
    /// The value of a capability; `None` if it is absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.offers.get(name).map(|offer| &offer.value)
    }

    /// How the value was learned, for a skip's reason.
    #[must_use]
    pub fn evidence(&self, name: &str) -> &str {
        self.offers.get(name).map_or("not offered", |offer| &offer.evidence)
    }

    /// Sets a capability.
    pub fn learn(&mut self, name: &'static str, value: Value, evidence: impl Into<String>) {
        self.offers.insert(name, Offer { value, evidence: evidence.into() });
    }

    /// All values, for `$receive_maximum` and the like.
    #[must_use]
    pub fn known(&self) -> BTreeMap<String, Value> {
        self.offers.iter().map(|(name, offer)| ((*name).to_owned(), offer.value.clone())).collect()
    }

    /// The limits that hold for sends of this version, by the names of CONNACK properties. In v5 each connection's own
    /// CONNACK says them.
    #[must_use]
    pub fn limits(&self, version: Version) -> BTreeMap<String, u64> {
        if version == Version::V5 {
            return BTreeMap::new();
        }
        let numbers = self.offers.iter().filter_map(|(name, offer)| {
            let number = match &offer.value {
                Value::Bool(flag) => u64::from(*flag),
                value => value.as_number()?,
            };
            Some(((*name).to_owned(), number))
        });
        numbers.collect()
    }
}
