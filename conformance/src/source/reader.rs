//! Turns the parser's events into [`Node`]s.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned};

use super::{Entry, Mark, Mistake, Node, Tree};

/// The tree of a YAML text.
///
/// # Errors
/// The text is not YAML 1.2, or a key appears twice.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    let options = serde_yaml::options! { strict_booleans: true, reject_unsupported_tags: true, with_snippet: false };
    match serde_yaml::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(raw) => node(raw),
        Err(error) => {
            let at = error.location().map_or(Mark { line: 1, column: 1 }, mark);
            Err(Mistake::new(at, plain(&error.render())))
        }
    }
}

/// A value without its place.
enum Raw {
    Scalar(Tree),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true, false, a list or a map")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::Bool(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::Number(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Scalar(u64::try_from(value).map_or_else(|_| Tree::OtherNumber(value.to_string()), Tree::Number)))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::OtherNumber(value.to_string())))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::OtherNumber(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::OtherNumber(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::Text(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::Null))
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Scalar(Tree::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

fn node(raw: Spanned<Raw>) -> Result<Node, Mistake> {
    let at = mark(raw.referenced);
    let value = match raw.value {
        Raw::Scalar(scalar) => scalar,
        Raw::List(items) => Tree::List(items.into_iter().map(node).collect::<Result<_, _>>()?),
        Raw::Map(entries) => Tree::Map(entries.into_iter().map(entry).collect::<Result<_, _>>()?),
    };
    Ok(Node { at, value })
}

fn entry((key, value): (Spanned<Raw>, Spanned<Raw>)) -> Result<Entry, Mistake> {
    let Node { at, value: key } = node(key)?;
    match key {
        Tree::Text(key) => Ok(Entry { key, at, value: node(value)? }),
        other => Err(Mistake::new(at, format!("expected a string as the key, found {}; quote it", other.kind()))),
    }
}

fn mark(location: Location) -> Mark {
    Mark { line: location.line().max(1), column: location.column().max(1) }
}

/// The parser's message on one line, without the place, which is reported separately, and without hints about the
/// parser's own options.
fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    let message = message.split(", set DuplicateKeyPolicy").next().unwrap_or_default();
    let words: Vec<&str> = message.split_whitespace().collect();
    let help = match words.first().copied() {
        Some("unclosed") => "; inside braces and brackets, quote text that contains `#`, `*` or `: `",
        Some("mapping") => "; a step with further keys needs a colon, as in `a <- closed: {}`",
        Some("duplicate") => "; write each step as an item of the list",
        _ => "",
    };
    format!("{}{help}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Tree {
        parse(text).unwrap().value
    }

    #[test]
    fn scalars_keep_their_kind() {
        for text in ["on", "no", "y", "\"1\"", "'true'", "1:30", "2026-11-23", "a/#", "+/x", "$share/g/t", "1..5"] {
            assert!(matches!(value(text), Tree::Text(_)), "{text}");
        }
        assert_eq!(value("0x8E"), Tree::Number(0x8E));
        assert_eq!(value("true"), Tree::Bool(true));
        assert_eq!(value("~"), Tree::Null);
        assert_eq!(value("-1"), Tree::OtherNumber("-1".to_owned()));
        assert_eq!(value("\"a\\0\""), Tree::Text("a\0".to_owned()));
    }

    #[test]
    fn every_node_knows_its_place() {
        let tree = parse("a:\n  - b -> C: {d: 1}\n").unwrap();
        let Tree::Map(outer) = tree.value else { panic!() };
        let Tree::List(items) = &outer[0].value.value else { panic!() };
        let Tree::Map(step) = &items[0].value else { panic!() };
        let Tree::Map(fields) = &step[0].value.value else { panic!() };
        assert_eq!(step[0].at, Mark { line: 2, column: 5 });
        assert_eq!(fields[0].at, Mark { line: 2, column: 14 });
        assert_eq!(fields[0].value.at, Mark { line: 2, column: 17 });
    }

    #[test]
    fn invalid_yaml_is_refused() {
        for (text, line, column, fragment) in [
            ("a: 1\na: 2\n", 2, 1, "duplicate mapping key: a; write each step"),
            ("a: {b: #}\n", 1, 4, "quote text"),
            ("- a <- closed\n  only: v5\n", 2, 7, "`a <- closed: {}`"),
            ("1: 2\n", 1, 1, "quote it"),
            ("a: !x y\n", 1, 7, "unsupported tag"),
        ] {
            let mistake = parse(text).unwrap_err();
            assert!(mistake.what.contains(fragment), "{mistake:?}");
            assert_eq!(mistake.at, Mark { line, column }, "{mistake:?}");
        }
    }
}
