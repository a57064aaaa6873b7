//! The [`Link`] over sockets.

use std::time::Duration;

use tokio::sync::mpsc;

use super::{Admission, Incoming, Limits, Opening, QUEUE, Reservation, Socket, Target, Write};
use crate::{
    rt::{Instant, sleep, timeout},
    transport::{Illegal, Link, LinkError},
};

/// Opens connections to one broker, each when that is allowed. Its clock stands still while it waits for that.
#[derive(Debug)]
pub struct Dial {
    target: Target,
    /// The places for its connections; `None` if it gets one for each.
    places: Option<Reservation>,
    /// For the next connection.
    admission: Option<Admission>,
    start: Instant,
    /// For how long it has waited.
    waited: Duration,
}

impl Clone for Dial {
    fn clone(&self) -> Self {
        let (target, places) = (self.target.clone(), self.places.clone());
        Self { target, places, admission: None, start: self.start, waited: self.waited }
    }
}

impl Dial {
    /// Opens connections to that broker.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { target, places: None, admission: None, start: Instant::now(), waited: Duration::ZERO }
    }

    /// The same for somebody who needs so many connections at once, when there are places for all of them.
    pub(crate) async fn reserve(&self, places: usize) -> Self {
        Self { places: Some(self.target.limits().reserve(places).await), ..self.clone() }
    }

    /// Waits until the next connection may be opened, so that `open` does not. Nobody is at fault for that time.
    pub(crate) async fn admit(&mut self) {
        if self.admission.is_none() {
            self.admission = Some(self.admission().await);
        }
    }

    async fn admission(&mut self) -> Admission {
        let before = Instant::now();
        let admission = match &self.places {
            Some(places) => places.admit(false).await,
            None => self.target.limits().reserve(1).await.admit(false).await,
        };
        self.waited += before.elapsed();
        admission
    }

    /// What limits its connections.
    pub(crate) const fn limits(&self) -> &Limits {
        self.target.limits()
    }
}

/// A connection of a [`Dial`].
#[derive(Debug)]
pub struct Connection {
    socket: Socket,
    came: mpsc::Receiver<Incoming>,
}

impl Link for Dial {
    type Connection = Connection;

    async fn open(&mut self) -> Result<Connection, LinkError> {
        let admission = match self.admission.take() {
            Some(admission) => admission,
            None => self.admission().await,
        };
        let (tx, came) = mpsc::channel(QUEUE);
        let socket = Socket::open(&self.target, admission, &Opening::default(), tx).await;
        // without a connection there is nobody who could be silent
        let socket = socket.map_err(|error| match error {
            LinkError::Silent(why) => LinkError::Unreachable(format!("{why}; {}", self.target.advice()).into()),
            other => other,
        })?;
        // a wrong subprotocol is left to the case about it
        Ok(Connection { socket, came })
    }

    async fn send(&mut self, connection: &mut Connection, bytes: Vec<u8>) {
        connection.socket.write(Write::Piece(bytes));
    }

    async fn receive(&mut self, connection: &mut Connection, within: Duration) -> Result<Option<Vec<u8>>, LinkError> {
        let ended = |why| Err(LinkError::Misbehaved(why));
        match timeout(within, connection.came.recv()).await {
            Err(_) => Ok(None),
            Ok(Some(Incoming::Bytes(bytes))) => Ok(Some(bytes)),
            Ok(Some(Incoming::Ended(how))) => ended(how.into()),
            Ok(Some(Incoming::Refused(why))) => Err(LinkError::Unreachable(why.into())),
            Ok(Some(Incoming::Violation(what, statement))) => {
                Err(LinkError::Illegal(Illegal { what: what.into(), statement, bytes: Vec::new() }))
            }
            Ok(None) => ended("closed".into()),
        }
    }

    async fn shut(&mut self, connection: &mut Connection) {
        connection.socket.write(Write::Close);
    }

    async fn reset(&mut self, connection: Connection) {
        connection.socket.reset().await;
    }

    async fn pause(&mut self, time: Duration) {
        sleep(time).await;
    }

    fn opens_in_turn(&self) -> bool {
        // browsers do, for each host (RFC 6455 section 4.1)
        cfg!(target_family = "wasm") && self.target.is_websocket()
    }

    fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.waited)
    }

    fn most_at_once(&self) -> usize {
        self.limits().crowd()
    }
}
