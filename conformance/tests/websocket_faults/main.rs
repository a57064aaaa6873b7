//! Proves that the cases about WebSocket can fail: the faults of the test `faults` are in memory, where there are no frames.
//! Here a server between the suite and the reference broker speaks WebSocket, and is wrong in one way.
//!
//! A new one is a habit with a line of its table, and the place where it has an effect: the handshake (`server`) or what
//! follows it (`endpoint`). The statement in its line is read from the standard. What the cases cannot see is not here:
//! whether a ping is answered, and with which code a connection is closed.

mod endpoint;
mod frame;
mod habit;
mod server;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::SocketAddr,
    sync::OnceLock,
};

use habit::{HABITS, Habit, Shown};
use mqttspec::{CaseRun, Event, Filter, Reporter, RunError, Suite, Verdict};
use mqttspec_broker::{core::Config, shell::Embedded};
use tokio::task::LocalSet;

/// The cases that fail, and what is accused of it in each version.
#[derive(Debug, Default)]
struct Outcome {
    failed: BTreeSet<String>,
    accused: BTreeSet<(mqttspec_codec::Version, String)>,
    /// Cases that are neither failed, passed nor passed with a warning.
    undecided: Vec<String>,
    /// All cases.
    cases: BTreeSet<String>,
}

impl Reporter for Outcome {
    fn on_event(&mut self, event: &Event<'_>) -> io::Result<()> {
        if let Event::Finished(CaseRun { case, verdict, .. }) = event {
            let name = case.name().to_owned();
            match verdict {
                Verdict::Pass | Verdict::Warn(_) => {}
                Verdict::Fail(failure) => {
                    self.failed.insert(name.clone());
                    let statement = failure.accusation.statement.as_ref();
                    self.accused.extend(statement.map(|cited| (case.version, cited.id.clone())));
                }
                other => self.undecided.push(format!("{} {}: {other:?}", case.version, case.id)),
            }
            self.cases.insert(name);
        }
        Ok(())
    }
}

/// What happened on the right server, and on each wrong one, by what it does.
type Played = (Outcome, BTreeMap<&'static str, (Outcome, Option<RunError>)>);

/// Plays all cases about WebSocket on a server with that habit.
async fn play(broker: SocketAddr, habit: Option<Habit>) -> (Outcome, Option<RunError>) {
    let url = server::serve(broker, habit).await;
    let filter = Filter::default().only("6.0-websocket").unwrap();
    let suite = Suite::embedded().unwrap().filter(filter);
    let mut outcome = Outcome::default();
    let error = suite.run_with(&url.parse().unwrap(), &mut outcome, std::future::pending()).await.err();
    (outcome, error)
}

/// Plays all cases on the right server, and then on each wrong one, some at the same time.
fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(LocalSet::new().run_until(async {
            let broker = Embedded::start(Config::default(), &["mqtt://127.0.0.1:0".parse().unwrap()]).unwrap();
            let address = broker.urls()[0].to_string();
            let address: SocketAddr = address.trim_start_matches("mqtt://").parse().unwrap();
            let (right, error) = play(address, None).await;
            assert!(error.is_none(), "{error:?}");
            let mut wrong = BTreeMap::new();
            for some in HABITS.chunks(AT_ONCE) {
                let plays =
                    some.iter().map(|(habit, what, _)| async move { (*what, play(address, Some(*habit)).await) });
                wrong.extend(futures_util::future::join_all(plays).await);
            }
            (right, wrong)
        }))
    })
}

#[test]
fn the_right_server_passes_every_case() {
    let (right, _) = played();
    assert!(right.failed.is_empty() && right.undecided.is_empty(), "{right:?}");
    assert!(right.cases.len() > 10, "{:?}", right.cases);
}

#[test]
fn every_case_fails_on_a_wrong_server() {
    let (right, wrong) = played();
    let failed: BTreeSet<&String> = wrong.values().flat_map(|(outcome, _)| &outcome.failed).collect();
    let vacuous: Vec<&String> = right.cases.iter().filter(|case| !failed.contains(case)).collect();
    assert!(vacuous.is_empty(), "no wrong server fails {vacuous:?}");
}

#[test]
fn every_wrong_server_is_found_with_its_statement() {
    let (_, wrong) = played();
    let mut unfound = Vec::new();
    for (_, what, shown) in HABITS {
        let (outcome, error) = &wrong[what];
        let found = match shown {
            Shown::ByTheRun(why) => error.as_ref().is_some_and(|error| error.to_string().contains(why)),
            Shown::ByAFailure => !outcome.failed.is_empty(),
            Shown::By(..) | Shown::InV5(_) => {
                let accused = |(version, id): (_, &str)| outcome.accused.contains(&(version, id.to_owned()));
                shown.statements().into_iter().all(accused)
            }
        };
        if !found {
            let (failed, accused) = (&outcome.failed, &outcome.accused);
            unfound.push(format!(
                "{what}: expected {shown:?}, found {failed:?} {accused:?} {error:?} {:?}",
                outcome.undecided
            ));
        }
    }
    assert!(unfound.is_empty(), "{} of {}:\n{}", unfound.len(), HABITS.len(), unfound.join("\n"));
}

#[test]
fn every_habit_is_in_the_table_once() {
    let names: BTreeSet<String> = HABITS.iter().map(|(habit, ..)| format!("{habit:?}")).collect();
    let texts: BTreeSet<&str> = HABITS.iter().map(|(_, what, _)| *what).collect();
    assert_eq!((names.len(), texts.len()), (HABITS.len(), HABITS.len()));
}

/// Each run has many connections at once.
const AT_ONCE: usize = 8;
