//! Every case as a test of its own name, `v5::3.01-connect/keep-alive/silence`.
//!
//! Without anything set, each is played in memory against the reference broker, in the first of a few configurations
//! that offers what it needs; what only a WebSocket can show is played against the same broker over loopback. With
//! `MQTTSPEC_URL=mqtt://..` set, the same tests are played against that broker, many at once.

#[path = "common/configurations.rs"]
mod configurations;

use std::{
    collections::BTreeMap,
    env,
    process::ExitCode,
    sync::{Mutex, OnceLock},
};

use configurations::configurations;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use mqttspec::{
    guest::Login,
    report::explain,
    run::{CaseRun, run_in_memory},
    transport::{Campaign, Progress, Target},
    vector::{Case, Library},
    verdict::Verdict,
};
use mqttspec_broker::{core::Config, shell::Embedded};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let library: &'static Library = match Library::embedded() {
        Ok(library) => Box::leak(Box::new(library)),
        Err(errors) => {
            errors.iter().for_each(|error| eprintln!("{error}"));
            return ExitCode::FAILURE;
        }
    };
    let cases: Vec<&'static Case> = library.cases().collect();
    let trials = match env::var("MQTTSPEC_URL") {
        Ok(url) => match url.parse::<Target>() {
            Ok(target) => together(&arguments, &cases, move || (target, None)),
            Err(error) => {
                eprintln!("MQTTSPEC_URL: {error}");
                return ExitCode::FAILURE;
            }
        },
        Err(_) => in_memory(&arguments, &cases),
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn in_memory(arguments: &Arguments, cases: &[&'static Case]) -> Vec<Trial> {
    let (websocket, plain): (Vec<&'static Case>, Vec<&'static Case>) =
        cases.iter().copied().partition(|case| case.needs_websocket());
    let mut trials: Vec<Trial> = plain.into_iter().map(|case| trial(case, move || played_in_memory(case))).collect();
    trials.extend(together(arguments, &websocket, || {
        let listen = "ws://127.0.0.1:0/mqtt".parse().expect("a URL");
        let broker = Embedded::start(Config::default(), &[listen]).expect("a free loopback port");
        let target = broker.urls()[0].to_string().parse().expect("a URL");
        (target, Some(broker))
    }));
    trials
}

/// In the first configuration that offers what the case needs.
fn played_in_memory(case: &Case) -> Result<Completion, Failed> {
    let mut why = None;
    for (config, login) in configurations() {
        let run = run_in_memory(case, &config, &login);
        match &run.verdict {
            Verdict::Skip(reason) => why = why.or(Some(reason.clone())),
            _ => return judged(&run, ""),
        }
    }
    Ok(Completion::ignored_with(why.unwrap_or_default()))
}

/// Trials that are all played at once when the first of them runs: a case that waits costs nobody else time.
fn together(
    arguments: &Arguments,
    cases: &[&'static Case],
    start: impl FnOnce() -> (Target, Option<Embedded>) + Send + 'static,
) -> Vec<Trial> {
    let wanted = cases.iter().copied().filter(|case| {
        let named = trial(case, || Ok(Completion::Completed));
        !arguments.is_filtered_out(&named)
    });
    let all: &'static AllAtOnce = Box::leak(Box::new(AllAtOnce {
        cases: wanted.collect(),
        start: Mutex::new(Some(Box::new(start))),
        results: OnceLock::new(),
    }));
    cases.iter().map(|&case| trial(case, move || all.result(case))).collect()
}

type Start = Box<dyn FnOnce() -> (Target, Option<Embedded>) + Send>;
type Results = BTreeMap<String, (CaseRun<'static>, String)>;

struct AllAtOnce {
    cases: Vec<&'static Case>,
    start: Mutex<Option<Start>>,
    results: OnceLock<Result<Results, String>>,
}

impl AllAtOnce {
    fn result(&self, case: &Case) -> Result<Completion, Failed> {
        let results = self.results.get_or_init(|| {
            let start = self.start.lock().expect("no panic").take().expect("once");
            let (target, _broker) = start();
            let url = target.to_string();
            let mut results = BTreeMap::new();
            let campaign = Campaign { target, login: Login::default(), jobs: 64 };
            campaign.run(&self.cases, |progress| {
                if let Progress::Finished(run) = progress {
                    results.insert(name(run.case), (run, url.clone()));
                }
            })?;
            Ok(results)
        });
        let results = results.as_ref().map_err(|why| Failed::from(why.clone()))?;
        let (run, url) = results.get(&name(case)).ok_or_else(|| Failed::from("not played"))?;
        judged(run, url)
    }
}

fn judged(run: &CaseRun<'_>, target: &str) -> Result<Completion, Failed> {
    match &run.verdict {
        Verdict::Pass | Verdict::Soft(_) => Ok(Completion::Completed),
        Verdict::Skip(why) => Ok(Completion::ignored_with(why)),
        Verdict::Fail(failure) => Err(Failed::from(format!("{}\n{}", run.case.title, explain(run, failure, target)))),
        Verdict::Error(why) => Err(Failed::from(why.clone())),
    }
}

fn trial(case: &Case, play: impl FnOnce() -> Result<Completion, Failed> + Send + 'static) -> Trial {
    Trial::ignorable_test(name(case), play)
}

fn name(case: &Case) -> String {
    format!("{}::{}", case.version, case.id)
}
