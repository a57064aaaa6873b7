//! [`CoreHandle`]: the core, its clock, and the driver that follows each change of it.

use super::{clock::Clock, mailboxes::Signal};
use crate::{
    core::{Broker, Config, Timestamp},
    store::Loaded,
};
use std::{cell::RefCell, io};

/// The core, for the tasks that share it.
#[derive(Debug)]
pub(super) struct CoreHandle {
    broker: RefCell<Broker>,
    clock: Clock,
    driver: Signal,
}

impl CoreHandle {
    /// # Errors
    /// When the operating system has no random numbers.
    pub(super) fn new(config: Config, loaded: Loaded) -> io::Result<Self> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        Ok(Self {
            broker: RefCell::new(Broker::new(config, loaded.stored, seed)),
            clock: Clock::start(loaded.clock),
            driver: Signal::default(),
        })
    }

    /// Changes the core at the present time, and wakes the driver to handle what follows.
    pub(super) fn change<R>(&self, act: impl FnOnce(&mut Broker, Timestamp) -> R) -> R {
        let result = act(&mut self.broker.borrow_mut(), self.clock.now());
        self.driver.wake();
        result
    }

    /// The core, for what needs no driver afterwards.
    pub(super) fn with<R>(&self, act: impl FnOnce(&mut Broker) -> R) -> R {
        act(&mut self.broker.borrow_mut())
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The driver's own signal.
    pub(super) fn driver(&self) -> &Signal {
        &self.driver
    }
}
