//! [`Checkers`]: the threads that check passwords.

use crate::core::{CheckMemory, ConnectionId, PasswordCheck};
use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Check = (ConnectionId, PasswordCheck);
/// The number of the thread, and the result.
pub(super) type Checked = (usize, ConnectionId, bool);

/// The threads that check passwords, made when the first one is to be checked.
#[derive(Debug)]
pub(super) struct Checkers {
    pub(super) threads: Vec<Sender<Check>>,
    /// Those that have nothing to do.
    pub(super) free: Vec<usize>,
}

/// # Errors
/// When a thread cannot be started.
pub(super) fn start() -> io::Result<(Checkers, UnboundedReceiver<Checked>)> {
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
