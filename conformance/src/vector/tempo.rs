//! The times of a script on a slow network: the same exchange in slow motion, and how long it takes.

use std::time::Duration;

use mqttspec_codec::PacketType;

use super::{
    parts::Part,
    script::{Action, Expectation, Expected, Matcher, Outgoing, Script, Step, Term},
};
use crate::packet::Value;

/// How much more time than usual a script needs. On a fast network it needs none: a factor of 1, and no more time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tempo {
    /// If a script gives the broker a short time, such as a Session Expiry Interval of 2 seconds, all its times are
    /// multiplied by this, at least 1. So what the script does within that time still fits into it.
    pub factor: u32,
    /// What a wait takes longer in all other scripts.
    pub longer_waits: Duration,
    /// What a `within` takes longer in all other scripts.
    pub longer_deadlines: Duration,
}

/// What a script consists of, for an estimate of how long it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// How many times it connects.
    pub connects: u32,
    /// How many round trips it waits for, apart from those of its connects.
    pub round_trips: u32,
    /// The sum of its waits.
    pub waits: Duration,
}

impl Script {
    /// Gives the script more time. Returns the longest Keep Alive that became longer by that, in seconds.
    pub fn slow_down(&mut self, tempo: &Tempo) -> Option<u64> {
        let mut longest = None;
        let (mut short, mut gives_expiry) = (0, false);
        self.each_part(&mut |part| {
            if let Part::Sent(outgoing) = part {
                times(outgoing, &mut |name, seconds| {
                    // what is much longer than the exchange needs no change
                    if (1..u64::from(tempo.factor) * LONG).contains(seconds) {
                        short = short.max(*seconds);
                    }
                    gives_expiry |= name == MESSAGE_EXPIRY;
                });
            }
        });
        let factor = tempo.factor.max(1);
        let in_slow_motion = short > 0 && factor > 1;
        // the broker's times end at most one and a half of the longest later (a Keep Alive); what it may need beyond them
        // stays the same
        let later = Duration::from_millis(short.saturating_mul(1500)).saturating_mul(factor - 1);
        let slower = |time: Duration| time.saturating_mul(factor).min(time.saturating_add(later));
        self.each_part(&mut |part| match part {
            Part::Sent(outgoing) if in_slow_motion => times(outgoing, &mut |name, seconds| {
                let most = if name == KEEP_ALIVE { u64::from(u16::MAX) } else { NEVER - 1 };
                if *seconds < most {
                    *seconds = (*seconds * u64::from(factor)).min(most);
                }
                if name == KEEP_ALIVE && *seconds > 0 {
                    longest = longest.max(Some(*seconds));
                }
            }),
            Part::Wait(wait) if in_slow_motion => *wait = wait.saturating_mul(factor),
            Part::Wait(wait) => *wait = wait.saturating_add(tempo.longer_waits),
            Part::Expected(expectation) if in_slow_motion => {
                let longer = longer(tempo, expectation);
                expectation.after = expectation.after.map(|after| after.saturating_mul(factor));
                expectation.within = expectation.within.map(|within| slower(within).saturating_add(longer));
                if let Expected::Packet(PacketType::Publish, fields) = &mut expectation.what
                    && gives_expiry
                {
                    let fields = fields.iter_mut().filter(|(name, _)| *name == MESSAGE_EXPIRY);
                    fields.for_each(|(_, matcher)| multiply(matcher, factor.into()));
                }
            }
            Part::Expected(expectation) => {
                let longer = longer(tempo, expectation);
                expectation.within = expectation.within.map(|within| within.saturating_add(longer));
            }
            Part::Sent(_) | Part::Raw => {}
        });
        longest
    }

    /// What the script does and waits for if the broker answers everything.
    #[must_use]
    pub fn effort(&self) -> Effort {
        let mut effort = Effort { round_trips: FENCE, ..Effort::default() };
        add(&self.steps, &mut effort);
        effort
    }

    /// How many connections it may have at the same time: each client has one.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.clients.len().max(1)
    }

    /// The minimum duration of the case as written: the sum of its waits and of its `after` times.
    #[must_use]
    pub fn waits(&self) -> Duration {
        self.effort().waits
    }
}

const fn longer(tempo: &Tempo, expectation: &Expectation) -> Duration {
    match expectation.what {
        Expected::Nothing => tempo.longer_waits,
        _ => tempo.longer_deadlines,
    }
}

