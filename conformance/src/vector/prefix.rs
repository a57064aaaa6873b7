//! The prefix that makes topics and Client Identifiers unique to run, case and version.

use crate::source::{Mark, Mistake};

/// The prefix of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    /// A topic level, without its slash.
    pub level: String,
    /// Letters and digits for Client Identifiers, at most eleven.
    pub letters: String,
}

impl Prefix {
    /// The maximum length of a client name or written Client Identifier. With the letters this makes 23 characters,
    /// which every Server must accept.
    pub(super) const LONGEST_IDENTIFIER: usize = 12;

    /// A topic with its prefix, which follows `$share/g/` in a shared filter.
    pub(super) fn topic(&self, topic: &[u8], is_filter: bool, at: Mark) -> Result<Vec<u8>, Mistake> {
        if topic.is_empty() {
            return Ok(Vec::new());
        }
        if is_filter && topic.starts_with(b"$share/") {
            return Ok(self.shared(topic));
        }
        if topic.starts_with(b"$") {
            let what = "a topic that begins with `$` gets no prefix, so the case needs `no_prefix: true`";
            return Err(Mistake::new(at, what));
        }
        Ok([self.level.as_bytes(), b"/", topic].concat())
    }

    fn shared(&self, filter: &[u8]) -> Vec<u8> {
        let slashes = filter.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(index, _)| index);
        match slashes.take(2).last().map(|last| filter.split_at(last + 1)) {
            Some((share, rest)) if share != b"$share/" && !rest.is_empty() => {
                [share, self.level.as_bytes(), b"/", rest].concat()
            }
            _ => filter.to_vec(),
        }
    }

    /// A Client Identifier followed by the letters.
    pub(super) fn client_id(&self, id: &[u8], at: Mark) -> Result<Vec<u8>, Mistake> {
        if id.len() > Self::LONGEST_IDENTIFIER {
            let most = Self::LONGEST_IDENTIFIER;
            let what =
                format!("a Client Identifier has at most {most} characters, plus those of the run; see `no_prefix`");
            return Err(Mistake::new(at, what));
        }
        Ok(if id.is_empty() { Vec::new() } else { [self.letters.as_bytes(), id].concat() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Mark = Mark { line: 1, column: 1 };

    fn prefix() -> Prefix {
        Prefix { level: "p".to_owned(), letters: "P".to_owned() }
    }

    fn topic(topic: &str, is_filter: bool) -> String {
        String::from_utf8(prefix().topic(topic.as_bytes(), is_filter, AT).unwrap()).unwrap()
    }

    #[test]
    fn topics() {
        assert_eq!(topic("a/b", false), "p/a/b");
        assert_eq!(topic("/a", false), "p//a");
        assert_eq!(topic("", false), "");
        assert_eq!(topic("#", true), "p/#");
        assert_eq!(topic("$share/g/t", true), "$share/g/p/t");
        assert_eq!(topic("$share/g//t", true), "$share/g/p//t");
        assert_eq!(topic("$share//t", true), "$share//p/t");
        assert_eq!(topic("$share/g", true), "$share/g");
        assert_eq!(topic("$share/g/", true), "$share/g/");
        assert!(prefix().topic(b"$SYS/#", true, AT).is_err());
        assert!(prefix().topic(b"$share/g/t", false, AT).is_err());
    }

    #[test]
    fn client_identifiers() {
        assert_eq!(prefix().client_id(b"a", AT).unwrap(), b"Pa");
        assert_eq!(prefix().client_id(b"", AT).unwrap(), b"");
        assert!(prefix().client_id(b"0123456789abc", AT).is_err());
    }
}
