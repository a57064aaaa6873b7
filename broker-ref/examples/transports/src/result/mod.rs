//! The results: one value of each metric for each transport and round.

pub(crate) mod certain;
mod metric;
pub(crate) mod plot;
pub(crate) mod table;

pub(crate) use metric::{Metric, Summary};

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{options::Options, transport::Transport};

/// What a scenario has measured for one transport.
pub(crate) type Values = Vec<(Metric, f64)>;

/// All rounds.
#[derive(Debug, Default)]
pub(crate) struct Results(BTreeMap<(Metric, Transport), Vec<f64>>);

impl Results {
    pub(crate) fn add(&mut self, transport: Transport, values: Values) {
        for (metric, value) in values {
            self.0.entry((metric, transport)).or_default().push(value);
        }
    }

    /// The median of the rounds, or their mean; `NaN` if there is none.
    pub(crate) fn value(&self, metric: Metric, transport: Transport) -> f64 {
        let mut rounds = self.0.get(&(metric, transport)).cloned().unwrap_or_default();
        rounds.sort_unstable_by(f64::total_cmp);
        match metric.summary() {
            Summary::Median => rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN),
            Summary::Mean => rounds.iter().sum::<f64>() / rounds.len() as f64,
        }
    }

    /// Everything, with the value of each round.
    pub(crate) fn to_json(&self, options: Options) -> Value {
        let results: Vec<Value> = self
            .0
            .iter()
            .map(|((metric, transport), rounds)| {
                let value = self.value(*metric, *transport);
                json!({"metric": metric, "transport": transport, "value": value, "rounds": rounds})
            })
            .collect();
        json!({"options": options, "results": results})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_summed_up_as_the_metric_says() {
        let mut results = Results::default();
        for value in [6.0, 1.0, 2.0] {
            let all = [Metric::Median, Metric::Lost].map(|metric| (metric, value));
            results.add(Transport::Sse, all.to_vec());
        }
        let value = |metric| results.value(metric, Transport::Sse);
        assert_eq!([value(Metric::Median), value(Metric::Lost)], [2.0, 3.0]);
        assert!(results.value(Metric::Median, Transport::WebSocket).is_nan());
    }
}
