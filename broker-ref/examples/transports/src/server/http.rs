//! The chat over HTTP: polling in both forms, Server-Sent Events, and the WebSocket's door.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, Query, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{any, get},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::time::timeout;

use super::{
    room::{Room, Rooms},
    socket,
};
use crate::chat::Said;

#[derive(Debug, Clone)]
struct Shared {
    rooms: Arc<Rooms>,
    quiet: Duration,
    retry: Duration,
}

/// The chat. `quiet` is how long a poll is held and a stream is silent, `retry` how long an EventSource waits before it
/// connects again.
pub(super) fn router(quiet: Duration, retry: Duration) -> Router {
    Router::new()
        .route("/rooms/{room}/messages", get(messages).post(say))
        .route("/rooms/{room}/events", get(events))
        .route("/rooms/{room}/socket", any(socket))
        .with_state(Shared { rooms: Arc::default(), quiet, retry })
}

/// Adds a message. Whoever repeats a request adds the message twice.
async fn say(State(shared): State<Shared>, Path(room): Path<String>, Json(said): Json<Said>) -> Response {
    match serde_json::to_string(&said) {
        Ok(json) => format!(r#"{{"number":{}}}"#, shared.rooms.room(room).add(json)).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[derive(Debug, Deserialize)]
struct After {
    /// The number of the last message that the client has.
    after: u64,
    /// Whether to wait for a message if there is none: this is long polling.
    #[serde(default)]
    wait: bool,
}

/// The messages after a number.
async fn messages(
    State(Shared { rooms, quiet, .. }): State<Shared>,
    Path(room): Path<String>,
    Query(After { after, wait }): Query<After>,
) -> impl IntoResponse {
    let room = rooms.room(room);
    if wait {
        // when the time is up, the answer is an empty list
        let _ = timeout(quiet, room.follow().wait_for(|last| *last > after)).await;
    }
    let (last, messages) = room.after(after);
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, format!(r#"{{"last":{last},"messages":[{}]}}"#, messages.join(",")))
}

/// A stream of the messages after Last-Event-ID, or of all.
async fn events(
    State(Shared { rooms, quiet, retry }): State<Shared>,
    Path(room): Path<String>,
    headers: HeaderMap,
) -> impl IntoResponse {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let start = stream::iter([Ok(Event::default().retry(retry))]);
    let events = start.chain(follow(rooms.room(room), last.unwrap_or(0)));
    Sse::new(events).keep_alive(KeepAlive::new().interval(quiet))
}

fn follow(room: Arc<Room>, after: u64) -> impl Stream<Item = Result<Event, Infallible>> {
    let news = room.follow();
    stream::unfold((room, news, after), |(room, mut news, after)| async move {
        news.wait_for(|last| *last > after).await.ok()?;
        let (last, messages) = room.after(after);
        let first = last + 1 - messages.len() as u64;
        let events =
            (first..).zip(messages).map(|(number, json)| Ok(Event::default().id(number.to_string()).data(json)));
        Some((stream::iter(events), (room, news, last)))
    })
    .flatten()
}

async fn socket(
    State(Shared { rooms, quiet, .. }): State<Shared>,
    Path(room): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let room = rooms.room(room);
    let last = room.last();
    upgrade.on_upgrade(move |socket| socket::chat(socket, room, last, quiet))
}
