//! Every case in memory.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::{
    Reference, Verdict,
    runner::{Capabilities, probe_in_memory, run_case_in_memory},
    transport::Memory,
    vector::Library,
};
use mqttspec_codec::Version;

use super::{configurations::configurations, traffic};

#[test]
fn measure() {
    let library = Library::embedded().expect("the vectors load");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut played = 0;
    for (number, (config, login)) in configurations().into_iter().enumerate() {
        for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
            let memory = || Memory::new(Box::new(Reference::new(config.clone())));
            let capabilities: Capabilities = match probe_in_memory(&mut memory(), version, &login) {
                Ok(capabilities) => capabilities,
                Err(_) => continue,
            };
            for case in library.cases().filter(|case| case.version == version) {
                let run = run_case_in_memory(case, memory(), &capabilities, &login);
                if !matches!(run.verdict, Verdict::Pass | Verdict::Warn(_)) {
                    if matches!(run.verdict, Verdict::Fail(_) | Verdict::Error(_)) {
                        println!("FAIL config {number} {case:?}: {:?}", run.verdict);
                    }
                    continue;
                }
                played += 1;
                for breach in traffic::judge(&traffic::of_transcript(&run.transcript), None) {
                    found
                        .entry(format!("{:?}", breach.rule))
                        .or_default()
                        .insert(format!("{} {} c{number}: {breach}", version, case.id));
                }
            }
        }
    }
    println!("played {played}");
    for (rule, all) in found {
        println!("== {rule} {}", all.len());
        for one in all {
            println!("   {one}");
        }
    }
}
