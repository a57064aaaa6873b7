//! The file of users as text: changed in one entry, with its comments and its order.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, value};

use super::passwd::Change;
use crate::core::{PasswordHash, ScramKeys};

/// # Errors
/// The text is not a file of users: `LINE:COLUMN: KEY: what was expected`.
pub(super) fn put(text: &str, user: &str, hash: &PasswordHash, keys: &ScramKeys) -> Result<(String, Change), String> {
    let mut document = parse(text)?;
    let mut users = Table::new();
    users.set_implicit(true);
    let users = document.entry("users").or_insert(Item::Table(users)).as_table_like_mut();
    let users = users.ok_or("1:1: users: expected a table")?;
    let change = if users.contains_key(user) { Change::Replaced } else { Change::Added };
    if change == Change::Added {
        users.insert(user, Item::Table(Table::new()));
    }
    let entry = users.get_mut(user).and_then(Item::as_table_like_mut);
    let entry = entry.ok_or("1:1: users: expected a table for each user")?;
    replace(entry, "argon2", hash.as_str());
    replace(entry, "scram_sha_256", &keys.to_string());
    if change == Change::Added {
        for key in ["publish", "subscribe"] {
            entry.insert(key, value(Array::new()));
        }
    }
    Ok((document.to_string(), change))
}

/// `None` if there is no such user.
///
/// # Errors
/// As [`put`].
pub(super) fn remove(text: &str, user: &str) -> Result<Option<String>, String> {
    let mut document = parse(text)?;
    let users = document.get_mut("users").and_then(Item::as_table_like_mut);
    Ok(users.and_then(|users| users.remove(user)).map(|_| document.to_string()))
}

/// A text that is a file of users, and so one whose shape is known.
fn parse(text: &str) -> Result<DocumentMut, String> {
    super::parse(text).map_err(|error| error.to_string())?;
    text.parse().map_err(|error: toml_edit::TomlError| format!("1:1: {}", error.message()))
}

/// Sets a text, and keeps the comment after it.
fn replace(entry: &mut dyn TableLike, key: &str, text: &str) {
    let mut new = value(text);
    let old = entry.get(key).and_then(Item::as_value).map(|old| old.decor().clone());
    if let (Some(value), Some(decor)) = (new.as_value_mut(), old) {
        *value.decor_mut() = decor;
    }
    entry.insert(key, new);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str, user: &str) -> (String, Change) {
        let hash = PasswordHash::new(b"password", &[1; 16]).unwrap();
        let keys = ScramKeys::new("password", &[1; 16], ScramKeys::ITERATIONS).unwrap();
        let (text, change) = super::put(text, user, &hash, &keys).unwrap();
        super::super::parse(&text).unwrap();
        (text.replace(hash.as_str(), "HASH").replace(&keys.to_string(), "KEYS"), change)
    }

    #[test]
    fn new_user_is_added_at_the_end_without_rights() {
        let entry = "[users.alice]\nargon2 = \"HASH\"\nscram_sha_256 = \"KEYS\"\npublish = []\nsubscribe = []\n";
        assert_eq!(put("", "alice"), (entry.to_owned(), Change::Added));
        let before = "# who\n[anonymous] # nobody knows\n";
        assert_eq!(put(before, "alice").0, format!("{before}\n{entry}"));
    }

    #[test]
    fn everything_else_is_kept() {
        let text = "# all\n[users.bob]\npublish = [ \"#\" ] # much\nscram_sha_256 = \"SCRAM-SHA-256$1:AA==$AA==:AA==\" # old\n";
        let text = text.replace("AA==$AA==:AA==", &format!("AA==${0}=:{0}=", "A".repeat(43)));
        let (new, change) = put(&text, "bob");
        assert_eq!(change, Change::Replaced);
        let expected =
            "# all\n[users.bob]\npublish = [ \"#\" ] # much\nscram_sha_256 = \"KEYS\" # old\nargon2 = \"HASH\"\n";
        assert_eq!(new, expected);
    }

    #[test]
    fn all_forms_of_tables() {
        for text in ["users.bob.publish = []", "users = { bob = {} }", "[users]\nbob.publish = ['a']", "[users]"] {
            for user in ["bob", "alice", "a b.c\"", "é"] {
                let hash = PasswordHash::new(b"password", &[1; 16]).unwrap();
                let keys = ScramKeys::new("password", &[1; 16], ScramKeys::ITERATIONS).unwrap();
                let (with, _) = super::put(text, user, &hash, &keys).unwrap();
                super::super::parse(&with).unwrap();
                let without = remove(&with, user).unwrap().expect("it was put there");
                assert_eq!(remove(&without, user), Ok(None), "{text} {user}");
            }
        }
    }

    #[test]
    fn other_toml_files_are_rejected() {
        assert_eq!(remove("listen = []", "a").unwrap_err(), "1:1: listen: unknown key, expected anonymous or users");
    }
}
