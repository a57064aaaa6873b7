//! The plain WebSocket.

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Outbox, User, backoff::Backoff, web_socket};

/// Sends what the user says while the WebSocket is open, and hears what comes. Nothing is acknowledged: what was on its way
/// when the connection broke is lost in both directions, and so is what others said until the next connection.
pub(super) async fn chat(user: User, mut outbox: Outbox) {
    let mut backoff = user.backoff();
    let mut present = false;
    loop {
        // whatever the error is, the page connects again
        let _ = connected(&user, &mut outbox, &mut backoff, &mut present).await;
        backoff.wait().await;
    }
}

async fn connected(user: &User, outbox: &mut Outbox, backoff: &mut Backoff, present: &mut bool) -> Result<(), Error> {
    let mut socket = web_socket::open(user, &format!("/rooms/{}/socket", user.room), None).await?;
    backoff.reset();
    if !std::mem::replace(present, true) {
        user.is_present();
    }
    loop {
        tokio::select! {
            Some(said) = outbox.recv() => {
                let Ok(json) = serde_json::to_string(&said) else { continue };
                socket.send(Message::text(json)).await?;
            }
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(json))) => user.hears(json.as_bytes()),
                Some(Ok(_)) => {} // a ping is answered by the library
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
