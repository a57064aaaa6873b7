//! Every case in memory.

use std::collections::{BTreeMap, BTreeSet};

use mqttspec::{
    Reference, Verdict,
    conduct::Limits,
    packet::Value,
    runner::{Capabilities, probe_in_memory, run_case_in_memory},
    transport::Memory,
    vector::Library,
};
use mqttspec_codec::{QoS, Version};

use super::{configurations::configurations, traffic};

/// What a Client knows of a Server that it has been connected to.
fn known(capabilities: &Capabilities, version: Version) -> Option<Limits> {
    let number = |name| capabilities.value(name).and_then(|value| value.as_number());
    let maximum_qos = QoS::from_number(u8::try_from(number("maximum_qos")?).ok()?)?;
    let retain_available = capabilities.value("retain_available") != Some(&Value::Bool(false));
    (version == Version::V5).then(|| Limits { maximum_qos, retain_available, ..Limits::default() })
}

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
                for breach in traffic::judge(&traffic::of_transcript(&run.transcript), known(&capabilities, version)) {
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
