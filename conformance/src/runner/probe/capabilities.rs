//! What a broker supports, with the evidence.

use std::{collections::BTreeMap, time::Duration};

use super::pace::Pace;
use crate::{
    judge::{FenceBy, Limit},
    packet::Value,
    text::Text,
};

/// What a broker supports in one version.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Capabilities {
    /// The capabilities by the names of `requires`; those that are missing are absent.
    pub offers: BTreeMap<&'static str, Offer>,
    /// Why capabilities are absent, where that is known.
    absent: BTreeMap<&'static str, Text>,
    /// What SUBACK grants instead of QoS 2 before v5, as evidence.
    pub(super) lower_grant: Option<Text>,
    /// How the suite finds out that the broker has processed everything sent before.
    #[doc(hidden)]
    pub fence_by: FenceBy,
    /// The round-trip time, the median of several pings.
    pub round_trip: Duration,
    /// Other measured times.
    pub pace: Pace,
    /// How long the nodes of a cluster may take to agree on a change; zero for a single node.
    pub settling: Duration,
}

/// A capability and how it was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Offer {
    /// Its effective value.
    #[doc(hidden)]
    pub value: Value,
    /// The evidence in reports: `CONNACK maximum_qos: 1`.
    pub evidence: Text,
}

impl Capabilities {
    /// The value of a capability; `None` if it is absent.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.offers.get(name).map(|offer| &offer.value)
    }

    /// How the value was found out, for the reason of a skip.
    #[must_use]
    pub fn evidence(&self, name: &str) -> &str {
        let absent = || self.absent.get(name).map_or("unknown", Text::as_str);
        self.offers.get(name).map_or_else(absent, |offer| &offer.evidence)
    }

    /// What the broker does not offer although the standard has it, as evidence for people.
    pub fn not_offered(&self) -> impl Iterator<Item = &str> {
        let lacks = |(name, offer): &(&&'static str, &Offer)| match &offer.value {
            Value::Bool(available) => name.ends_with("_available") && !available,
            value => **name == "maximum_qos" && value.as_number().is_some_and(|most| most < 2),
        };
        let lacking = self.offers.iter().filter(lacks).map(|(_, offer)| offer.evidence.as_str());
        lacking.chain(self.lower_grant.as_deref())
    }

    /// Says why a capability is absent.
    pub(super) fn note_absent(&mut self, name: &'static str, why: impl Into<Text>) {
        self.absent.insert(name, why.into());
    }

    /// Sets a capability.
    pub fn learn(&mut self, name: &'static str, value: Value, evidence: impl Into<Text>) {
        self.offers.insert(name, Offer { value, evidence: evidence.into() });
    }

    /// All values, for names such as `$receive_maximum`.
    #[must_use]
    pub fn known(&self) -> BTreeMap<String, Value> {
        self.offers.iter().map(|(name, offer)| ((*name).to_owned(), offer.value.clone())).collect()
    }

    /// The limits for sends, by the names of CONNACK properties. In v5 they hold until a connection has its own CONNACK.
    #[must_use]
    pub fn limits(&self) -> BTreeMap<String, Limit> {
        let numbers = self.offers.iter().filter_map(|(name, offer)| {
            let most = match &offer.value {
                Value::Bool(flag) => u64::from(*flag),
                value => value.as_number()?,
            };
            Some(((*name).to_owned(), Limit { most, evidence: offer.evidence.to_string() }))
        });
        numbers.collect()
    }
}
