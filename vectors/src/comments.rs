//! YAML without what is for readers alone, for a page that has to be small. The build script uses it.

/// Removes the comments and keeps the lines, so that a mistake is still found where it is. Not for block scalars, and for
/// texts with a `#` behind a blank only in double quotes.
pub(crate) fn without_comments(yaml: &str) -> String {
    let lines: Vec<&str> = yaml.lines().map(without_comment).collect();
    lines.join("\n") + "\n"
}

fn without_comment(line: &str) -> &str {
    let (mut quoted, mut before) = (false, ' ');
    for (at, char) in line.char_indices() {
        match char {
            '"' => quoted = !quoted,
            '#' if !quoted && before == ' ' => return line[..at].trim_end(),
            _ => {}
        }
        before = char;
    }
    line
}

/// A file of statements without what is for readers alone: `note`, and the text of `probe`, of which it says only that it
/// is there.
pub(crate) fn without_remarks(yaml: &str) -> String {
    let (mut kept, mut in_remark) = (String::new(), false);
    for line in yaml.lines() {
        in_remark =
            line.starts_with("  probe:") || line.starts_with("  note:") || in_remark && line.starts_with("    ");
        if line.starts_with("  probe:") {
            kept.push_str("  probe: left out");
        } else if !in_remark {
            kept.push_str(line);
        }
        kept.push('\n');
    }
    kept
}
