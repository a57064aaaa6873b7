//! The clients, each as a page in a browser would be.

mod backoff;
mod event_stream;
mod events;
mod http;
mod mqtt;
mod polling;
mod post;
mod session;
mod socket;
mod web_socket;

use std::{net::SocketAddr, sync::Arc};

use mqttspec_codec::QoS;
use tokio::sync::{Semaphore, mpsc};

use self::backoff::Backoff;
use crate::{
    chat::{Ledger, Pace, Said},
    network::Meter,
    transport::Transport,
};

/// A member of a room.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) room: String,
    /// The place in the room's list of members.
    pub(crate) member: usize,
    /// Of the server or the proxy before it.
    pub(crate) address: SocketAddr,
    pub(crate) pace: Pace,
    pub(crate) seed: u64,
    pub(crate) meter: Arc<Meter>,
    pub(crate) ledger: Arc<Ledger>,
    /// Gets a permit from each user who hears the room for the first time.
    pub(crate) present: Arc<Semaphore>,
}

/// What the user says. It waits here while there is no connection.
pub(crate) type Outbox = mpsc::UnboundedReceiver<Said>;

impl User {
    /// Chats until it is dropped. Connects again whenever a connection ends.
    pub(crate) async fn chat(self, transport: Transport, outbox: Outbox) {
        match transport {
            Transport::ShortPolling => polling::chat(self, outbox, false).await,
            Transport::LongPolling => polling::chat(self, outbox, true).await,
            Transport::Sse => events::chat(self, outbox).await,
            Transport::WebSocket => socket::chat(self, outbox).await,
            Transport::MqttQos0 => mqtt::chat(self, outbox, QoS::AtMostOnce).await,
            Transport::MqttQos1 => mqtt::chat(self, outbox, QoS::AtLeastOnce).await,
            Transport::MqttQos2 => mqtt::chat(self, outbox, QoS::ExactlyOnce).await,
        }
    }

    /// A message has arrived at the application. Anything else than a message is not counted, and so counts as lost.
    fn hears(&self, json: &[u8]) {
        if let Ok(said) = serde_json::from_slice::<Said>(json) {
            self.ledger.hear(said.id, self.member);
        }
    }

    /// What is said from now on will be heard.
    fn is_present(&self) {
        self.present.add_permits(1);
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(self.pace.retry, self.seed)
    }
}
