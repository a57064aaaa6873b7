//! What a browser may run: the page's own style and script, by their hashes, and nothing from anywhere.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};

/// The Content Security Policy of a page with this style and script.
pub(super) fn of(style: &str, script: &str) -> String {
    let (style, script) = (hash(style), hash(script));
    format!("default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'")
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}
