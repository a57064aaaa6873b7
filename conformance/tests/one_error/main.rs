//! Shows that each packet that a case breaks on purpose holds exactly one error in the version it is sent in.
//!
//! A Server may look at the parts of a packet in any order, so a second error could be answered instead of the one that
//! the case is about. Each broken packet that a case sends is decoded in its version, the error that is found is
//! repaired, and what then is left must be a valid packet.

#[path = "../common/configurations.rs"]
mod configurations;
mod repair;

use std::{collections::BTreeSet, fmt, sync::Arc};

use configurations::configurations;
use mqttspec::{
    judge::{Direction, Verdict},
    runner::{CaseRun, probe_in_memory, run_case_in_memory},
    transport::{Memory, Reference},
    vector::{Case, Library},
};
use mqttspec_codec::{DecodeErrorKind, Packet, Version, decode, decode_frame};

/// A packet that cannot be decoded, and the case that sends it.
struct Broken {
    case: String,
    version: Version,
    bytes: Vec<u8>,
    kind: DecodeErrorKind,
}

#[test]
fn broken_packets_hold_one_error() {
    let wrong: Vec<String> = broken().iter().filter(|broken| !is_single(broken)).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{} packets with more than one error:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn versions_agree_on_the_error() {
    let all = broken();
    let kinds = |name: &str, version| -> BTreeSet<&str> {
        let of = all.iter().filter(|broken| broken.case == name && (broken.version == Version::V5) == version);
        of.map(|broken| broken.kind.name()).collect()
    };
    let names: BTreeSet<&str> = all.iter().map(|broken| &*broken.case).collect();
    let mut differing = Vec::new();
    for name in names {
        let (before, v5) = (kinds(name, false), kinds(name, true));
        if !before.is_empty() && !v5.is_empty() && before != v5 && !DIFFERENT_BY_VERSION.contains(&name) {
            differing.push(format!("{name}: before v5 {before:?}, v5 {v5:?}"));
        }
    }
    assert!(
        differing.is_empty(),
        "cases about one error in one version and another in the other:\n{}",
        differing.join("\n")
    );
}

/// What is another error by the standard of the other version: in v5 a Topic Name may be empty beside a Topic Alias, and
/// there are Retain Handling bits.
const DIFFERENT_BY_VERSION: [&str; 2] = ["3.03-publish/topic-name/empty", "3.08-subscribe/malformed/retain-handling-3"];

/// The reference broker answers the error that its codec, which is the suite's, finds. A warning would mean that the
/// case expects another one.
#[test]
fn cases_are_about_the_error() {
    let about_another = |case: &Case, run: &CaseRun| match &run.verdict {
        Verdict::Warn(warnings) if !broken_of(case, run).is_empty() => {
            Some(format!("{case:?}: {}", warnings.join("; ")))
        }
        _ => None,
    };
    let wrong: Vec<String> = runs().iter().filter_map(|(case, run)| about_another(case, run)).collect();
    assert!(wrong.is_empty(), "{} cases expect another error:\n{}", wrong.len(), wrong.join("\n"));
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} and more in {:02X?}", self.version, self.case, self.kind.name(), self.bytes)
    }
}

/// Whether a repair makes it a valid packet of its version.
fn is_single(broken: &Broken) -> bool {
    let version = broken.version;
    repair::repairs(&broken.bytes, version).any(|bytes| match decode_frame(&bytes, version) {
        // its level says in which version it is
        Ok(Packet::Connect(connect)) => connect.version == version,
        other => other.is_ok(),
    })
}

/// All packets that cannot be decoded.
fn broken() -> Vec<Broken> {
    let mut all = Vec::new();
    for (case, run) in runs() {
        for (bytes, kind) in broken_of(&case, &run) {
            all.push(Broken { case: case.name().to_owned(), version: case.version, bytes, kind });
        }
    }
    all
}

/// The packets of a case that cannot be decoded.
fn broken_of(case: &Case, run: &CaseRun) -> Vec<(Vec<u8>, DecodeErrorKind)> {
    // what is not written in bytes is legal, and may be of another version
    let sent = run.transcript.iter().filter(|entry| entry.direction == Direction::Sent && entry.raw);
    sent.filter(|entry| !entry.bytes.is_empty())
        .filter_map(|entry| Some((entry.bytes.clone(), decode(&entry.bytes, case.version).err()?.kind)))
        .collect()
}

/// Each case in the first configuration of the reference broker in which it can be played.
fn runs() -> Vec<(Arc<Case>, CaseRun)> {
    let library = Library::embedded().expect("the vectors load");
    let mut offers = Vec::new();
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        for (config, login) in configurations() {
            let mut memory = Memory::new(Box::new(Reference::new(config.clone())));
            if let Ok(capabilities) = probe_in_memory(&mut memory, version, &login) {
                offers.push((version, config, login, capabilities));
            }
        }
    }
    let run = |case: &Arc<Case>| {
        let suiting = offers.iter().filter(|(version, ..)| *version == case.version);
        let mut runs = suiting.map(|(_, config, login, capabilities)| {
            let memory = Memory::new(Box::new(Reference::new(config.clone())));
            run_case_in_memory(case, memory, capabilities, login)
        });
        runs.find(|run| matches!(run.verdict, Verdict::Pass | Verdict::Warn(_)))
    };
    library.cases().filter_map(|case| Some((case.clone(), run(case)?))).collect()
}
