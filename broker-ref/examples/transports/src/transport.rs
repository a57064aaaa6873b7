//! [`Transport`]: the seven that are compared.

use clap::ValueEnum;
use mqttspec_codec::QoS;
use serde::Serialize;

/// How messages travel between a browser and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Transport {
    /// A GET at a fixed interval, and a POST for each message.
    ShortPolling,
    /// A GET that the server answers when there is something new, and a POST for each message.
    LongPolling,
    /// Server-Sent Events, and a POST for each message.
    Sse,
    /// A JSON text frame for each message, without acknowledgements.
    WebSocket,
    /// MQTT 5.0 over WebSocket at QoS 0.
    MqttQos0,
    /// The same at QoS 1, with a Session that outlives the connection.
    MqttQos1,
    /// The same at QoS 2.
    MqttQos2,
}

impl Transport {
    pub(crate) const ALL: [Transport; 7] = [
        Transport::ShortPolling,
        Transport::LongPolling,
        Transport::Sse,
        Transport::WebSocket,
        Transport::MqttQos0,
        Transport::MqttQos1,
        Transport::MqttQos2,
    ];

    /// The name in tables and plots.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Transport::ShortPolling => "short polling",
            Transport::LongPolling => "long polling",
            Transport::Sse => "SSE and POST",
            Transport::WebSocket => "WebSocket",
            Transport::MqttQos0 => "MQTT QoS 0",
            Transport::MqttQos1 => "MQTT QoS 1",
            Transport::MqttQos2 => "MQTT QoS 2",
        }
    }

    /// `None` for the transports that are not MQTT.
    pub(crate) fn qos(self) -> Option<QoS> {
        match self {
            Transport::ShortPolling | Transport::LongPolling | Transport::Sse | Transport::WebSocket => None,
            Transport::MqttQos0 => Some(QoS::AtMostOnce),
            Transport::MqttQos1 => Some(QoS::AtLeastOnce),
            Transport::MqttQos2 => Some(QoS::ExactlyOnce),
        }
    }
}
