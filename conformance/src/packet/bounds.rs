//! How much memory the packets of a broker may take.

use super::{Fields, Value};

/// The largest packet that the suite reads, in bytes with the fixed header. The largest that a case asks for has about
/// 120,000.
pub(crate) const LARGEST_PACKET: u32 = 512 * 1024;

/// About how much memory a packet takes, in bytes: a list of many short items takes much more than it had on the wire.
pub(crate) fn weight(fields: &Fields) -> usize {
    fields.values().map(value).fold(OVERHEAD, usize::saturating_add)
}

fn value(value: &Value) -> usize {
    let contents = match value {
        Value::Bool(_) | Value::Number(_) => 0,
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(self::value).fold(0, usize::saturating_add),
        Value::Map(fields) => weight(fields),
    };
    contents.saturating_add(OVERHEAD)
}

/// Of a value or a packet, in bytes.
const OVERHEAD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_items_weigh_more_than_their_bytes() {
        let codes = Fields::from([("reason_codes", Value::List(vec![Value::Number(0); 1000]))]);
        assert!((64_000..70_000).contains(&weight(&codes)));
        let payload = Fields::from([("payload", Value::Bytes(vec![0; 1000]))]);
        assert!((1000..1200).contains(&weight(&payload)));
    }
}
