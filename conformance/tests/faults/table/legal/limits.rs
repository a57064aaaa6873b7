//! What a broker does not offer, or only up to a limit, and says so where its version can.

use std::num::NonZero;

use mqttspec_codec::QoS;

use crate::stand_in::StandIn;

pub(super) fn stand_ins() -> Vec<StandIn> {
    vec![
        StandIn::configured("receive-maximum-1", "takes one QoS 2 message at a time", |config| {
            config.receive_maximum = NonZero::<u16>::MIN;
        })
        .may_skip(1),
        StandIn::configured("packets-of-200-bytes", "accepts packets of at most 200 bytes", |config| {
            config.maximum_packet_size = NonZero::<u32>::MIN.saturating_add(199);
        })
        .may_skip(5)
        .only_v5(),
        StandIn::configured("qos-0-only", "has Maximum QoS 0", |config| config.maximum_qos = QoS::AtMostOnce)
            .may_skip(55),
        StandIn::configured("qos-1-at-most", "has Maximum QoS 1", |config| {
            config.maximum_qos = config.maximum_qos.min(QoS::AtLeastOnce);
        })
        .may_skip(22),
        StandIn::configured("retains-nothing", "has no retained messages", |config| config.retain_available = false)
            .may_skip(9),
        StandIn::configured("no-wildcards", "has no wildcards", |config| {
            config.wildcard_subscription_available = false;
        })
        .may_skip(23),
        StandIn::configured("no-subscription-identifiers", "has no Subscription Identifiers", |config| {
            config.subscription_identifier_available = false;
        })
        .may_skip(3),
        StandIn::configured("shares-nothing", "has no Shared Subscriptions", |config| {
            config.shared_subscription_available = false;
        })
        .may_skip(3),
        StandIn::configured("no-topic-aliases", "takes no Topic Alias", |config| config.topic_alias_maximum = 0)
            .may_skip(1),
        StandIn::configured("one-topic-alias", "takes one Topic Alias", |config| config.topic_alias_maximum = 1),
        StandIn::configured("sets-no-aliases", "sets no Topic Aliases of its own", |config| {
            config.outgoing_topic_aliases = 0;
        }),
        StandIn::configured("server-keep-alive-5", "imposes a Keep Alive of 5 s in v5", |config| {
            config.server_keep_alive = config.server_keep_alive.or(Some(5));
        })
        .may_skip(1),
        StandIn::configured(
            "keeps-no-sessions",
            "ends every Session with its connection, and says so in v5",
            |config| {
                config.session_expiry_maximum = 0;
            },
        )
        .may_skip(12)
        .only_v5(),
        StandIn::configured("short-sessions", "keeps a Session for at most 100 s, and says so in v5", |config| {
            config.session_expiry_maximum = 100;
        })
        .may_skip(10),
        StandIn::configured("a-hundred-subscriptions", "grants a Session at most 100 subscriptions", |config| {
            config.subscriptions = 100;
        }),
        StandIn::configured("gives-no-reasons", "sends no Reason Strings", |config| config.reason_strings = false),
        StandIn::configured("checks-payloads", "refuses payloads that are not the UTF-8 they claim to be", |config| {
            config.payload_format_check = true;
        }),
        StandIn::configured("informs-about-responses", "has Response Information", |config| {
            config.response_information = Some("replies/".into());
        }),
        StandIn::configured("floods-sys", "publishes its statistics every second", |config| {
            config.sys_interval = Some(std::time::Duration::from_secs(1));
        }),
    ]
}
