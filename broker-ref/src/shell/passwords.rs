//! Passwords are checked on threads of their own: each takes tens of milliseconds, in which the one thread of the broker
//! would serve nobody.

use super::shared::Shared;
use crate::core::{Broker, ConnectionId, PasswordCheck};
use std::rc::Rc;
use tokio::task::{spawn_blocking, spawn_local};

/// Starts checks as long as there is a thread for them. The others wait in the core, which bounds them.
pub(super) fn start_checks(shared: &Rc<Shared>, broker: &mut Broker) {
    while shared.checks.get() < AT_ONCE
        && let Some((id, check)) = broker.poll_check()
    {
        shared.checks.set(shared.checks.get() + 1);
        spawn_local(answer(Rc::clone(shared), id, check));
    }
}

async fn answer(shared: Rc<Shared>, id: ConnectionId, check: PasswordCheck) {
    // What ends in a panic has not passed.
    let passed = spawn_blocking(move || check.run()).await.unwrap_or(false);
    shared.checks.set(shared.checks.get().saturating_sub(1));
    shared.password_checked(id, passed);
}

/// Each wants a core and some 20 MB.
const AT_ONCE: usize = 2;
