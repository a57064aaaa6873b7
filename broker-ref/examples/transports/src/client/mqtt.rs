//! MQTT 5.0 over WebSocket.

use futures_util::{SinkExt, StreamExt};
use mqttspec_codec::{QoS, Splitter, Version, decode_frame};
use tokio::time::{Instant, interval_at};
use tokio_tungstenite::tungstenite::Message;

use super::{
    Outbox, User,
    backoff::Backoff,
    session::{Event, Result, Session},
    web_socket,
};

/// Publishes what the user says to the topic of the room, and hears that topic.
pub(super) async fn chat(user: User, mut outbox: Outbox, qos: QoS) {
    let mut session = Session::new(&user.name, &format!("rooms/{}", user.room), qos);
    let mut backoff = user.backoff();
    let mut present = false;
    loop {
        // whatever the error is, the page connects again
        let _ = connected(&user, &mut outbox, &mut session, &mut backoff, &mut present).await;
        backoff.wait().await;
    }
}

async fn connected(
    user: &User,
    outbox: &mut Outbox,
    session: &mut Session,
    backoff: &mut Backoff,
    present: &mut bool,
) -> Result<()> {
    let quiet = user.pace.quiet;
    let mut socket = web_socket::open(user, "/mqtt", Some("mqtt")).await?;
    let mut splitter = Splitter::new(Vec::new(), MAXIMUM_PACKET_SIZE);
    let mut heartbeat = interval_at(Instant::now() + quiet, quiet);
    let mut subscribed = false;
    // in whole seconds, and not less than the time between two heartbeats
    session.connect(quiet.as_secs_f64().ceil() as u16)?;
    loop {
        if !session.output.is_empty() {
            socket.send(Message::binary(std::mem::take(&mut session.output))).await?;
        }
        tokio::select! {
            Some(said) = outbox.recv(), if subscribed => session.publish(serde_json::to_vec(&said)?)?,
            frame = socket.next() => {
                let bytes = match frame {
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(_)) => continue,
                    Some(Err(error)) => return Err(error.into()),
                    None => return Ok(()),
                };
                let mut rest = &bytes[..];
                while let Some(frame) = splitter.next(&mut rest)? {
                    match session.handle(&decode_frame(frame, Version::V5)?)? {
                        Event::Message(json) => user.hears(json),
                        Event::Present => {
                            subscribed = true;
                            backoff.reset();
                            if !std::mem::replace(present, true) {
                                user.is_present();
                            }
                        }
                        Event::End => return Ok(()),
                        Event::Nothing => {}
                    }
                }
            }
            _ = heartbeat.tick() => session.ping()?,
        }
    }
}

/// Bytes of the largest packet that is accepted.
const MAXIMUM_PACKET_SIZE: u32 = 1 << 20;
