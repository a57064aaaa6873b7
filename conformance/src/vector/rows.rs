//! `for`: the rows that it produces, in order.

use super::{
    compiler::{Compiler, Scope},
    names::{Found, Rows, is_name, unbound, without},
};
use crate::source::{Entry, Mistake, Node, Tree};

/// The maximum number of rows.
const MOST_ROWS: usize = 100_000;

impl Compiler<'_> {
    /// The rows of a `for`. Each also contains the names of the enclosing scope.
    pub(super) fn rows(&self, node: &Node, scope: Scope<'_>) -> Result<Vec<Rows>, Mistake> {
        let found = self.find(node, scope)?;
        match found.node() {
            None => Ok(Vec::new()),
            Some(Node { value: Tree::List(rows), .. }) => rows.iter().map(|row| given(row, scope.rows)).collect(),
            Some(Node { value: Tree::Map(entries), .. }) => self.product(entries, scope),
            Some(other) => Err(other.expected("`{x: [..]}`, `{x: 1..3}` or a list of rows `[{x: 1}, ..]`")),
        }
    }

    /// The items of a list. Items of other versions are left out, items with `for` are repeated.
    pub(super) fn items<'n>(
        &self,
        items: &'n [Node],
        scope: Scope<'n>,
    ) -> Result<Vec<(std::borrow::Cow<'n, Node>, Rows)>, Mistake> {
        let mut all = Vec::new();
        for item in items {
            let node = match self.find(item, scope)? {
                Found::Nothing => continue,
                Found::Node(node) => node,
                Found::Name(_) | Found::Known(_) => item,
            };
            let entries = node.map().ok().filter(|_| !self.plain);
            match entries.and_then(|entries| entries.iter().find(|entry| entry.key == "for")) {
                None => all.push((std::borrow::Cow::Borrowed(node), scope.rows.clone())),
                Some(repeat) => {
                    for rows in self.inner_rows(&repeat.value, scope)? {
                        all.push((without(node, "for"), rows));
                    }
                }
            }
        }
        Ok(all)
    }

    /// The rows of a `for` inside a case. Only the case itself has statements.
    pub(super) fn inner_rows(&self, node: &Node, scope: Scope<'_>) -> Result<Vec<Rows>, Mistake> {
        let rows = self.rows(node, scope)?;
        match rows.iter().find_map(|row| row.get(CITES)) {
            Some(cites) => Err(cites.mistake("`cites` is allowed only in the rows of a whole case")),
            None => Ok(rows),
        }
    }

    /// All combinations; the first name changes slowest.
    fn product(&self, entries: &[Entry], scope: Scope<'_>) -> Result<Vec<Rows>, Mistake> {
        let mut all = vec![scope.rows.clone()];
        for entry in entries {
            check_name(entry)?;
            let values = self.values(&entry.value, scope)?;
            if all.len().saturating_mul(values.len()) > MOST_ROWS {
                return Err(Mistake::new(entry.at, format!("more than {MOST_ROWS} rows")));
            }
            let extended = all.iter().flat_map(|rows| {
                values.iter().map(|value| {
                    let mut rows = rows.clone();
                    rows.insert(entry.key.clone(), value.clone());
                    rows
                })
            });
            all = extended.collect();
        }
        Ok(all)
    }

    /// The values of one name: a list, or a range that includes both ends.
    fn values(&self, node: &Node, scope: Scope<'_>) -> Result<Vec<Node>, Mistake> {
        let found = self.find(node, scope)?;
        let wanted = |node: &Node| node.expected("a list, or a range such as `1..5`");
        match found.node() {
            None => Err(node.mistake("no values for this version")),
            Some(Node { value: Tree::List(values), .. }) => Ok(values.clone()),
            Some(range @ Node { value: Tree::Text(text), at }) => {
                let (first, last) = text.split_once("..").ok_or_else(|| wanted(range))?;
                let (first, last) = (self.bound(first, range, scope)?, self.bound(last, range, scope)?);
                if last.saturating_sub(first) >= MOST_ROWS as u64 {
                    return Err(range.mistake(format!("more than {MOST_ROWS} rows")));
                }
                Ok((first..=last).map(|number| Node { at: *at, value: Tree::Number(number) }).collect())
            }
            Some(other) => Err(wanted(other)),
        }
    }

    /// One end of a range: a number, or a name that has a numeric value before the case starts.
    fn bound(&self, text: &str, range: &Node, scope: Scope<'_>) -> Result<u64, Mistake> {
        if let Ok(number) = text.parse() {
            return Ok(number);
        }
        let end = Node { at: range.at, value: Tree::Text(text.to_owned()) };
        match self.find(&end, Scope { rows: scope.rows, ..scope })? {
            Found::Name(name) => Err(range.mistake(unbound(&name))),
            found => match found.node().map(|node| &node.value) {
                Some(Tree::Number(number)) => Ok(*number),
                _ => Err(range.mistake("expected a range such as `1..5` or `1..$receive_maximum`")),
            },
        }
    }
}

/// One row as written.
fn given(row: &Node, around: &Rows) -> Result<Rows, Mistake> {
    let entries = row.map().map_err(|_| row.expected("a row such as `{x: 1, y: 2}`"))?;
    let mut rows = around.clone();
    for entry in entries {
        if entry.key != CITES {
            check_name(entry)?;
        }
        rows.insert(entry.key.clone(), entry.value.clone());
    }
    Ok(rows)
}

fn check_name(entry: &Entry) -> Result<(), Mistake> {
    if !is_name(&entry.key) {
        return Err(Mistake::new(
            entry.at,
            format!("`{}` is not a valid name; use lower-case letters, digits and `_`", entry.key),
        ));
    }
    match RESERVED.contains(&entry.key.as_str()) {
        true => Err(Mistake::new(entry.at, format!("`${}` is reserved", entry.key))),
        false => Ok(()),
    }
}

/// The statements of the case for this row.
pub(super) const CITES: &str = "cites";
/// Reserved names.
const RESERVED: [&str; 5] = ["me", "level", "props", "run", CITES];
