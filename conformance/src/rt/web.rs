//! The time of a browser, and tasks on its event loop. They have the names and the behaviour of tokio's.

use std::{
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use futures_util::{
    StreamExt,
    future::{AbortHandle, Either, abortable, pending, select},
    stream::FuturesUnordered,
};
use gloo_timers::future::TimeoutFuture;
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
pub(crate) use web_time::Instant;

/// The time is over.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// Waits that long.
pub(crate) async fn sleep(time: Duration) {
    match Instant::now().checked_add(time) {
        Some(end) => sleep_until(end).await,
        None => pending().await,
    }
}

/// Waits until that moment.
pub(crate) async fn sleep_until(end: Instant) {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // browsers wait for 31 bits of milliseconds at most, and some end a bit early
        let millis = u32::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u32::MAX).min(u32::MAX / 2);
        TimeoutFuture::new(millis).await;
    }
}

/// The output of the future, if it comes within that time.
pub(crate) async fn timeout<T>(within: Duration, future: impl Future<Output = T>) -> Result<T, Elapsed> {
    in_time(future, sleep(within)).await
}

/// The output of the future, if it comes until that moment.
pub(crate) async fn timeout_at<T>(end: Instant, future: impl Future<Output = T>) -> Result<T, Elapsed> {
    in_time(future, sleep_until(end)).await
}

async fn in_time<T>(future: impl Future<Output = T>, time: impl Future<Output = ()>) -> Result<T, Elapsed> {
    match select(pin!(future), pin!(time)).await {
        Either::Left((output, _)) => Ok(output),
        Either::Right(_) => Err(Elapsed),
    }
}

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
    TimeoutFuture::new(0).await;
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
