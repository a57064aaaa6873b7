//! Plays a plan and judges it.

use std::time::Duration;

use super::{
    history::History,
    model::{Lag, Violation, judge},
    plan::Plan,
    player::{Names, Player, Tempo},
};
use crate::{runner::Login, transport::Link};

/// How fast plans are played, and how late a broker may be.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How fast.
    pub tempo: Tempo,
    /// How late.
    pub lag: Lag,
    /// How much longer to look before something is called missing; each time, if it still is.
    pub looks: &'static [Duration],
    /// Whether to remove what is left on the broker.
    pub removes: bool,
}

impl Pace {
    /// For a broker in this process that nobody else uses: waiting takes no time.
    pub const MEMORY: Self = Self {
        tempo: Tempo {
            settle: Duration::from_millis(1000),
            quiet: Duration::from_secs(2),
            patience: Duration::from_secs(20),
            farewell: Duration::ZERO,
        },
        lag: Lag { acts: Duration::from_millis(900), ends: Duration::from_millis(900), wills: Duration::from_secs(5) },
        looks: &[Duration::from_secs(40)],
        removes: false,
    };
    /// Over sockets, as fast as the broker is.
    pub const FAST: Self = Self {
        tempo: Tempo {
            settle: Duration::ZERO,
            quiet: Duration::from_millis(10),
            patience: Duration::from_secs(5),
            farewell: Duration::from_millis(500),
        },
        lag: Lag { acts: Duration::ZERO, ends: Duration::from_millis(600), wills: Duration::from_secs(5) },
        looks: &[Duration::from_millis(400), Duration::from_secs(4)],
        removes: true,
    };
    /// Over sockets, so slowly that a broker has done each thing before the next begins.
    pub const CALM: Self = Self {
        tempo: Tempo { settle: Duration::from_millis(250), quiet: Duration::from_millis(100), ..Self::FAST.tempo },
        lag: Lag { acts: Duration::from_millis(200), ends: Duration::from_millis(600), wills: Duration::from_secs(5) },
        ..Self::FAST
    };
}

/// A plan that was played, and what was wrong.
#[derive(Debug)]
pub struct Round {
    /// What happened.
    pub history: History,
    /// What is wrong.
    pub violations: Vec<Violation>,
}

/// Plays a plan and judges what happened. What is missing is looked for again before it counts.
pub async fn play<L: Link>(link: &mut L, plan: &Plan, names: &Names, login: &Login, pace: &Pace) -> Round {
    let mut player = Player::new(link, plan, names, login, pace.tempo);
    player.run().await;
    let mut violations = judge(player.history(), pace.lag);
    for look in pace.looks {
        if violations.iter().any(|violation| violation.rule.is_absence()) {
            player.look(*look).await;
            violations = judge(player.history(), pace.lag);
        }
    }
    let history = player.history().clone();
    if pace.removes {
        player.remove().await;
    }
    Round { history, violations }
}
