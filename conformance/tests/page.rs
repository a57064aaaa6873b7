//! The HTML report of whole runs. What is in it is tested beside its code, and that it works in `page-test`.

#[path = "common/behind.rs"]
mod behind;
#[path = "common/each_packet.rs"]
mod each_packet;

use each_packet::faulty;
use mqttspec::{Format, Reference, Reports, Suite, transport::Passage};

#[test]
fn five_brokers_with_many_failures_stay_under_3_mb() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let mut reports = Reports::default().write(Format::Html, &path).unwrap();
    let suite = Suite::embedded().unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        reports.name(Some(name.to_owned()));
        suite.run_in_memory(|| faulty(Reference::default(), deaf), &mut reports).unwrap();
    }
    let [first, .., last] = reports.document().runs.as_slice() else { panic!("five runs") };
    let tally = first.summary.tally;
    assert!(tally.fail + tally.blocked > 500, "{tally:?}");
    assert_eq!(last.name.as_deref(), Some("e"));
    let size = path.metadata().unwrap().len();
    assert!((100_000..3_000_000).contains(&size), "{size} bytes");
}

/// The broker never hears a PUBLISH.
fn deaf(passage: &mut Passage) {
    if let Passage::ToBroker(_, bytes) = passage
        && bytes.first().is_some_and(|first| first >> 4 == 3)
    {
        bytes.clear();
    }
}
