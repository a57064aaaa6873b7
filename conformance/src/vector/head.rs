//! The key of a step: the client, the arrow and the verb.

use mqttspec_codec::PacketType;

use super::prefix::Prefix;
use crate::source::{Mark, Mistake, nearest};

/// A parsed key such as `a -> PUBLISH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) who: &'a str,
    pub(super) verb: Verb,
}

/// What a client does or expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Send(PacketType),
    SendHex,
    Open,
    Frame,
    Close,
    Drop,
    Exchange(PacketType),
    Expect(PacketType),
    ExpectHex,
    Opened,
    Closed,
    Nothing,
    /// `<= PUBLISH`
    Acknowledge,
}

impl Verb {
    /// Whether it is an expectation rather than an action.
    pub(super) const fn is_expectation(self) -> bool {
        matches!(
            self,
            Verb::Expect(_) | Verb::ExpectHex | Verb::Opened | Verb::Closed | Verb::Nothing | Verb::Acknowledge
        )
    }
}

const ARROWS: [&str; 4] = ["->", "<-", "=>", "<="];

/// Whether a key is meant to contain an arrow.
pub(super) fn has_arrow(key: &str) -> bool {
    ARROWS.iter().any(|arrow| key.contains(arrow))
}

/// Reads the key of a step.
pub(super) fn read(key: &str, at: Mark) -> Result<Head<'_>, Mistake> {
    let words: Vec<&str> = key.split_whitespace().collect();
    let [who, arrow, what] = words[..] else {
        return Err(Mistake::new(
            at,
            format!("`{key}` is not a step; expected `who -> what`, with spaces around the arrow"),
        ));
    };
    check_name(who, at)?;
    let verb = match arrow {
        "->" => pick(what, &SENDS, at, |packet_type| Ok(Verb::Send(packet_type))),
        "<-" => pick(what, &EXPECTS, at, |packet_type| match packet_type {
            PacketType::Connect | PacketType::Subscribe | PacketType::Unsubscribe | PacketType::Pingreq => {
                Err(format!("a Server never sends {packet_type}"))
            }
            _ => Ok(Verb::Expect(packet_type)),
        }),
        "=>" => pick(what, &[], at, |packet_type| match packet_type {
            PacketType::Connect
            | PacketType::Subscribe
            | PacketType::Unsubscribe
            | PacketType::Publish
            | PacketType::Pingreq
            | PacketType::Disconnect => Ok(Verb::Exchange(packet_type)),
            _ => Err(format!("no exchange begins with {packet_type}; use `->`")),
        }),
        "<=" => pick(what, &[], at, |packet_type| match packet_type {
            PacketType::Publish => Ok(Verb::Acknowledge),
            _ => Err(format!("only PUBLISH can be acknowledged; use `<- {packet_type}`")),
        }),
        _ => Err(Mistake::new(at, format!("`{arrow}` is not an arrow; expected `->`, `<-`, `=>` or `<=`"))),
    }?;
    Ok(Head { who, verb })
}

/// Checks a client name: at most 12 lower-case letters and digits.
pub(super) fn check_name(name: &str, at: Mark) -> Result<(), Mistake> {
    let fits = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if fits && (1..=Prefix::LONGEST_IDENTIFIER).contains(&name.len()) {
        return Ok(());
    }
    Err(Mistake::new(at, format!("`{name}` is not a valid client name; use at most 12 lower-case letters and digits")))
}

const SENDS: [(&str, Verb); 5] = [
    ("hex", Verb::SendHex),
    ("open", Verb::Open),
    ("frame", Verb::Frame),
    ("close", Verb::Close),
    ("drop", Verb::Drop),
];

const EXPECTS: [(&str, Verb); 4] =
    [("hex", Verb::ExpectHex), ("open", Verb::Opened), ("closed", Verb::Closed), ("nothing", Verb::Nothing)];

fn pick(
    what: &str,
    words: &[(&str, Verb)],
    at: Mark,
    packet: impl Fn(PacketType) -> Result<Verb, String>,
) -> Result<Verb, Mistake> {
    if let Some(packet_type) = PacketType::from_name(what) {
        return packet(packet_type).map_err(|why| Mistake::new(at, why));
    }
    if let Some((_, verb)) = words.iter().find(|(word, _)| *word == what) {
        return Ok(*verb);
    }
    let names = PacketType::ALL
        .iter()
        .map(|packet_type| packet_type.name())
        .filter(|name| PacketType::from_name(name).is_some_and(|packet_type| packet(packet_type).is_ok()));
    let possible: Vec<&str> = words.iter().map(|(word, _)| *word).chain(names).collect();
    let near = nearest(what, possible.iter().copied())
        .or_else(|| possible.iter().copied().find(|word| word.eq_ignore_ascii_case(what)));
    let help = match near {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("expected one of {}", possible.join(", ")),
    };
    Err(Mistake::new(at, format!("`{what}` is not allowed after this arrow; {help}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Mark = Mark { line: 1, column: 1 };

    #[test]
    fn all_arrows_are_parsed() {
        let verb = |key| read(key, AT).unwrap().verb;
        assert_eq!(verb("a -> CONNECT"), Verb::Send(PacketType::Connect));
        assert_eq!(verb("a   <-   closed"), Verb::Closed);
        assert_eq!(verb("a => DISCONNECT"), Verb::Exchange(PacketType::Disconnect));
        assert_eq!(verb("a <= PUBLISH"), Verb::Acknowledge);
    }

    #[test]
    fn unknown_verbs_and_names_are_mistakes() {
        let wrong = |key| read(key, AT).unwrap_err().what;
        assert!(wrong("a -> PUBLSH").contains("did you mean `PUBLISH`?"));
        assert!(wrong("a <- connack").contains("did you mean `CONNACK`?"));
        assert!(wrong("a <- close").contains("did you mean `closed`?"));
        assert!(wrong("a <= PUBREL").contains("only PUBLISH can be acknowledged"));
        assert!(wrong("a => PUBREL").contains("no exchange"));
        assert!(wrong("A -> CONNECT").contains("lower-case letters"));
        assert!(wrong("a->CONNECT").contains("spaces"));
        assert!(wrong("a <- CONNECT").contains("a Server never sends CONNECT"));
    }
}
