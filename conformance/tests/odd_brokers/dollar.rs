//! A broker whose leading wildcards match topics that begin with `$`, so that cases without a prefix receive each other's.

use mqttspec_broker::core::Config;
use mqttspec_codec::{Packet, PacketType, Version};

use crate::{
    proxy::{Action, Habit, broker},
    run,
};

/// The broker sees another character in place of `$`.
struct WildcardsMatchDollar;

impl Habit for WildcardsMatchDollar {
    fn sent(&mut self, _: usize, _: Version, _: &Packet<'_>) -> Action {
        Action::Pass
    }

    fn change(&mut self, frame: &mut [u8]) {
        let [first, _, _, _, topic, ..] = frame else { return };
        if *first >> 4 == PacketType::Publish.number() {
            *topic = match *topic {
                b'$' => b'!',
                b'!' => b'$',
                other => other,
            };
        }
    }
}

#[test]
fn only_the_cases_about_it_fail() {
    let target = broker(Config::default(), WildcardsMatchDollar);
    for _ in 0..3 {
        let report = run(&target, &["4.07-topics/dollar", "4.07-topics/leading-slash"]);
        let failed: Vec<_> = report.failures().collect();
        assert_eq!(failed.len(), 6, "{}", report.complaint());
        for failure in failed {
            assert_eq!(failure.accused.as_ref().map(|cited| &*cited.id), Some("MQTT-4.7.2-1"), "{}", failure.case.id);
        }
        assert_eq!((report.summary.leaks.len(), report.summary.deviations.len()), (0, 1), "{}", report.complaint());
    }
}
