//! The names of a case (`$x`) and their values.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    packet::Value,
    vector::script::{Piece, Term},
};

/// The values of names. A match works on a clone, which is kept if the packet matches and dropped if not.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(BTreeMap<Arc<str>, Value>);

/// Why a term has no value yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// A name without a value.
    Name(Arc<str>),
    /// A message of enhanced authentication.
    Scram,
}

impl Names {
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn bind(&mut self, name: &Arc<str>, value: Value) {
        self.0.insert(Arc::clone(name), value);
    }

    /// The value of a term.
    pub(crate) fn resolve(&self, term: &Term) -> Result<Value, Unresolved> {
        let bound = |name: &Arc<str>| self.get(name).cloned().ok_or_else(|| Unresolved::Name(Arc::clone(name)));
        Ok(match term {
            Term::Value(value) => value.clone(),
            Term::Name(name) => bound(name)?,
            Term::Text(pieces) => {
                let mut bytes = Vec::new();
                for piece in pieces {
                    match piece {
                        Piece::Literal(literal) => bytes.extend_from_slice(literal),
                        Piece::Name(name) => append(&mut bytes, &bound(name)?),
                    }
                }
                Value::Bytes(bytes)
            }
            Term::List(items) => Value::List(items.iter().map(|item| self.resolve(item)).collect::<Result<_, _>>()?),
            Term::Map(fields) => {
                let resolved = fields.iter().map(|(name, term)| Ok((*name, self.resolve(term)?)));
                Value::Map(resolved.collect::<Result<_, Unresolved>>()?)
            }
            Term::ScramFirst | Term::ScramAnswer(_) => return Err(Unresolved::Scram),
        })
    }
}

fn append(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Bytes(more) => bytes.extend_from_slice(more),
        Value::Number(number) => bytes.extend_from_slice(number.to_string().as_bytes()),
        Value::Bool(flag) => bytes.extend_from_slice(flag.to_string().as_bytes()),
        Value::List(items) => items.iter().for_each(|item| append(bytes, item)),
        Value::Map(fields) => fields.values().for_each(|field| append(bytes, field)),
    }
}
