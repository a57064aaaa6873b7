//! [`Key`]: one row of the table of settings, and the macro that writes it.

use super::{
    Settings,
    field::Field,
    form::{Form, Value},
};

/// One setting.
#[derive(Debug)]
pub(super) struct Key {
    /// As in `--set`: its group and a dot in front, where it has one.
    pub(super) name: &'static str,
    /// What it does, line by line.
    pub(super) doc: &'static [&'static str],
    /// How its value is written.
    pub(super) form: Form,
    pub(super) read: fn(&Settings) -> Value,
    /// Says what is wrong with the value, where its form alone cannot.
    pub(super) write: fn(&mut Settings, Value) -> Result<(), String>,
}

impl Key {
    /// The group, and the key in it.
    pub(super) fn parts(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once('.') {
            Some((group, name)) => (Some(group), name),
            None => (None, self.name),
        }
    }

    /// What it does, in one line.
    pub(super) fn sentence(&self) -> String {
        self.doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }
}

/// What a field holds.
pub(super) fn value_of(field: &impl Field) -> Value {
    field.to_value()
}

/// Puts a value into a field.
pub(super) fn assign<F: Field>(field: &mut F, value: Value) -> Result<(), String> {
    *field = F::from_value(value)?;
    Ok(())
}

/// The table: documentation, key, field and form of each setting.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $name:literal $settings:ident$(.$field:ident)+: $form:expr;)+) => {
        /// Every setting, group by group.
        pub(super) const KEYS: &[Key] = &[$(Key {
            name: $name,
            doc: &[$($doc),+],
            form: $form,
            read: |$settings| value_of(&$settings$(.$field)+),
            write: |$settings, value| assign(&mut $settings$(.$field)+, value),
        }),+];
    };
}

pub(super) use keys;
