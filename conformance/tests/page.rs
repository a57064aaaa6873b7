//! The HTML report of whole runs. What is in it is tested beside its code, and that it works in `page-test`.

use std::time::Duration;

use mqttspec::{Format, MemoryBroker, Output, Reference, Reports, Suite};

#[test]
fn five_brokers_with_many_failures_stay_under_3_mb() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let mut reports = Reports::default().write(Format::Html, &path).unwrap();
    let suite = Suite::embedded().unwrap();
    for name in ["a", "b", "c", "d", "e"] {
        reports.name(Some(name.to_owned()));
        suite.run_in_memory(|| Deaf(Reference::default()), &mut reports).unwrap();
    }
    let [first, .., last] = reports.document().runs.as_slice() else { panic!("five runs") };
    let tally = first.summary.tally;
    assert!(tally.fail + tally.blocked > 500, "{tally:?}");
    assert_eq!(last.name.as_deref(), Some("e"));
    let size = path.metadata().unwrap().len();
    assert!((100_000..3_000_000).contains(&size), "{size} bytes");
}

/// The reference broker, which here never hears a PUBLISH.
struct Deaf(Reference);

impl MemoryBroker for Deaf {
    fn open(&mut self, now: Duration, connection: u64) {
        self.0.open(now, connection);
    }

    fn receive(&mut self, now: Duration, connection: u64, bytes: &[u8]) {
        if bytes.first().is_none_or(|first| first >> 4 != 3) {
            self.0.receive(now, connection, bytes);
        }
    }

    fn close(&mut self, now: Duration, connection: u64) {
        self.0.close(now, connection);
    }

    fn deadline(&self) -> Option<Duration> {
        self.0.deadline()
    }

    fn tick(&mut self, now: Duration) {
        self.0.tick(now);
    }

    fn poll(&mut self, now: Duration) -> Option<Output> {
        self.0.poll(now)
    }
}
