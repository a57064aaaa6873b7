//! A packet on its way, with fields as in the vector language.

use std::cell::OnceCell;

use mqttspec::packet::{Fields, Value, existing, fields};
use mqttspec_codec::{PacketType, Version, decode_frame};

/// A packet on its way. If it is not changed, it passes byte for byte.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `None` for a malformed packet, which has bytes but no fields.
    pub(crate) packet_type: Option<PacketType>,
    /// Whether it is the only packet of its write.
    pub(crate) alone: bool,
    /// Whether it is the first packet of its write.
    pub(crate) first: bool,
    bytes: Vec<u8>,
    /// Read on first use, which is rare.
    fields: OnceCell<Fields>,
    version: Version,
    changed: bool,
}

impl Seen {
    /// Decodes the bytes.
    pub(crate) fn new(bytes: Vec<u8>, version: Version) -> Self {
        let packet_type = decode_frame(&bytes, version).ok().map(|packet| packet.packet_type());
        let fields = OnceCell::new();
        Self { packet_type, alone: true, first: true, bytes, fields, version, changed: false }
    }

    /// Bytes that the codec cannot decode.
    pub(crate) fn malformed(bytes: Vec<u8>) -> Self {
        let (fields, version) = (OnceCell::new(), Version::V5);
        Self { packet_type: None, alone: true, first: true, bytes, fields, version, changed: false }
    }

    /// Sets its position in the write.
    pub(crate) fn standing(self, first: bool) -> Self {
        Self { first, ..self }
    }

    /// Whether it is of that type, and well-formed.
    pub(crate) fn is(&self, packet_type: PacketType) -> bool {
        self.packet_type == Some(packet_type)
    }

    /// The type in its first byte, even if malformed.
    pub(crate) fn claims(&self) -> Option<PacketType> {
        PacketType::from_number(self.bytes.first()? >> 4)
    }

    /// A field; `None` if it is absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.fields().get(name)
    }

    /// A flag; false if it is absent.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some(&Value::Bool(true))
    }

    /// A number; 0 if it is absent.
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.get(name).and_then(Value::as_number).unwrap_or_default()
    }

    /// Text; empty if it is absent.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(self.get(name).and_then(Value::as_bytes).unwrap_or_default()).into_owned()
    }

    /// Sets a field.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Written) {
        let value = value.value();
        if self.get(name) != Some(&value) {
            self.fields_mut().insert(name, value);
            self.changed = true;
        }
    }

    /// Removes a field.
    pub(crate) fn remove(&mut self, name: &str) {
        self.changed |= self.fields_mut().remove(name).is_some();
    }

    /// Changes a field that is present.
    pub(crate) fn change(&mut self, name: &str, how: impl FnOnce(&mut Value)) {
        if let Some(value) = self.fields_mut().get_mut(name) {
            let before = value.clone();
            how(value);
            self.changed |= *value != before;
        }
    }

    /// Changes each subscription, filter or code of a list.
    pub(crate) fn each(&mut self, name: &str, mut how: impl FnMut(&mut Value)) {
        self.list(name, |items| items.iter_mut().for_each(&mut how));
    }

    /// Changes a list that is present.
    pub(crate) fn list(&mut self, name: &str, how: impl FnOnce(&mut Vec<Value>)) {
        self.change(name, |value| {
            if let Value::List(items) = value {
                how(items);
            }
        });
    }

    /// Changes a text or Binary Data that is present.
    pub(crate) fn data(&mut self, name: &str, how: impl FnOnce(&mut Vec<u8>)) {
        self.change(name, |value| {
            if let Value::Bytes(bytes) = value {
                how(bytes);
            }
        });
    }

    /// Changes the Topic Filters of SUBSCRIBE or UNSUBSCRIBE.
    pub(crate) fn each_filter(&mut self, how: impl Fn(&str) -> String) {
        let change = |value: &mut Value| {
            let bytes = value.as_bytes().unwrap_or_default();
            *value = Value::text(&how(&String::from_utf8_lossy(bytes)));
        };
        self.each("filters", change);
        self.each("subscriptions", |subscription| {
            if let Value::Map(fields) = subscription {
                fields.entry("filter").and_modify(change);
            }
        });
    }

    /// Changes a field of the Will, if there is one.
    pub(crate) fn will(&mut self, how: impl FnOnce(&mut Fields)) {
        self.change("will", |will| {
            if let Value::Map(fields) = will {
                how(fields);
            }
        });
    }

    /// The Topic Filters of SUBSCRIBE or UNSUBSCRIBE.
    pub(crate) fn filters(&self) -> Vec<String> {
        let lists = [self.get("filters"), self.get("subscriptions")];
        let items = lists.into_iter().flatten().filter_map(|list| match list {
            Value::List(items) => Some(items),
            _ => None,
        });
        let filter = |item: &Value| match item {
            Value::Map(fields) => fields.get("filter").and_then(Value::as_bytes).unwrap_or_default().to_vec(),
            item => item.as_bytes().unwrap_or_default().to_vec(),
        };
        items.flatten().map(|item| String::from_utf8_lossy(&filter(item)).into_owned()).collect()
    }

    /// Its bytes, encoded again if a field was changed, without fields that its version does not have. Any other
    /// illegal change is a bug of the fault and belongs in [`raw`](Self::raw).
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self.packet_type {
            Some(packet_type) if self.changed => {
                let fields = existing(packet_type, self.fields().clone(), self.version);
                let written = fields::write(packet_type, &fields, self.version);
                written.unwrap_or_else(|error| panic!("a fault makes an illegal {packet_type}: {error}"))
            }
            _ => self.bytes.clone(),
        }
    }

    fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| match decode_frame(&self.bytes, self.version) {
            Ok(packet) => fields::read(&packet),
            Err(_) => Fields::new(),
        })
    }

    fn fields_mut(&mut self) -> &mut Fields {
        self.fields();
        self.fields.get_mut().expect("read just now")
    }

    /// Replaces the bytes, for changes that fields cannot express.
    pub(crate) fn raw(&self, how: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut bytes = self.bytes();
        how(&mut bytes);
        Self { bytes, changed: false, ..self.clone() }
    }
}

/// What a field can be set to.
pub(crate) trait Written {
    fn value(self) -> Value;
}

impl Written for bool {
    fn value(self) -> Value {
        Value::Bool(self)
    }
}

impl Written for u64 {
    fn value(self) -> Value {
        Value::Number(self)
    }
}

impl Written for &str {
    fn value(self) -> Value {
        Value::text(self)
    }
}

impl Written for Vec<u8> {
    fn value(self) -> Value {
        Value::Bytes(self)
    }
}

impl Written for Value {
    fn value(self) -> Value {
        self
    }
}
