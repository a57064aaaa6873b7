//! Examples for CONNECT, CONNACK, AUTH, Keep Alive and DISCONNECT.

use super::Example;
use mqttspec::conduct::Rule;

pub(super) const EXAMPLES: &[Example] = &[
    Example { rule: Rule::Direction, versions: "v3.1.1 v5", breaks: "> PINGRESP", keeps: "> PINGREQ\n< PINGRESP" },
    Example {
        rule: Rule::ConnectFirst,
        versions: "v3.1.1 v5",
        breaks: "> first PINGREQ",
        keeps: "> CONNECT: {client_id: a}\n> PINGREQ",
    },
    Example {
        rule: Rule::ConnectOnce,
        versions: "v3.1.1 v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK\n> CONNECT: {client_id: a}",
        keeps: "> CONNECT: {client_id: a}\n< CONNACK\nclose\n> CONNECT: {client_id: a}",
    },
    Example {
        rule: Rule::EmptyClientIdentifier,
        versions: "v3.1.1",
        breaks: "> CONNECT: {client_id: \"\", clean_start: false}",
        keeps: "> CONNECT: {client_id: \"\"}",
    },
    Example {
        rule: Rule::WillQos,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, will: {topic: w, qos: 2}}",
        keeps: "> CONNECT: {client_id: a, will: {topic: w, qos: 1}}",
    },
    Example {
        rule: Rule::WillRetain,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, will: {topic: w, retain: true}}",
        keeps: "> CONNECT: {client_id: a, will: {topic: w}}",
    },
    Example {
        rule: Rule::SessionPresent,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n> PINGREQ",
        keeps: "> CONNECT: {client_id: a, clean_start: false}\n< CONNACK: {session_present: true}\n> DISCONNECT",
    },
    Example {
        rule: Rule::KeepAlive,
        versions: "v3.1.1 v5",
        breaks: "> CONNECT: {client_id: a, keep_alive: 10}\n< CONNACK\n+11\n> PINGREQ",
        keeps: "> CONNECT: {client_id: a, keep_alive: 10}\n< CONNACK\n+10\n> PINGREQ\n+9\nclose",
    },
    Example {
        rule: Rule::KeepAlive,
        versions: "v3.1.1 v5",
        breaks: "> CONNECT: {client_id: a, keep_alive: 10}\n< CONNACK\n+5\n> PINGREQ\n< PINGRESP\n+11\ndrop",
        keeps: "> CONNECT: {client_id: a, keep_alive: 0}\n< CONNACK\n+1000\n> PINGREQ",
    },
    Example {
        rule: Rule::ServerKeepAlive,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a}\n< CONNACK: {server_keep_alive: 5}\n+6\n> PINGREQ",
        keeps: "> CONNECT: {client_id: a, keep_alive: 5}\n< CONNACK: {server_keep_alive: 10}\n+6\n> PINGREQ",
    },
    Example {
        rule: Rule::AfterDisconnect,
        versions: "v3.1.1 v5",
        breaks: "> DISCONNECT\n> PINGREQ",
        keeps: "> PINGREQ\n> DISCONNECT\nclose",
    },
    Example {
        rule: Rule::StaysOpen,
        versions: "v3.1.1 v5",
        breaks: "> DISCONNECT\nopen",
        keeps: "> DISCONNECT\nclose",
    },
    Example {
        rule: Rule::SessionExpiry,
        versions: "v5",
        breaks: "> DISCONNECT: {session_expiry_interval: 10}",
        keeps: "> CONNECT: {client_id: a, session_expiry_interval: 5}\n< CONNACK\n> DISCONNECT: {session_expiry_interval: 10}",
    },
    Example {
        rule: Rule::DisconnectCode,
        versions: "v5",
        breaks: "> DISCONNECT: {reason_code: server_busy}",
        keeps: "> DISCONNECT: {reason_code: disconnect_with_will_message}",
    },
    Example {
        rule: Rule::AfterMalformed,
        versions: "v3.1.1",
        breaks: "< hex D1 00\n> PINGREQ",
        keeps: "< hex D1 00\n> DISCONNECT",
    },
    Example {
        rule: Rule::AuthWithoutMethod,
        versions: "v5",
        breaks: "> AUTH: {reason_code: re_authenticate, authentication_method: M}",
        keeps: "> CONNECT: {client_id: a, authentication_method: M}\n< CONNACK\n\
            > AUTH: {reason_code: re_authenticate, authentication_method: M}",
    },
    Example {
        rule: Rule::AuthMethod,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, authentication_method: M}\n< CONNACK\n\
            > AUTH: {reason_code: re_authenticate, authentication_method: N}",
        keeps: "> CONNECT: {client_id: a, authentication_method: M}\n\
            < AUTH: {reason_code: continue_authentication, authentication_method: M}\n\
            > AUTH: {reason_code: continue_authentication, authentication_method: M}",
    },
    Example {
        rule: Rule::AuthCode,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, authentication_method: M}\n\
            > AUTH: {reason_code: continue_authentication, authentication_method: M}",
        keeps: "> CONNECT: {client_id: a, authentication_method: M}\n< CONNACK\n\
            > AUTH: {reason_code: re_authenticate, authentication_method: M}\n\
            < AUTH: {reason_code: continue_authentication, authentication_method: M}\n\
            > AUTH: {reason_code: continue_authentication, authentication_method: M}",
    },
    Example {
        rule: Rule::BeforeConnack,
        versions: "v5",
        breaks: "> CONNECT: {client_id: a, authentication_method: M}\n> PINGREQ",
        keeps: "> CONNECT: {client_id: a, authentication_method: M}\n< CONNACK\n> PINGREQ",
    },
];
