//! Password checks run on other threads: each takes tens of milliseconds, which would block the thread of the broker.

use super::shared::Shared;
use crate::core::{Broker, CheckMemory, ConnectionId, PasswordCheck};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::spawn_local,
};
use tracing::error;

type Check = (ConnectionId, PasswordCheck);
/// The number of the thread, and the result.
type Checked = (usize, ConnectionId, bool);

/// The threads that check passwords, made when the first one is to be checked.
#[derive(Debug)]
pub(super) struct Checkers {
    threads: Vec<Sender<Check>>,
    /// Those that have nothing to do.
    free: Vec<usize>,
}

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

fn start() -> io::Result<(Checkers, UnboundedReceiver<Checked>)> {
    // one processor is left to the broker, where there are several
    let processors = thread::available_parallelism().map_or(1, |count| count.get() - 1);
    let (told, results) = unbounded_channel();
    let mut checkers = Checkers { threads: Vec::new(), free: Vec::new() };
    for number in 0..processors.clamp(1, AT_ONCE) {
        let ((checks, waiting), told) = (channel(), told.clone());
        thread::Builder::new().name("mqttspec-passwd".to_owned()).spawn(move || check(number, &waiting, &told))?;
        checkers.threads.push(checks);
        checkers.free.push(number);
    }
    Ok((checkers, results))
}

/// One thread: checks until the server is dropped. Its memory is used again for the next check, because an allocator
/// keeps blocks of this size for good, and is given back after a while without any.
fn check(number: usize, waiting: &Receiver<Check>, told: &UnboundedSender<Checked>) {
    let mut memory = CheckMemory::default();
    loop {
        let idle = if memory.is_empty() { Duration::MAX } else { IDLE };
        match waiting.recv_timeout(idle) {
            Ok((id, check)) => {
                // a check that panics has failed
                let passed = catch_unwind(AssertUnwindSafe(|| check.run_in(&mut memory))).unwrap_or(false);
                if told.send((number, id, passed)).is_err() {
                    return;
                }
            }
            Err(RecvTimeoutError::Timeout) => memory = CheckMemory::default(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Each occupies a processor core and about 20 MB.
const AT_ONCE: usize = 2;
const IDLE: Duration = Duration::from_secs(10);
