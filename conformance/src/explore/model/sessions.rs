//! Session Present, and connections that are taken over.

use super::{
    Rule, Violation,
    facts::{Cause, Facts},
};
use crate::explore::history::{What, flag};

pub(super) fn judge(facts: &Facts<'_>, found: &mut Vec<Violation>) {
    for index in 0..facts.lines.len() {
        present(facts, index, found);
        let line = &facts.lines[index];
        let still_open = !line.log.iter().any(|entry| matches!(entry.what, What::Ended));
        if line.end.is_some_and(|end| end.cause == Cause::TakenOver) && still_open {
            let told = format!("the old connection of {} is open", facts.name(index));
            found.push(facts.violation(Rule::TakenOver, index, told));
        }
    }
}

fn present(facts: &Facts<'_>, index: usize, found: &mut Vec<Violation>) {
    let line = &facts.lines[index];
    let Some(connack) = line.connack else { return };
    let entry = line.log.iter().position(|entry| entry.what.received().is_some());
    let (present, clean) = (flag(connack, "session_present"), flag(line.connect, "clean_start"));
    let before = facts.lines[..index].iter().rfind(|other| other.client == line.client);
    let who = facts.name(index);
    let (rule, told, allowed) = match before {
        _ if present && clean => (Rule::SessionKept, format!("{who} asked for a new Session"), "Session Present 0"),
        None if present => (Rule::SessionKept, format!("{who} was never here"), "Session Present 0"),
        Some(before) => {
            let gone = before.end.is_some_and(|end| end.cause != Cause::TakenOver && end.span.is_before(line.sent));
            match (present, facts.is_kept(before)) {
                (true, Some(false)) if gone => {
                    (Rule::SessionKept, format!("the Session of {who} ended with its connection"), "Session Present 0")
                }
                (false, Some(true)) if !clean => {
                    (Rule::SessionLost, format!("the Session of {who} was to be kept"), "Session Present 1")
                }
                _ => return,
            }
        }
        None => return,
    };
    let told = format!("{told}, and CONNACK has Session Present {}", u8::from(present));
    found.push(Violation { entry, allowed: allowed.to_owned(), ..facts.violation(rule, index, told) });
}