fn add(steps: &[Step], effort: &mut Effort) {
    // several answers to one packet arrive together
    let mut answered = true;
    for step in steps {
        let expects = matches!(step.action, Action::Expect(_) | Action::AllOf(_) | Action::AnyOf(_));
        if expects && !answered {
            effort.round_trips += 1;
        }
        answered = expects || matches!(step.action, Action::Exchange(..) | Action::May(_) | Action::Wait(_));
        match &step.action {
            Action::Send(_, outgoing) | Action::Exchange(_, outgoing)
                if outgoing.packet_type == PacketType::Connect =>
            {
                effort.connects += 1;
                answered = true;
            }
            Action::Exchange(_, outgoing) => {
                let is_twice = outgoing.packet_type == PacketType::Publish
                    && outgoing.fields.get("qos") == Some(&Term::Value(Value::Number(2)));
                effort.round_trips += if is_twice { 2 } else { 1 };
            }
            Action::Close(_) | Action::Drop(_) => effort.round_trips += FENCE - 1,
            Action::Wait(wait) => effort.waits += *wait,
            Action::Expect(expectation) => match expectation.what {
                Expected::Nothing => {
                    effort.round_trips += FENCE;
                    effort.waits += expectation.within.unwrap_or_default();
                }
                _ => effort.waits += expectation.after.unwrap_or_default(),
            },
            Action::Steps(steps) => add(steps, effort),
            _ => {}
        }
    }
}

/// The fields of a packet that give the broker a time in seconds, those of the Will included.
fn times(outgoing: &mut Outgoing, visit: &mut dyn FnMut(&str, &mut u64)) {
    for (name, term) in &mut outgoing.fields {
        match term {
            Term::Value(Value::Number(seconds)) if TIMES.contains(name) => visit(name, seconds),
            Term::Value(Value::Map(will)) => {
                for (name, value) in will.iter_mut().filter(|(name, _)| TIMES.contains(name)) {
                    if let Value::Number(seconds) = value {
                        visit(name, seconds);
                    }
                }
            }
            Term::Map(will) => {
                for (name, term) in will.iter_mut().filter(|(name, _)| TIMES.contains(name)) {
                    if let Term::Value(Value::Number(seconds)) = term {
                        visit(name, seconds);
                    }
                }
            }
            _ => {}
        }
    }
}

fn multiply(matcher: &mut Matcher, factor: u64) {
    match matcher {
        Matcher::Is(Term::Value(Value::Number(seconds))) => *seconds = seconds.saturating_mul(factor),
        Matcher::Between(least, most) => {
            (*least, *most) = (least.saturating_mul(factor), most.saturating_mul(factor));
        }
        Matcher::Not(inner) | Matcher::Each(inner) => multiply(inner, factor),
        Matcher::AnyOf { hard, warn } => {
            hard.iter_mut().chain(warn).for_each(|inner| multiply(inner, factor));
        }
        _ => {}
    }
}

const KEEP_ALIVE: &str = "keep_alive";
const MESSAGE_EXPIRY: &str = "message_expiry_interval";
const TIMES: [&str; 4] = [KEEP_ALIVE, MESSAGE_EXPIRY, "session_expiry_interval", "will_delay_interval"];
/// A Session Expiry Interval of this never ends (v5 section 3.1.2.11.2).
const NEVER: u64 = 0xFFFF_FFFF;
/// Times of at least this many seconds for each second of an exchange are long.
const LONG: u64 = 8;
/// The round trips of a fence: a ping, and the grace period.
const FENCE: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Library, Prefix, RunContext};

    fn script(id: &str, tempo: &Tempo) -> String {
        let library = Library::embedded().unwrap();
        let case = library
            .cases()
            .filter(|case| case.version == mqttspec_codec::Version::V5)
            .find(|case| case.id.starts_with(id))
            .unwrap();
        let prefix = Prefix { level: "p".to_owned(), letters: "p".to_owned() };
        let mut script = case.script(&RunContext { run: String::new(), prefix, known: Default::default() }).unwrap();
        script.slow_down(tempo);
        format!("{:?}", script.steps)
    }

    const SLOW: Tempo =
        Tempo { factor: 4, longer_waits: Duration::from_millis(500), longer_deadlines: Duration::from_secs(5) };

    #[test]
    fn short_times_and_all_waits_beside_them_are_multiplied() {
        let steps = script("3.03-publish/message-expiry/behind-receive-maximum", &SLOW);
        assert!(steps.contains("\"message_expiry_interval\": Value(Number(4))"), "{steps}");
        assert!(steps.contains("\"message_expiry_interval\": Value(Number(240))"), "{steps}");
        assert!(steps.contains("Between(200, 232)") && steps.contains("Wait(12s)"), "{steps}");
    }

    #[test]
    fn other_scripts_wait_a_little_longer() {
        let steps = script("4.04-delivery-retry/resumed-to-the-client", &SLOW);
        assert!(steps.contains("Value(Number(300))") && steps.contains("within: Some(40s)"), "{steps}");
        let steps = script("3.08-subscribe/retained-on-subscribe", &SLOW);
        assert!(steps.contains("Wait(1s)"), "{steps}");
    }

    #[test]
    fn fast_network_changes_nothing() {
        let usual = Tempo { factor: 1, longer_waits: Duration::ZERO, longer_deadlines: Duration::ZERO };
        let steps = script("3.03-publish/message-expiry/behind-receive-maximum", &usual);
        assert!(steps.contains("Between(50, 58)") && steps.contains("Wait(3s)"), "{steps}");
    }
}
