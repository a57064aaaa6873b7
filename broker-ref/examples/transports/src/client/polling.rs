//! Polling, short and long.

use std::sync::Arc;

use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{
    Outbox, User,
    http::{Http, NoAnswer},
    post,
};

/// Posts what the user says and asks for what is new. If `wait`, the server answers when there is something.
pub(super) async fn chat(user: User, outbox: Outbox, wait: bool) {
    tokio::join!(post::post(&user, outbox), poll(&user, wait));
}

/// The answer to a poll.
#[derive(Debug, Deserialize)]
struct News<'a> {
    last: u64,
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
}

async fn poll(user: &User, wait: bool) {
    let mut http = Http::new(user.address, Arc::clone(&user.meter));
    let mut backoff = user.backoff();
    let start = Instant::now() + backoff.spread(user.pace.poll);
    let mut tick = interval_at(start, user.pace.poll);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = 0;
    if wait {
        user.is_present(); // it has nothing to miss, since it asks by number
    }
    let mut first = true;
    loop {
        if !wait {
            tick.tick().await;
        }
        let path = format!("/rooms/{}/messages?after={last}&wait={wait}", user.room);
        let answer = http.fetch(Method::GET, &path, Bytes::new()).await;
        match answer.and_then(|body| hear(user, &body)) {
            Ok(now) => {
                last = now;
                backoff.reset();
                if first && !wait {
                    user.is_present();
                }
                first = false;
            }
            Err(NoAnswer) => backoff.wait().await,
        }
    }
}

/// Returns the number of the last message.
fn hear(user: &User, body: &[u8]) -> Result<u64, NoAnswer> {
    let news: News<'_> = serde_json::from_slice(body).map_err(|_| NoAnswer)?;
    for json in news.messages {
        user.hears(json.get().as_bytes());
    }
    Ok(news.last)
}
