//! Cases without a prefix do not run beside the others, because they would receive the traffic of all. A few of them can
//! run side by side if they cannot disturb each other: each ignores deliveries on topics that it does not mention.

use std::collections::BTreeSet;

use mqttspec_codec::PacketType;

use super::scheduler::Job;
use crate::vector::{
    parts::Part,
    script::{Expected, Matcher, Script, Term},
};

/// Client Identifiers and topics; `None` if there may be others.
type Names = Option<BTreeSet<Vec<u8>>>;

/// Divides the jobs into groups, in their order. The cases of a group have no Client Identifier and no topic in common.
pub(super) fn groups(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut groups: Vec<(Names, Vec<Job>)> = Vec::new();
    for job in jobs {
        let names = names(&job.script);
        let fits = |taken: &Names, members: &[Job]| match (taken, &names) {
            (Some(taken), Some(names)) => members.len() < SIDE_BY_SIDE && taken.is_disjoint(names),
            _ => false,
        };
        match groups.iter_mut().find(|(taken, members)| fits(taken, members)) {
            Some((taken, members)) => {
                taken.get_or_insert_default().extend(names.unwrap_or_default());
                members.push(job);
            }
            None => groups.push((names, vec![job])),
        }
    }
    groups.into_iter().map(|(_, members)| members).collect()
}

/// The Client Identifiers and topics of a case; `None` if it may have others that are not written.
fn names(script: &Script) -> Names {
    let own = script.clients.values().map(|client| client.client_id.clone().into_bytes());
    let mut names = Some(own.collect::<BTreeSet<_>>());
    let mut note = |name: Option<&[u8]>| match (name, &mut names) {
        // each empty Client Identifier is another
        (Some(name), Some(names)) if !name.is_empty() => drop(names.insert(name.to_vec())),
        (Some(_), _) => {}
        (None, _) => names = None,
    };
    script.clone().each_part(&mut |part| match part {
        Part::Sent(outgoing) => {
            let written = ["client_id", "topic"].iter().filter_map(|field| outgoing.fields.get(field));
            written.for_each(|term| note(literal(term)));
            // its topic is not looked for
            if outgoing.fields.contains_key("will") {
                note(None);
            }
        }
        Part::Raw => note(None),
        Part::Expected(expectation) => {
            if let Expected::Packet(PacketType::Publish, fields) = &expectation.what {
                // without a topic it would take a delivery of another case
                note(fields.iter().find_map(|(name, matcher)| match matcher {
                    Matcher::Is(topic) if *name == "topic" => literal(topic),
                    _ => None,
                }));
            }
        }
        Part::Wait(_) => {}
    });
    names
}

fn literal(term: &Term) -> Option<&[u8]> {
    match term {
        Term::Value(value) => value.as_bytes(),
        _ => None,
    }
}

/// How many run side by side.
const SIDE_BY_SIDE: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runner::{Capabilities, Login, Prepared, RunId, prepare},
        vector::Library,
    };

    #[test]
    fn cases_with_a_name_in_common_are_in_different_groups() {
        let library = Library::embedded().unwrap();
        let jobs = library.cases().enumerate().filter_map(|(index, case)| {
            let prepared = prepare(case, index, &RunId::fixed(), &Capabilities::default(), &Login::default());
            let Prepared::Run(script, setup) = prepared else { return None };
            script.no_prefix.then_some(Job { index, script, setup: setup.into(), attempts: 0, is_replay: false })
        });
        let groups = groups(jobs.collect());
        assert!(groups.len() > 1 && groups.iter().any(|group| group.len() > 4));
        for group in groups.iter().filter(|group| group.len() > 1) {
            let all: Vec<_> = group.iter().flat_map(|job| names(&job.script).unwrap()).collect();
            let distinct: BTreeSet<_> = all.iter().collect();
            assert_eq!(all.len(), distinct.len(), "{all:?}");
        }
    }
}
