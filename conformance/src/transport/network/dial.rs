//! The [`Link`] over sockets.

use std::time::{Duration, Instant};

use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{
    Target,
    socket::{Incoming, Opening, QUEUE, Socket, Write},
};
use crate::transport::{Illegal, Link, LinkError};

/// Opens connections to one broker.
#[derive(Debug, Clone)]
pub struct Dial {
    target: Target,
    start: Instant,
}

impl Dial {
    /// Opens connections to that broker.
    #[must_use]
    pub fn new(target: Target) -> Self {
        Self { target, start: Instant::now() }
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
        let (tx, came) = mpsc::channel(QUEUE);
        let socket = Socket::open(&self.target, &Opening::default(), tx).await;
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
            Ok(Some(Incoming::Violation(what, statement))) => {
                Err(LinkError::Illegal(Illegal { what: what.into(), statement, bytes: Vec::new() }))
            }
            Ok(None) => ended("closed".into()),
        }
    }

    async fn pause(&mut self, time: Duration) {
        sleep(time).await;
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}
