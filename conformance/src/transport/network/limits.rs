//! How many connections a broker may have from the suite, and how fast it may get them.
//!
//! Whoever needs several connections at once reserves places for all of them before the first. So nobody waits for a
//! place while holding one that another waits for.

use std::{sync::Arc, time::Duration};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

use crate::rt::{Instant, sleep_until};

/// The limits of a target, shared by its clones.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    places: Option<Places>,
    rate: Option<Arc<Rate>>,
}

#[derive(Debug, Clone)]
struct Places {
    free: Arc<Semaphore>,
    most: usize,
}

#[derive(Debug)]
struct Rate {
    per_second: f64,
    interval: Duration,
    /// When the next connection may be opened.
    next: Mutex<Instant>,
    /// Held by the one that is not urgent and waits for `next`, so that the urgent ones have no more than one of these
    /// before them.
    patient: Mutex<()>,
}

impl Limits {
    /// No more than so many connections at once.
    pub(super) fn with_most(self, most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { places: Some(Places { free: Arc::new(Semaphore::new(most)), most }), ..self }
    }

    /// No more than so many connections per second, at even intervals.
    pub(super) fn with_rate(self, per_second: f64) -> Self {
        let interval = Duration::from_secs_f64(per_second.recip());
        let (next, patient) = (Mutex::new(Instant::now()), Mutex::default());
        Self { rate: Some(Arc::new(Rate { per_second, interval, next, patient })), ..self }
    }

    /// The command-line arguments.
    pub(super) fn arguments(&self) -> Vec<String> {
        let most = self.places.iter().flat_map(|places| ["--max-connections".to_owned(), places.most.to_string()]);
        let rate = self.rate.iter().flat_map(|rate| ["--rate".to_owned(), rate.per_second.to_string()]);
        most.chain(rate).collect()
    }

    /// How many connections there may be at once; `None` if there is no limit.
    pub(crate) fn most(&self) -> Option<usize> {
        self.places.as_ref().map(|places| places.most)
    }

    /// The time between two connections, zero if there is no limit.
    pub(crate) fn interval(&self) -> Duration {
        self.rate.as_ref().map_or(Duration::ZERO, |rate| rate.interval)
    }

    /// How many connections may be opened at the same moment, at least two.
    pub(crate) fn crowd(&self) -> usize {
        self.most().unwrap_or(usize::MAX).min(self.in_a_second().max(2))
    }

    /// How many connections may be opened in one second, at least one.
    pub(crate) fn in_a_second(&self) -> usize {
        let micros = self.interval().as_micros().max(1);
        usize::try_from(MICROS.div_ceil(micros)).unwrap_or(usize::MAX).max(1)
    }

    /// Waits until so many places are free at the same time, first come, first served. More places than there are count
    /// as all of them.
    pub(crate) async fn reserve(&self, wanted: usize) -> Reservation {
        let rate = self.rate.clone();
        let Some(Places { free, most }) = &self.places else { return Reservation { places: None, rate } };
        let wanted = wanted.clamp(1, *most);
        let permits = u32::try_from(wanted).unwrap_or(u32::MAX);
        // the semaphore is never closed
        let Ok(held) = Arc::clone(free).acquire_many_owned(permits).await else {
            return Reservation { places: None, rate };
        };
        Reservation { places: Some((Arc::new(Semaphore::new(wanted)), Arc::new(held))), rate }
    }
}

/// Places for connections. They are free for others when the reservation and the connections in them are gone.
#[derive(Debug, Clone)]
pub(crate) struct Reservation {
    places: Option<(Arc<Semaphore>, Arc<OwnedSemaphorePermit>)>,
    rate: Option<Arc<Rate>>,
}

impl Reservation {
    /// Whether all its places are taken.
    pub(crate) fn is_full(&self) -> bool {
        self.places.as_ref().is_some_and(|(own, _)| own.available_permits() == 0)
    }

    /// Waits until a connection may be opened in one of the places. Urgent are those whose delay shows in a case.
    pub(crate) async fn admit(&self, urgent: bool) -> Admission {
        let lease = match &self.places {
            Some((own, held)) => {
                let own = Arc::clone(own).acquire_owned().await;
                own.ok().map(|own| Arc::new(Place { _own: own, _held: Arc::clone(held) }))
            }
            None => None,
        };
        if let Some(rate) = &self.rate {
            rate.wait(urgent).await;
        }
        Admission(Lease(lease))
    }
}

impl Rate {
    async fn wait(&self, urgent: bool) {
        let _patient = if urgent { None } else { Some(self.patient.lock().await) };
        let mut next = self.next.lock().await;
        sleep_until(*next).await;
        *next = Instant::now() + self.interval;
    }
}

/// Permission to open one connection now.
#[derive(Debug)]
pub struct Admission(Lease);

impl Admission {
    pub(super) fn into_lease(self) -> Lease {
        self.0
    }
}

/// The place of a connection, held by all that keep its socket open.
#[derive(Debug, Clone)]
pub(super) struct Lease(Option<Arc<Place>>);

impl Lease {
    /// Whether anybody may wait for the place.
    pub(super) fn is_counted(&self) -> bool {
        self.0.is_some()
    }
}

#[derive(Debug)]
struct Place {
    _own: OwnedSemaphorePermit,
    _held: Arc<OwnedSemaphorePermit>,
}

const MICROS: u128 = 1_000_000;

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[tokio::test]
    async fn places_are_reserved_together_and_freed_by_the_last_connection() {
        let limits = Limits::default().with_most(3);
        let two = limits.reserve(2).await;
        assert!(timeout(SOON, limits.reserve(2)).await.is_err(), "one place is left");
        let connection = two.admit(true).await.into_lease();
        assert!(!two.is_full());
        let other = two.admit(true).await.into_lease();
        assert!(two.is_full() && timeout(SOON, two.admit(true)).await.is_err());
        drop((two, other));
        assert!(timeout(SOON, limits.reserve(2)).await.is_err(), "a connection is open");
        drop(connection);
        assert_eq!(limits.most(), Some(3));
        let all = limits.reserve(9).await;
        assert!(timeout(SOON, limits.reserve(1)).await.is_err(), "three are all there are");
        drop(all);
    }

    #[tokio::test]
    async fn connections_are_spread_over_time_and_urgent_ones_pass() {
        let limits = Limits::default().with_rate(20.0);
        let (start, places, order) = (Instant::now(), limits.reserve(1).await, Arc::new(Mutex::default()));
        let opened = |urgent| {
            let (places, order) = (places.clone(), Arc::<Mutex<Vec<bool>>>::clone(&order));
            tokio::spawn(async move {
                drop(places.admit(urgent).await);
                order.lock().await.push(urgent);
            })
        };
        let mut openings: Vec<_> = (0..4).map(|_| opened(false)).collect();
        tokio::task::yield_now().await;
        openings.push(opened(true));
        for opening in openings {
            opening.await.unwrap();
        }
        assert!(start.elapsed() >= limits.interval() * 4, "{:?}", start.elapsed());
        let before = order.lock().await.iter().position(|urgent| *urgent).unwrap();
        assert!(before <= 2, "one of the others may wait before it, not {before}");
    }
}
