//! The chat over a plain WebSocket: a JSON text frame for each message, in both directions.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use tokio::time::{Instant, interval_at};

use super::room::Room;
use crate::chat::Said;

/// Serves one connection until it ends. Sends the messages after the number `last`, without acknowledgements: a client that
/// connects again has missed what was said in between.
pub(super) async fn chat(mut socket: WebSocket, room: Arc<Room>, mut last: u64, quiet: Duration) {
    let mut news = room.follow();
    let mut heartbeat = interval_at(Instant::now() + quiet, quiet);
    loop {
        let (now, messages) = room.after(last);
        last = now;
        for json in messages {
            if socket.send(Message::text(&*json)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            frame = socket.recv() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let said = serde_json::from_str::<Said>(&text).and_then(|said| serde_json::to_string(&said));
                    let Ok(json) = said else { return };
                    room.add(json);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            changed = news.changed() => if changed.is_err() {
                return;
            },
            _ = heartbeat.tick() => if socket.send(Message::Ping(Bytes::new())).await.is_err() {
                return;
            },
        }
    }
}
