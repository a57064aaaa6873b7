//! The time of a browser, and tasks on its event loop. They have the names and the behaviour of tokio's.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use futures_util::{
    StreamExt,
    future::{AbortHandle, abortable},
    stream::FuturesUnordered,
};
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
pub(crate) use wasmtimer::{
    std::Instant,
    tokio::{sleep, sleep_until, timeout, timeout_at},
};

/// A task that runs until it ends or is aborted, also if nobody waits for it.
#[derive(Debug)]
pub(crate) struct JoinHandle<T> {
    abort: AbortHandle,
    output: oneshot::Receiver<T>,
}

/// Why a task has no output.
#[derive(Debug)]
pub(crate) struct Aborted;

/// Starts a task.
pub(crate) fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> JoinHandle<T> {
    let (sender, output) = oneshot::channel();
    let (future, abort) = abortable(future);
    spawn_local(async move {
        if let Ok(value) = future.await {
            // nobody may wait for it
            let _ = sender.send(value);
        }
    });
    JoinHandle { abort, output }
}

impl<T> JoinHandle<T> {
    /// Stops the task, at the latest when the event loop comes to it.
    pub(crate) fn abort(&self) {
        self.abort.abort();
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, Aborted>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.output).poll(cx)).map_err(|_| Aborted))
    }
}

/// Tasks that are aborted when this is dropped.
#[derive(Debug)]
pub(crate) struct JoinSet<T>(FuturesUnordered<JoinHandle<T>>);

impl<T: 'static> JoinSet<T> {
    pub(crate) fn new() -> Self {
        Self(FuturesUnordered::new())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Starts a task.
    pub(crate) fn spawn(&mut self, future: impl Future<Output = T> + 'static) {
        self.0.push(spawn(future));
    }

    /// The output of the next task that ends; `None` if there is none.
    pub(crate) async fn join_next(&mut self) -> Option<Result<T, Aborted>> {
        self.0.next().await
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// Lets everything else on the event loop run.
pub(crate) async fn yield_now() {
    sleep(Duration::ZERO).await;
}

/// The time of day.
pub(crate) fn time_of_day() -> SystemTime {
    // milliseconds since 1970; the standard library has no clock here
    SystemTime::UNIX_EPOCH + Duration::from_secs_f64(js_sys::Date::now().max(0.0) / 1000.0)
}

/// A number that nobody else has, which need not be hard to guess.
pub(crate) fn random() -> u64 {
    // the standard library's hashers have the same seed each time here
    let half = || u64::from((js_sys::Math::random() * f64::from(u32::MAX)) as u32);
    half() << 32 | half()
}
