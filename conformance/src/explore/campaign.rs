//! A campaign: many plans at once, and what each kind of violation comes down to.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use mqttspec_codec::Version;

use super::{
    generate,
    history::History,
    model::{Lag, Signature, Violation, judge},
    plan::Plan,
    player::Names,
    random::Random,
    round::{Pace, Round, play},
    shrink::{Budget, Shrinker},
};
use crate::{runner::Login, transport::Link};

/// What to play.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Repeats the same plans.
    pub seed: u64,
    /// The versions, which take turns.
    pub versions: Vec<Version>,
    /// When no more plans begin, by the clock of the link.
    pub time: Duration,
    /// After how many operations no more plans begin.
    pub ops: usize,
    /// How many plans are played at once.
    pub at_once: usize,
    /// How fast plans are played.
    pub pace: Pace,
    /// How a find is confirmed.
    pub calm: Pace,
    /// For each find.
    pub budget: Budget,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Operations that applied.
    pub ops: usize,
    /// Plans that were played.
    pub plans: usize,
    /// Plans that say nothing, because the broker did not accept a connection or was gone.
    pub void: usize,
    /// Kinds of violations.
    pub kinds: usize,
    /// Plans that were played again to make a find smaller; 0 as long as plans are explored.
    pub replays: usize,
}

/// A kind of violation, with the smallest plan that shows it.
#[derive(Debug)]
pub struct Find {
    /// The seed of the plan in which it was found.
    pub seed: u64,
    /// How many operations that had.
    pub from: usize,
    /// The smallest plan.
    pub plan: Plan,
    /// What happened when it was played last and showed the violation.
    pub history: History,
    /// What is wrong.
    pub violation: Violation,
    /// How often it was shown in [`TIMES`] replays.
    pub rate: usize,
    /// How many plans were played for that.
    pub replays: usize,
}

/// The result of a campaign.
#[derive(Debug)]
pub struct Outcome {
    /// How far it came.
    pub progress: Progress,
    /// Each kind of violation once.
    pub finds: Vec<Find>,
    /// Why a plan was void, the last time.
    pub void: Option<String>,
}

/// How often a find is replayed at the end.
pub const TIMES: usize = 10;

/// The first plan that showed a kind of violation.
struct First {
    seed: u64,
    plan: Plan,
    round: Round,
}

/// Explores a broker. `open` makes a link for each plan; `stop` ends the search early, but what was found is still made
/// smaller.
pub async fn explore<L: Link>(
    open: impl Fn() -> L,
    settings: &Settings,
    login: &Login,
    stop: impl Fn() -> bool,
    tell: impl Fn(&Progress),
) -> Outcome {
    let progress = RefCell::new(Progress::default());
    let next = RefCell::new(0_u64);
    let firsts: RefCell<BTreeMap<Signature, First>> = RefCell::default();
    let (void, voids) = (RefCell::new(None), RefCell::new(0));
    let start = open().now();
    let worker = |_| async {
        loop {
            let link = &mut open();
            let is_over = {
                let progress = progress.borrow();
                let enough =
                    progress.ops >= settings.ops || progress.kinds >= MOST_KINDS || *voids.borrow() >= MOST_VOID;
                enough || stop() || link.now().saturating_sub(start) >= settings.time
            };
            if is_over {
                return;
            }
            let turn = next.replace_with(|turn| *turn + 1);
            let seed = settings.seed.wrapping_add(turn);
            let plan = plan(seed, turn, settings);
            let names = Names::new(&mut Random::new(seed ^ salt()));
            let round = play(link, &plan, &names, login, &settings.pace).await;
            let mut progress = progress.borrow_mut();
            progress.plans += 1;
            progress.ops += round.history.applied;
            match &round.history.void {
                Some(why) => {
                    progress.void += 1;
                    *voids.borrow_mut() += 1;
                    *void.borrow_mut() = Some(why.clone());
                }
                None => *voids.borrow_mut() = 0,
            }
            note(&mut firsts.borrow_mut(), seed, &plan, round);
            progress.kinds = firsts.borrow().len();
            tell(&progress);
        }
    };
    join_all((0..settings.at_once.max(1)).map(worker)).await;
    let mut progress = progress.into_inner();
    let mut finds = Vec::new();
    for (signature, first) in firsts.into_inner() {
        let find = smallest(&open, settings, login, &signature, first, |replays| {
            tell(&Progress { replays: progress.replays + replays, ..progress });
        });
        let find = find.await;
        progress.replays += find.replays;
        finds.push(find);
    }
    Outcome { progress, finds, void: void.into_inner() }
}

