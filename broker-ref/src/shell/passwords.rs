//! Password checks run on other threads: each takes tens of milliseconds, which would block the thread of the broker.

use super::{
    checkers::{Checked, Checkers, start},
    shared::Shared,
};
use crate::core::Broker;
use std::rc::Rc;
use tokio::{sync::mpsc::UnboundedReceiver, task::spawn_local};
use tracing::error;

/// Starts as many checks as may run at the same time. The others wait in the core, which limits their number.
pub(super) fn start_checks(shared: &Rc<Shared>, broker: &mut Broker) {
    let mut checkers = shared.checkers.borrow_mut();
    while checkers.as_ref().is_none_or(|checkers| !checkers.free.is_empty())
        && let Some((id, check)) = broker.poll_check()
    {
        if checkers.is_none() {
            match start() {
                Ok((started, results)) => {
                    spawn_local(answer(Rc::clone(shared), results));
                    *checkers = Some(started);
                }
                // the connection times out; the next one is another try
                Err(why) => return error!("cannot start a thread that checks passwords: {why}"),
            }
        }
        if let Some(Checkers { threads, free }) = checkers.as_mut()
            && let Some(thread) = free.pop().and_then(|number| threads.get(number))
        {
            // fails only if the thread is gone, and then there is no result to wait for
            let _ = thread.send((id, check));
        }
    }
}

async fn answer(shared: Rc<Shared>, mut results: UnboundedReceiver<Checked>) {
    while let Some((thread, id, passed)) = results.recv().await {
        if let Some(checkers) = shared.checkers.borrow_mut().as_mut() {
            checkers.free.push(thread);
        }
        shared.password_checked(id, passed);
    }
}
