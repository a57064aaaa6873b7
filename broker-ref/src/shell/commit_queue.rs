//! [`CommitQueue`]: which steps were recorded, and which of them are on disk.
//!
//! A commit blocks, so the store has its own thread. Everything recorded during one commit becomes the next one, so
//! batches fill without a timer.

use crate::{
    core::{Broker, Delta, StoredMessage, Timestamp},
    store::{Persist, StoreError},
};
use std::{
    cell::{Cell, RefCell},
    io,
    mem::replace,
    panic::resume_unwind,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{Builder, JoinHandle},
    time::Duration,
};
use tokio::sync::watch;

/// The deltas of one call of the core. Steps become durable in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Step(u64);

/// A step, and the weight in bytes of all up to it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    pub(super) step: Step,
    weight: u64,
}

/// What the store's thread reports.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub(super) durable: Mark,
    pub(super) nearly_full: bool,
}

/// The shell's side of the store. Without a store nothing is kept, and nothing waits.
#[derive(Debug, Default)]
pub(super) struct CommitQueue {
    recorded: Cell<Mark>,
    durable: Cell<Mark>,
    store: RefCell<Option<StoreThread>>,
}

#[derive(Debug)]
struct StoreThread {
    batches: Sender<Batch>,
    thread: JoinHandle<Result<(), StoreError>>,
}

/// The steps of one commit.
#[derive(Debug)]
struct Batch {
    deltas: Vec<Delta>,
    /// The time of the last one.
    clock: Timestamp,
    weight: u64,
    last: Mark,
}

