//! A single value, by the kind of its field: flags, numbers, QoS, Reason Codes. Texts are in `text`.

use mqttspec_codec::{PacketType, ReasonCode};

use crate::{
    packet::{Value, fields::Kind},
    source::{Mistake, Node, Tree, nearest},
};

/// The value of a field that is neither a string nor a list.
pub(super) fn read(node: &Node, kind: Kind, packet: Option<PacketType>, name: &str) -> Result<Value, Mistake> {
    match (kind, &node.value) {
        (Kind::Flag, Tree::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Flag, _) => Err(wants(node, name, "true or false")),
        // properties of one byte that represent a boolean
        (Kind::Number(0xFF), Tree::Bool(value)) => Ok(Value::Number(u64::from(*value))),
        (Kind::Number(most), Tree::Number(number)) if *number <= most => Ok(Value::Number(*number)),
        (Kind::Number(most), _) => Err(wants(node, name, &format!("a number from 0 to {most}"))),
        (Kind::Qos, Tree::Number(number)) if *number <= 2 => Ok(Value::Number(*number)),
        (Kind::Qos, _) => Err(wants(node, name, "0, 1 or 2")),
        (Kind::PacketId, Tree::Number(number)) if (1..=0xFFFF).contains(number) => Ok(Value::Number(*number)),
        (Kind::PacketId, _) => Err(wants(node, name, "a number from 1 to 65535")),
        (Kind::ReasonCode, _) => reason_code(node, packet, name),
        _ => Err(node.expected("another value")),
    }
}

fn reason_code(node: &Node, packet: Option<PacketType>, name: &str) -> Result<Value, Mistake> {
    let code = match &node.value {
        Tree::Number(number) => u8::try_from(*number).ok().and_then(ReasonCode::from_number),
        Tree::Text(text) => Some(ReasonCode::from_name(text).ok_or_else(|| unknown(node, text))?),
        _ => None,
    };
    let code = code.ok_or_else(|| wants(node, name, "the name or number of a Reason Code"))?;
    match packet {
        Some(packet) if !code.is_allowed_in(packet) => Err(node.mistake(format!("{packet} cannot carry {code}"))),
        _ => Ok(Value::Number(code.number().into())),
    }
}

fn unknown(node: &Node, text: &str) -> Mistake {
    let names = ReasonCode::ALL.iter().map(|code| code.name()).chain(["granted_qos_0", "normal_disconnection"]);
    let help = nearest(text, names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    node.mistake(format!("unknown Reason Code `{text}`{help}"))
}

fn wants(node: &Node, name: &str, what: &str) -> Mistake {
    node.mistake(format!("expected {what} as `{name}`, found {}", node.written()))
}
