//! Server-Sent Events, as an EventSource hears them.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::Method;
use tokio::time::sleep;

use super::{
    Outbox, User,
    event_stream::EventStream,
    http::{Http, NoAnswer},
    post,
};

/// Posts what the user says and listens to the room.
pub(super) async fn chat(user: User, outbox: Outbox) {
    tokio::join!(post::post(&user, outbox), listen(&user));
}

async fn listen(user: &User) {
    let mut stream = EventStream::default();
    let mut present = false;
    loop {
        // an EventSource does not mind how a stream ends
        let _ = hear(user, &mut stream, &mut present).await;
        stream.restart();
        sleep(stream.retry.unwrap_or(user.pace.retry)).await;
    }
}

async fn hear(user: &User, stream: &mut EventStream, present: &mut bool) -> Result<(), NoAnswer> {
    let mut http = Http::new(user.address, Arc::clone(&user.meter));
    let path = format!("/rooms/{}/events", user.room);
    let id = stream.last_id.clone();
    let last = id.as_deref().map(|id| ("Last-Event-ID", id));
    let headers: Vec<(&str, &str)> = last.into_iter().collect();
    let mut body = http.request(Method::GET, &path, &headers, Bytes::new()).await?.into_body();
    if !std::mem::replace(present, true) {
        user.is_present();
    }
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(|_| NoAnswer)?.into_data() else { continue };
        for data in stream.push(&bytes) {
            user.hears(data.as_bytes());
        }
    }
    Ok(())
}
