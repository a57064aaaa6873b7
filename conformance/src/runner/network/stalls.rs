//! Moments in which the broker, or the machine, was slow for everybody. What fails in such a moment is played again,
//! because it may have failed for that only.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    judge::{Direction, Setup, TranscriptEntry},
    rt::Instant,
};

/// The stalls of a run.
#[derive(Debug, Default)]
pub(super) struct Stalls(Mutex<Vec<(Instant, Instant)>>);

impl Stalls {
    /// Notes the stalls that a case saw, which began at `start`.
    pub(super) fn note(&self, start: Instant, transcript: &[TranscriptEntry], setup: &Setup) {
        let longest = LONGEST.max(setup.round_trip.saturating_mul(10));
        let seen = late_answers(transcript, longest).into_iter().map(|(from, to)| (start + from, start + to));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(seen);
    }

    /// Whether there was one since then.
    pub(super) fn since(&self, start: Instant) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(_, to)| *to >= start)
    }
}

/// When packets were sent whose answers took longer, and when these came, since the start of the case.
fn late_answers(transcript: &[TranscriptEntry], longest: Duration) -> Vec<(Duration, Duration)> {
    let mut sent: BTreeMap<&str, Duration> = BTreeMap::new();
    let mut late = Vec::new();
    for entry in transcript {
        match entry.direction {
            Direction::Sent => drop(sent.insert(&entry.who, entry.at)),
            Direction::Received if ANSWERS.iter().any(|answer| entry.text.starts_with(answer)) => {
                if let Some(since) = sent.get(&*entry.who).filter(|since| entry.at.saturating_sub(**since) > longest) {
                    late.push((*since, entry.at));
                }
            }
            Direction::Received => {}
        }
    }
    late
}

/// A broker that answers otherwise in its usual time needs less for any of these.
const LONGEST: Duration = Duration::from_secs(1);
const ANSWERS: [&str; 7] = ["CONNACK", "SUBACK", "UNSUBACK", "PUBACK", "PUBREC", "PUBCOMP", "PINGRESP"];

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: u64, direction: Direction, text: &str) -> TranscriptEntry {
        let (at, text) = (Duration::from_millis(at), text.to_owned().into());
        TranscriptEntry { at, who: "a".into(), direction, text, bytes: Vec::new(), automatic: false, raw: false }
    }

    #[test]
    fn late_answer_is_a_stall_and_a_wait_is_not() {
        use Direction::{Received, Sent};
        let late = [entry(0, Sent, "SUBSCRIBE: {}"), entry(1500, Received, "SUBACK: {}")];
        assert_eq!(late_answers(&late, LONGEST), [(Duration::ZERO, Duration::from_millis(1500))]);
        let prompt = [entry(0, Sent, "SUBSCRIBE: {}"), entry(900, Received, "SUBACK: {}")];
        assert_eq!(late_answers(&prompt, LONGEST), []);
        let delayed_will = [entry(0, Sent, "SUBSCRIBE: {}"), entry(3000, Received, "PUBLISH: {}")];
        assert_eq!(late_answers(&delayed_will, LONGEST), []);
    }
}
