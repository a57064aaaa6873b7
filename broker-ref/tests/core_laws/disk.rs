//! [`Disk`]: steps in memory, the first of them durable; and its [`Fault`]s, by which the laws are tried.

use mqttspec_broker::core::{Delta, Stored};

/// A store that is wrong on purpose: the laws must find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Output leaves one step before it may.
    ReleaseEarly,
    /// An acknowledged message stays in the queue.
    ForgetDropEntry,
    /// Half a step is on disk after a crash.
    SplitStep,
    /// An identifier between PUBLISH and PUBREL is not stored.
    LosePutReceived,
    /// A message is stored one step after the step that acknowledges it.
    PutMessageLate,
}

#[derive(Debug, Default)]
pub(crate) struct Disk {
    steps: Vec<Vec<Delta>>,
    durable: usize,
    late: Vec<Delta>,
    pub(crate) fault: Option<Fault>,
}

impl Disk {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, ..Self::default() }
    }

    /// Steps there are, durable or not.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(crate) fn durable(&self) -> usize {
        self.durable
    }

    /// The deltas of one event, on their way to the disk.
    pub(crate) fn write(&mut self, mut step: Vec<Delta>) {
        match self.fault {
            Some(Fault::ForgetDropEntry) => step.retain(|delta| !matches!(delta, Delta::DropEntry(..))),
            Some(Fault::LosePutReceived) => step.retain(|delta| !matches!(delta, Delta::PutReceived(..))),
            Some(Fault::PutMessageLate) => {
                let (late, now) = step.into_iter().partition(|delta| matches!(delta, Delta::PutMessage(..)));
                step = std::mem::replace(&mut self.late, late);
                step.extend::<Vec<_>>(now);
            }
            Some(Fault::ReleaseEarly | Fault::SplitStep) | None => {}
        }
        self.steps.push(step);
    }

    /// The next steps are durable.
    pub(crate) fn commit(&mut self, steps: usize) {
        self.durable = self.durable.saturating_add(steps).min(self.steps.len());
    }

    /// What output that depends on everything so far waits for.
    pub(crate) fn ticket(&self) -> usize {
        match self.fault {
            Some(Fault::ReleaseEarly) => self.steps.len().saturating_sub(1),
            _ => self.steps.len(),
        }
    }

    /// Power is gone: what is durable stays, and of the steps under way as many as happened to be written.
    pub(crate) fn crash(&mut self, more_steps: usize) {
        let cut = self.durable.saturating_add(more_steps).min(self.steps.len());
        let torn = self.steps.get(cut).map(|step| step[..step.len() / 2].to_vec());
        self.steps.truncate(cut);
        self.late.clear();
        if let (Some(Fault::SplitStep), Some(torn), Some(last)) = (self.fault, torn, self.steps.last_mut()) {
            last.extend(torn);
        }
        self.durable = cut;
    }

    pub(crate) fn read(&self) -> Stored {
        let mut stored = Stored::default();
        self.steps.iter().flatten().for_each(|delta| stored.apply(delta));
        stored
    }
}
