//! What users of HTTP say: a POST for each message.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Method;

use super::{Outbox, User, http::Http};

/// Posts one message after the other, each until it is answered. A POST whose answer was lost is repeated, so the server may
/// get a message twice.
pub(super) async fn post(user: &User, mut outbox: Outbox) {
    let path = format!("/rooms/{}/messages", user.room);
    let mut http = Http::new(user.address, Arc::clone(&user.meter));
    let mut backoff = user.backoff();
    while let Some(said) = outbox.recv().await {
        let Ok(json) = serde_json::to_vec(&said).map(Bytes::from) else { continue };
        while http.fetch(Method::POST, &path, json.clone()).await.is_err() {
            backoff.wait().await;
        }
        backoff.reset();
    }
}