impl CommitQueue {
    /// Starts the store's thread. The receiver learns what is durable, and that the thread has ended.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(super) fn start(store: Box<dyn Persist>) -> io::Result<(Self, watch::Receiver<Progress>)> {
        let (batches, recorded) = channel();
        let (told, progress) = watch::channel(Progress::default());
        let keep = move || keep(store, &recorded, &told);
        let thread = Builder::new().name("mqttspec-store".to_owned()).spawn(keep)?;
        let store = RefCell::new(Some(StoreThread { batches, thread }));
        Ok((Self { store, ..Self::default() }, progress))
    }

    /// Queues all deltas of one step of the core, which are committed together or not at all.
    pub(super) fn record(&self, broker: &mut Broker, clock: Timestamp) {
        let Some(store) = &*self.store.borrow() else {
            while broker.poll_delta().is_some() {}
            return;
        };
        let deltas: Vec<Delta> = std::iter::from_fn(|| broker.poll_delta()).collect();
        if deltas.is_empty() {
            return;
        }
        let weight = deltas.iter().map(weight).sum();
        let Mark { step: Step(step), weight: before } = self.recorded.get();
        let last = Mark { step: Step(step + 1), weight: before + weight };
        self.recorded.set(last);
        // Fails only if the thread has ended; it has reported why, and the server stops.
        let _ = store.batches.send(Batch { deltas, clock, weight, last });
    }

    /// The last step recorded.
    pub(super) fn last(&self) -> Step {
        self.recorded.get().step
    }

    /// Takes in what the thread has reported.
    pub(super) fn advance(&self, durable: Mark) {
        self.durable.set(durable);
    }

    pub(super) fn is_durable(&self, step: Step) -> bool {
        step <= self.durable.get().step
    }

    /// Whether the store keeps up. If not, the core should be given no more input.
    pub(super) fn has_room(&self) -> bool {
        self.recorded.get().weight - self.durable.get().weight <= BEHIND
    }

    /// Waits until everything recorded is committed or the store has failed. Nothing may be recorded afterwards.
    ///
    /// # Errors
    /// Why the store has failed.
    pub(super) fn close(&self) -> Result<(), StoreError> {
        let Some(StoreThread { batches, thread }) = self.store.take() else { return Ok(()) };
        drop(batches);
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// The store's thread. Ends when the shell drops its side, or at the first commit that fails.
fn keep(
    mut store: Box<dyn Persist>,
    recorded: &Receiver<Batch>,
    told: &watch::Sender<Progress>,
) -> Result<(), StoreError> {
    loop {
        let nearly_full = store.is_nearly_full();
        told.send_if_modified(|told| replace(&mut told.nearly_full, nearly_full) != nearly_full);
        // The disk can get more room while nothing is recorded.
        let look_again = if nearly_full { LOOK_AGAIN } else { Duration::MAX };
        let mut batch = match recorded.recv_timeout(look_again) {
            Ok(batch) => batch,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        while batch.weight < COMMIT
            && let Ok(next) = recorded.try_recv()
        {
            batch.deltas.extend(next.deltas);
            (batch.clock, batch.last) = (next.clock, next.last);
            batch.weight += next.weight;
        }
        store.commit(&batch.deltas, batch.clock)?;
        told.send_modify(|told| told.durable = batch.last);
    }
}

/// About how many bytes a delta writes.
fn weight(delta: &Delta) -> u64 {
    let message = |message: &StoredMessage| message.encoded_len();
    let len = match delta {
        Delta::PutMessage(_, stored) => message(stored),
        Delta::PutSession(_, record) => record.will.as_ref().map_or(0, |will| message(&will.message)),
        Delta::PutSubscription(_, text, _) | Delta::SetRetained(text, _) => text.len(),
        _ => 0,
    };
    len as u64 + ROW
}

/// The overhead of a row, in bytes.
const ROW: u64 = 100;
/// In bytes: a larger commit delays all connections, a smaller one costs more per byte.
const COMMIT: u64 = 1024 * 1024;
/// In bytes: how far the store may be behind before connections are no longer read.
const BEHIND: u64 = 4 * COMMIT;
/// How often a disk that is nearly full is checked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        core::MessageId,
        store::{Loaded, StoreErrorKind},
    };
    use std::{io::ErrorKind, path::Path};

    /// Reports how many deltas each commit had; fails when the receiver is gone.
    #[derive(Debug)]
    struct Told(Sender<usize>);

    impl Persist for Told {
        fn load(&mut self) -> Result<Loaded, StoreError> {
            Ok(Loaded::default())
        }

        fn commit(&mut self, deltas: &[Delta], _: Timestamp) -> Result<(), StoreError> {
            let broken = || StoreError::new(Path::new("here"), StoreErrorKind::Io(ErrorKind::Other.into()));
            self.0.send(deltas.len()).map_err(|_| broken())
        }
    }

    /// Steps of one delta each, of the given weights.
    fn queued(weights: &[u64]) -> Receiver<Batch> {
        let (batches, recorded) = channel();
        for (number, weight) in (1..).zip(weights) {
            let last = Mark { step: Step(number), weight: 0 };
            let deltas = vec![Delta::DropMessage(MessageId::new(number))];
            batches.send(Batch { deltas, clock: Timestamp::ZERO, weight: *weight, last }).unwrap();
        }
        recorded
    }

    #[test]
    fn gathered_steps_are_one_commit_up_to_its_limit() {
        let (asked, commits) = channel();
        let (told, progress) = watch::channel(Progress::default());
        keep(Box::new(Told(asked)), &queued(&[1, 1, 1, COMMIT, 1, 2 * COMMIT, 1]), &told).unwrap();
        assert_eq!(commits.iter().collect::<Vec<_>>(), [4, 2, 1]);
        assert_eq!(progress.borrow().durable.step, Step(7));
    }

    #[test]
    fn no_commit_follows_a_failed_one() {
        let (asked, commits) = channel();
        let (told, progress) = watch::channel(Progress::default());
        drop(commits);
        keep(Box::new(Told(asked)), &queued(&[COMMIT, 1]), &told).unwrap_err();
        assert_eq!(progress.borrow().durable.step, Step(0));
    }

    #[test]
    fn store_far_behind_has_no_room() {
        let queue = CommitQueue::default();
        let recorded = Mark { step: Step(9), weight: BEHIND + 1 };
        queue.recorded.set(recorded);
        assert!(!queue.has_room() && !queue.is_durable(Step(9)));
        queue.advance(recorded);
        assert!(queue.has_room() && queue.is_durable(Step(9)));
    }
}
