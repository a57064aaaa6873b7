//! What must hold on any machine, however slow it is.

use super::{Metric, Results};
use crate::transport::Transport;

/// Transports that ask again for what they have missed, by number or through a Session.
const CATCH_UP: [Transport; 5] =
    [Transport::ShortPolling, Transport::LongPolling, Transport::Sse, Transport::MqttQos1, Transport::MqttQos2];

/// A sentence for each claim that does not hold.
pub(crate) fn broken(results: &Results) -> Vec<String> {
    let mut broken = Vec::new();
    let mut claim = |holds: bool, claim: String| {
        if !holds {
            broken.push(claim);
        }
    };
    let value = |metric, transport| results.value(metric, transport);
    for transport in Transport::ALL {
        for metric in Metric::ALL {
            // nothing of SSE arrives through a buffering proxy, but that is a number too
            let known = value(*metric, transport).is_finite();
            claim(known, format!("{}: {} was not measured", transport.name(), metric.text()));
        }
    }
    for transport in CATCH_UP {
        for metric in [Metric::Lost, Metric::CutLost] {
            let lost = value(metric, transport);
            let text =
                format!("{}: expected that nothing is lost, found {lost} % in {}", transport.name(), metric.text());
            claim(lost == 0.0, text);
        }
    }
    let doubled = value(Metric::Doubled, Transport::MqttQos2);
    claim(doubled == 0.0, format!("MQTT QoS 2: expected that nothing is doubled, found {doubled} %"));
    let short = value(Metric::IdleBytes, Transport::ShortPolling);
    for transport in Transport::ALL.into_iter().skip(1) {
        let idle = value(Metric::IdleBytes, transport);
        let text =
            format!("{}: expected less than a fifth of short polling's {short} kB, found {idle}", transport.name());
        claim(idle < short / 5.0, text);
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(change: impl Fn(Metric, Transport) -> Option<f64>) -> Results {
        let mut results = Results::default();
        for transport in Transport::ALL {
            let usual = |metric| match metric {
                Metric::IdleBytes if transport == Transport::ShortPolling => 100.0,
                _ => 0.0,
            };
            let value = |metric: &Metric| (*metric, change(*metric, transport).unwrap_or(usual(*metric)));
            results.add(transport, Metric::ALL.iter().map(value).collect());
        }
        results
    }

    #[test]
    fn each_claim_can_fail() {
        assert_eq!(broken(&results(|_, _| None)), [""; 0]);
        for (metric, transport, value) in [
            (Metric::Lost, Transport::MqttQos1, 0.1),
            (Metric::CutLost, Transport::LongPolling, 0.1),
            (Metric::Doubled, Transport::MqttQos2, 0.1),
            (Metric::IdleBytes, Transport::WebSocket, 30.0),
            (Metric::Bytes, Transport::Sse, f64::NAN),
        ] {
            let change = |m, t| (m == metric && t == transport).then_some(value);
            assert_eq!(broken(&results(change)).len(), 1, "{metric:?} of {transport:?}");
        }
        let allowed =
            results(|metric, transport| (metric == Metric::Lost && transport == Transport::WebSocket).then_some(20.0));
        assert_eq!(broken(&allowed), [""; 0]);
    }
}
