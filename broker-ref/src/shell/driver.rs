//! The end of each tick: timers first, then permission to transmit.
//!
//! The first connection that hands something to the core wakes the driver. The run queue is first in, first out, so the
//! driver runs after every connection that was readable in the same tick, and serves all of them in one turn.

use super::{log, passwords::start_checks, shared::Shared};
use crate::core::{Broker, Timestamp};
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// Runs as long as the server does.
pub(super) async fn drive(shared: Rc<Shared>) -> Infallible {
    let mut alarm = Alarm::new();
    poll_fn(|cx| {
        shared.core.driver().listen(cx.waker());
        let next = shared.core.with(|broker| end_tick(&shared, broker));
        if alarm.poll(cx, &shared, next).is_ready() {
            // Yields to the other tasks, even if the core should ask for a time that has passed.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await
}

/// Returns when to run again.
fn end_tick(shared: &Rc<Shared>, broker: &mut Broker) -> Option<Timestamp> {
    let now = shared.core.clock().now();
    if broker.poll_timeout().is_some_and(|due| due <= now) {
        broker.handle_timeout(now);
        shared.gate.record(broker, now);
    }
    start_checks(shared, broker);
    while let Some(notice) = broker.poll_notice() {
        log::notice(&notice);
    }
    while let Some(id) = broker.poll_ready() {
        shared.mailboxes.allow_transmit(id);
    }
    broker.poll_timeout()
}

/// The one timer behind all timers of the core.
///
/// Lazy: if the deadline moves later (every packet does that through Keep Alive), the timer is left alone; it fires
/// early, finds nothing due, and is armed again.
#[derive(Debug)]
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    set_to: Option<Timestamp>,
}

impl Alarm {
    fn new() -> Self {
        Self { sleep: Box::pin(sleep_until(Instant::now())), set_to: None }
    }

    fn poll(&mut self, cx: &mut Context<'_>, shared: &Shared, next: Option<Timestamp>) -> Poll<()> {
        let Some(due) = next else { return Poll::Pending };
        if self.set_to.is_none_or(|set_to| due < set_to) {
            self.sleep.as_mut().reset(shared.core.clock().instant_of(due));
            self.set_to = Some(due);
        }
        let rung = self.sleep.as_mut().poll(cx);
        if rung.is_ready() {
            self.set_to = None;
        }
        rung
    }
}
