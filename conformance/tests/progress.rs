//! What a run tells those who watch it while it lasts.

use std::io;

use mqttspec::{Event, Filter, Reporter, Suite, Target};
use mqttspec_broker::{core::Config, shell::Embedded};
use mqttspec_codec::Version;

/// It waits for seconds; the others do not.
const SLOW: &str = "3.12-pingreq/answered/keeps-the-connection";

#[derive(Default)]
struct Waiting(Vec<(String, usize)>);

impl Reporter for Waiting {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Waiting { case, others, .. } = event {
            self.0.push((case.id.clone(), *others));
        }
        Ok(())
    }
}

#[test]
fn the_case_that_the_run_waits_for_is_named() {
    let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().expect("a URL")]).expect("a port");
    let target: Target = broker.urls()[0].to_string().parse().expect("a URL");
    let filter = Filter::default().version(Version::V3_1_1).only(SLOW).expect("a pattern");
    let filter = filter.only("3.14-disconnect").expect("a section");
    let suite = Suite::embedded().expect("the vectors load").filter(filter);
    let mut waiting = Waiting::default();
    suite.run_blocking(&target, &mut waiting, std::future::pending()).expect("it runs");
    assert_eq!(waiting.0.last(), Some(&(SLOW.to_owned(), 0)), "{:?}", waiting.0);
    let mut distinct = waiting.0.clone();
    distinct.dedup();
    assert_eq!(distinct, waiting.0, "nothing is said twice");
    assert!(waiting.0.len() > 1, "the count of others is kept up to date: {:?}", waiting.0);
}
