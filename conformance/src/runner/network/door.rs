//! Limits how many connections wait at the same time for the broker to accept them. A small backlog, such as the 5 of
//! Erlang's sockets, overflows when many cases start at once; then a connection is open on this side, but the broker
//! does not know of it, and a CONNECT on it gets no answer, through no fault of the broker's.

use std::{pin::pin, sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::rt::timeout;

/// The way into the broker for all cases of a run.
#[derive(Debug, Clone)]
pub(super) struct Door(Arc<Semaphore>);

impl Door {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }

    /// Opens a connection when there is a place for it, and returns the place, which the connection keeps until the
    /// broker has accepted it. Behind a slow network there is none: a place that is kept for long would hold up others.
    pub(super) async fn open<T>(&self, opening: impl Future<Output = T>) -> (T, Option<Place>) {
        let place = self.0.clone().acquire_owned().await.ok().map(Place);
        let mut opening = pin!(opening);
        match timeout(OPENING, &mut opening).await {
            Ok(opened) => (opened, place),
            Err(_) => {
                drop(place);
                (opening.await, None)
            }
        }
    }
}

/// A place in the broker's backlog.
#[derive(Debug)]
pub(super) struct Place(#[expect(dead_code, reason = "it is released when it is dropped")] OwnedSemaphorePermit);

impl Place {
    /// Returns the first thing that comes, which shows that the broker has accepted the connection. If nothing comes
    /// soon, as on a connection that has sent nothing, the place is given up.
    pub(super) async fn until_accepted<T>(self, incoming: &mut mpsc::Receiver<T>) -> Option<T> {
        timeout(ACCEPTING, incoming.recv()).await.ok().flatten()
    }
}

/// How many connections may wait; less than the smallest common backlog.
const PLACES: usize = 4;
/// How long a connection may hold its place while it is being opened.
const OPENING: Duration = Duration::from_millis(20);
/// How long it may hold its place afterwards.
const ACCEPTING: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn a_connection_keeps_its_place_until_something_comes() {
        let door = Door::new();
        let mut places = Vec::new();
        for _ in 0..PLACES {
            places.push(door.open(ready(())).await.1.unwrap());
        }
        assert!(timeout(Duration::from_millis(1), door.open(ready(()))).await.is_err(), "there is no place left");
        let (sender, mut incoming) = mpsc::channel(1);
        sender.send("CONNACK").await.unwrap();
        assert_eq!(places.pop().unwrap().until_accepted(&mut incoming).await, Some("CONNACK"));
        assert!(door.open(ready(())).await.1.is_some());
    }

    #[tokio::test]
    async fn a_slow_network_and_silence_hold_nobody_up() {
        let door = Door::new();
        for _ in 0..PLACES {
            let door = door.clone();
            tokio::spawn(async move { door.open(pending::<()>()).await });
        }
        let (_, place) = timeout(Duration::from_secs(5), door.open(ready(()))).await.unwrap();
        let (_sender, mut incoming) = mpsc::channel::<()>(1);
        assert_eq!(place.unwrap().until_accepted(&mut incoming).await, None);
    }
}
