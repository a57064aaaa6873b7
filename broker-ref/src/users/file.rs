//! [`parse`]: from the text of a file of users to [`Access`], or to its first mistake.

use std::{fmt, ops::Range};

use mqttspec_codec::{TopicFilter, Utf8String};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    core::{Access, PasswordHash, Rights, ScramKeys, User, Users},
    place::line_and_column,
};

/// Reads a file of users. A user who is not listed is refused.
///
/// ```
/// use mqttspec_broker::users;
/// let access = users::parse(
///     r##"
///     [anonymous]                   # a Client without User Name and Password; refused without this table
///     subscribe = ["public/#"]      # Topic Filters; default: none
///
///     [users.alice]                 # argon2 and scram_sha_256: what `mqttspec broker passwd` writes
///     argon2 = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$YWJjZGVmZ2hpamtsbW5vcA"
///     publish = ["sensors/%u/#"]    # %u: User Name, %c: Client Identifier
///     subscribe = ["#", "$SYS/#"]   # `#` is not `$SYS/#` (section 4.7.2)
///     "##,
/// )?;
/// let mistake = users::parse("[users.bob]\npublish = ['a#']").unwrap_err();
/// assert_eq!(mistake.to_string(), "2:12: users.bob.publish: expected Topic Filters, such as \"sensors/%u/#\"");
/// # Ok::<(), users::UsersError>(())
/// ```
///
/// [`Rights`] explains `%u` and `%c`.
///
/// # Errors
/// The first mistake, and where it is.
pub fn parse(text: &str) -> Result<Access, UsersError> {
    read(text).map(Access::from).map_err(|mistake| UsersError::new(text, mistake))
}

/// A mistake in a file of users, displayed as `line:column: key: what is wrong`. It does not repeat values that may be
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsersError {
    line: usize,
    column: usize,
    wrong: String,
}

impl UsersError {
    fn new(text: &str, Mistake { at, wrong }: Mistake) -> Self {
        let (line, column) = line_and_column(text, at);
        Self { line, column, wrong }
    }
}

impl fmt::Display for UsersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, wrong } = self;
        write!(f, "{line}:{column}: {wrong}")
    }
}

impl std::error::Error for UsersError {}

/// A mistake, and the byte where it begins.
struct Mistake {
    at: usize,
    wrong: String,
}

type Value<'t> = Spanned<DeValue<'t>>;

fn mistake<T>(span: Range<usize>, key: &str, wrong: &str) -> Result<T, Mistake> {
    Err(Mistake { at: span.start, wrong: format!("{key}: {wrong}") })
}

fn read(text: &str) -> Result<Users, Mistake> {
    let document = DeTable::parse(text).map_err(|error| Mistake {
        at: error.span().map_or(0, |span| span.start),
        wrong: error.message().lines().collect::<Vec<_>>().join(", "),
    })?;
    let mut users = Users::default();
    for (key, value) in document.get_ref() {
        match key.get_ref().as_ref() {
            "anonymous" => users = users.with_anonymous(anonymous(value)?),
            "users" => {
                for (name, value) in table("users", value)? {
                    if name.get_ref().is_empty() || Utf8String::new(name.get_ref()).is_err() {
                        return mistake(name.span(), "users", "expected a User Name that CONNECT can carry");
                    }
                    users = users.with_user(name.get_ref(), user(name.get_ref(), value)?);
                }
            }
            other => return mistake(key.span(), other, "unknown key, expected anonymous or users"),
        }
    }
    Ok(users)
}

fn anonymous(value: &Value<'_>) -> Result<Rights, Mistake> {
    let mut rights = Rights::default();
    for (key, value) in table("anonymous", value)? {
        let path = format!("anonymous.{}", key.get_ref());
        match key.get_ref().as_ref() {
            "publish" => rights.publish = filters(&path, value)?,
            "subscribe" => rights.subscribe = filters(&path, value)?,
            _ => return mistake(key.span(), &path, "unknown key, expected publish or subscribe"),
        }
    }
    Ok(rights)
}

fn user(name: &str, value: &Value<'_>) -> Result<User, Mistake> {
    let (mut user, mut rights) = (User::default(), Rights::default());
    for (key, value) in table(&format!("users.{name}"), value)? {
        let path = format!("users.{name}.{}", key.get_ref());
        let text = value.get_ref().as_str();
        match key.get_ref().as_ref() {
            "publish" => rights.publish = filters(&path, value)?,
            "subscribe" => rights.subscribe = filters(&path, value)?,
            "argon2" => match text.and_then(PasswordHash::parse) {
                Some(hash) => user = user.with_password(hash),
                None => return mistake(value.span(), &path, "expected a PHC string of argon2, such as passwd writes"),
            },
            "scram_sha_256" => match text.and_then(ScramKeys::parse) {
                Some(keys) => user = user.with_scram(keys),
                None => {
                    let form = "expected SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, such as passwd writes";
                    return mistake(value.span(), &path, form);
                }
            },
            _ => {
                let known = "unknown key, expected argon2, scram_sha_256, publish or subscribe";
                return mistake(key.span(), &path, known);
            }
        }
    }
    Ok(user.with_rights(rights))
}

fn table<'v, 't>(key: &str, value: &'v Value<'t>) -> Result<&'v DeTable<'t>, Mistake> {
    match value.get_ref().as_table() {
        Some(table) => Ok(table),
        None => mistake(value.span(), key, "expected a table"),
    }
}

/// Topic Filters, with `%u` and `%c` not yet replaced.
fn filters(key: &str, value: &Value<'_>) -> Result<Vec<String>, Mistake> {
    const EXPECTED: &str = "expected Topic Filters, such as \"sensors/%u/#\"";
    let Some(array) = value.get_ref().as_array() else { return mistake(value.span(), key, EXPECTED) };
    let filter = |value: &Value<'_>| match value.get_ref().as_str() {
        Some(text) if TopicFilter::new(text).is_ok() => Ok(text.to_owned()),
        _ => mistake(value.span(), key, EXPECTED),
    };
    array.iter().map(filter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_have_places_and_reveal_no_secrets() {
        let cases = [
            ("[user.a]", "1:2: user: unknown key, expected anonymous or users"),
            ("users = 1", "1:9: users: expected a table"),
            ("[users]\na = 'x'", "2:5: users.a: expected a table"),
            ("[anonymous]\nread = []", "2:1: anonymous.read: unknown key, expected publish or subscribe"),
            (
                "[users.\"ä\"]\nargon2 = 'hunter2'",
                "2:10: users.ä.argon2: expected a PHC string of argon2, such as passwd writes",
            ),
            (
                "[users.a]\nscram_sha_256 = 'hunter2'",
                "2:17: users.a.scram_sha_256: expected SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, such as passwd writes",
            ),
            (
                "[users.a]\n\n  subscribe = '#'",
                "3:15: users.a.subscribe: expected Topic Filters, such as \"sensors/%u/#\"",
            ),
            ("[users.'']", "1:8: users: expected a User Name that CONNECT can carry"),
        ];
        for (text, wrong) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), wrong, "{text}");
        }
        assert!(parse("[users.a]\nargon2 = \"x").unwrap_err().to_string().starts_with("2:"));
    }

    #[test]
    fn empty_file_refuses_everybody() {
        assert_eq!(parse("").unwrap(), Users::new().into());
        assert_eq!(parse("[anonymous]").unwrap(), Users::new().with_anonymous(Rights::default()).into());
    }
}
