//! Password checks run on other threads: each takes tens of milliseconds, which would block the thread of the broker.

use super::shared::Shared;
use crate::core::{Broker, ConnectionId, PasswordCheck};
use std::rc::Rc;
use tokio::task::{spawn_blocking, spawn_local};

/// Starts as many checks as may run at the same time. The others wait in the core, which limits their number.
pub(super) fn start_checks(shared: &Rc<Shared>, broker: &mut Broker) {
    while shared.checks.get() < AT_ONCE
        && let Some((id, check)) = broker.poll_check()
    {
        shared.checks.set(shared.checks.get() + 1);
        spawn_local(answer(Rc::clone(shared), id, check));
    }
}

async fn answer(shared: Rc<Shared>, id: ConnectionId, check: PasswordCheck) {
    // A check that panics has failed.
    let passed = spawn_blocking(move || check.run()).await.unwrap_or(false);
    debug_assert!(shared.checks.get() > 0, "more checks end than were started");
    shared.checks.set(shared.checks.get().saturating_sub(1));
    shared.password_checked(id, passed);
}

/// Each occupies a processor core and about 20 MB.
const AT_ONCE: usize = 2;
