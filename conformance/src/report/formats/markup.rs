//! What XML formats have in common.

use std::borrow::Cow;

/// The text with U+FFFD in place of characters that XML 1.0 does not allow, not even escaped.
pub(super) fn allowed(text: &str) -> Cow<'_, str> {
    let is_allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    match text.chars().all(is_allowed) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.replace(|c| !is_allowed(c), "\u{FFFD}")),
    }
}