/// The plan of a turn.
fn plan(seed: u64, turn: u64, settings: &Settings) -> Plan {
    let turn = usize::try_from(turn).unwrap_or_default();
    let version = settings.versions.get(turn % settings.versions.len().max(1)).copied();
    generate(seed, version.unwrap_or(Version::V5), OPS)
}

fn note(firsts: &mut BTreeMap<Signature, First>, seed: u64, plan: &Plan, round: Round) {
    let Round { history, violations } = round;
    // one defect may break several rules; the first is the nearest to it
    if let Some(violation) = violations.into_iter().next() {
        let (plan, round) = (plan.clone(), Round { history, violations: vec![violation.clone()] });
        firsts.entry(violation.signature()).or_insert(First { seed, plan, round });
    }
}

/// Makes a find smaller, and finds out how often it is shown.
async fn smallest<L: Link>(
    open: &impl Fn() -> L,
    settings: &Settings,
    login: &Login,
    signature: &Signature,
    first: First,
    tell: impl Fn(usize),
) -> Find {
    let start = open().now();
    let mut shrinker = Shrinker::new(first.plan.clone());
    let Some(violation) = first.round.violations.first().cloned() else { unreachable!("a find has a violation") };
    let (mut shown, mut replays) = ((first.round.history, violation), 0);
    let again = |plan: Plan, pace: Pace| async move {
        let names = Names::new(&mut Random::new(salt()));
        let round = play(&mut open(), &plan, &names, login, &pace).await;
        let same = round.violations.into_iter().find(|violation| violation.signature() == *signature);
        same.map(|violation| (plan, round.history, violation))
    };
    // what is missing is looked for less long here, and in full at the end
    let quick = Pace { looks: settings.pace.looks.get(..1).unwrap_or_default(), ..settings.pace };
    loop {
        let candidates = shrinker.candidates();
        let left = settings.budget.replays.saturating_sub(replays);
        if candidates.is_empty() || left == 0 || open().now().saturating_sub(start) >= settings.budget.time {
            break;
        }
        let mut found = None;
        for some in candidates.chunks(SHRINKING) {
            replays += some.len();
            let tried = join_all(some.iter().map(|plan| again(plan.clone(), quick))).await;
            found = tried.into_iter().flatten().next();
            tell(replays);
            if found.is_some() || replays >= settings.budget.replays {
                break;
            }
        }
        let smaller = found.map(|(plan, history, violation)| {
            shown = (history, violation);
            plan
        });
        shrinker.tried(smaller);
    }
    // the slow way first: what is shown there does not depend on how late a broker is
    let mut best = shrinker.best().clone();
    let mut calm = join_all((0..TIMES).map(|_| again(Plan { fenced: true, ..best.clone() }, settings.calm))).await;
    replays += TIMES;
    let mut rate = calm.iter().flatten().count();
    if rate < ENOUGH {
        let sure = |history: &History| {
            let found = judge(history, Lag { acts: SURELY, ..settings.calm.lag });
            found.iter().any(|violation| violation.signature() == *signature)
        };
        let fast = join_all((0..TIMES).map(|_| again(best.clone(), settings.pace))).await;
        replays += TIMES;
        let fast: Vec<_> = fast.into_iter().map(|shown| shown.filter(|(_, history, _)| sure(history))).collect();
        if fast.iter().flatten().count() > rate {
            rate = fast.iter().flatten().count();
            calm = fast;
        }
    }
    tell(replays);
    if let Some((plan, history, violation)) = calm.into_iter().flatten().next() {
        best = plan;
        shown = (history, violation);
    }
    let (history, violation) = shown;
    Find { seed: first.seed, from: first.plan.ops.len(), plan: best, history, violation, rate, replays }
}

/// A find that is shown less often gets no vector.
pub const ENOUGH: usize = 3;
/// Of a plan.
const OPS: usize = 40;
/// What is shown although a broker may be so late is sure.
const SURELY: Duration = Duration::from_millis(200);
/// How many plans are tried at once when a find is made smaller.
const SHRINKING: usize = 16;
/// After so many kinds, the broker is known.
const MOST_KINDS: usize = 20;
/// After so many plans in a row that say nothing, the search ends.
const MOST_VOID: usize = 20;

/// Differs each time, so that names never come twice.
fn salt() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(())
}
