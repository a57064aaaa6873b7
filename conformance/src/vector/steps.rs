//! Steps. Each has one verb, and optionally `only`, `for` and `warn`.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    compiler::{Compiler, Scope},
    head,
    names::Rows,
    script::{Action, Step},
    version,
};
use crate::source::{Entry, Mark, Mistake, Node, Tree, nearest};

/// The parts of a step.
pub(super) struct Parts<'n> {
    /// The key and value of the verb, or the text of a step without a value.
    pub(super) verb: std::borrow::Cow<'n, Entry>,
    pub(super) only: Option<&'n Node>,
    pub(super) repeat: Option<&'n Node>,
    pub(super) warn: Option<&'n Node>,
}

/// The verbs without an arrow.
pub(super) const WORDS: [&str; 6] = ["wait", "broker", "all of", "any of", "may", "steps"];
/// The keys allowed besides the verb.
pub(super) const BESIDE: [&str; 3] = ["only", "for", "warn"];

impl Compiler<'_> {
    /// A list of steps. Mistakes are recorded, and reading goes on.
    pub(super) fn steps(&mut self, node: &Node, scope: Scope<'_>) -> Vec<Step> {
        let items: Vec<Node> = match node.list() {
            Ok(items) => items.to_vec(),
            Err(mistake) => {
                self.mistakes.push(mistake);
                return Vec::new();
            }
        };
        let mut steps = Vec::new();
        for item in &items {
            let read = self.step(item, scope);
            steps.extend(self.keep(read).into_iter().flatten());
        }
        steps
    }

    /// One step. It may become no step in this version, or several with `for` or `steps`.
    fn step(&mut self, node: &Node, scope: Scope<'_>) -> Result<Vec<Step>, Mistake> {
        let mut steps = Vec::new();
        for (parts, rows) in self.unrolled(node, scope)? {
            let scope = Scope { rows: &rows, ..scope };
            let warn = self.warn(&parts, scope)?;
            steps.extend(self.verb(&parts.verb, warn, scope)?);
        }
        Ok(steps)
    }

    /// A step for each row of its `for`; none if it is for another version.
    pub(super) fn unrolled<'n>(&mut self, node: &'n Node, scope: Scope<'_>) -> Result<Vec<(Parts<'n>, Rows)>, Mistake> {
        let parts = parts(node)?;
        if let Some(only) = parts.only {
            let named = version::read(only)?;
            if named != self.version_of(&parts.verb) {
                return Ok(Vec::new());
            }
        }
        let rows = match parts.repeat {
            Some(repeat) => self.inner_rows(repeat, scope)?,
            None => vec![scope.rows.clone()],
        };
        let mut all = Vec::new();
        for row in rows {
            all.push((parts_again(&parts), row));
        }
        Ok(all)
    }

    pub(super) fn warn(&self, parts: &Parts<'_>, scope: Scope<'_>) -> Result<Option<Arc<str>>, Mistake> {
        let text = parts.warn.map(|warn| self.known_text(warn, scope)).transpose()?.flatten();
        Ok(text.map(Arc::from))
    }

    /// The version of the client that a step names, or of the case if it names several or none.
    fn version_of(&self, verb: &Entry) -> mqttspec_codec::Version {
        let mut names = BTreeSet::new();
        names_in(&verb.key, &verb.value, &mut names);
        match names.iter().next() {
            Some(only) if names.len() == 1 => self.declared.get(*only).map_or(self.version, |(version, _)| *version),
            _ => self.version,
        }
    }

    fn verb(&mut self, verb: &Entry, warn: Option<Arc<str>>, scope: Scope<'_>) -> Result<Vec<Step>, Mistake> {
        let action = match verb.key.as_str() {
            "wait" => match self.duration(&verb.value, scope)? {
                Some(time) => Action::Wait(time),
                None => return Ok(Vec::new()),
            },
            "broker" => {
                self.flow.leaving.clear();
                Action::Broker(self.outage(&verb.value, scope)?)
            }
            "all of" => Action::AllOf(self.all_of(&verb.value, scope)?),
            "any of" => return self.any_of(verb, warn, scope),
            "may" => Action::May(self.may(&verb.value, scope)?),
            "steps" => {
                let mut steps = self.steps(&verb.value, scope);
                if let Some(last) = steps.last_mut().filter(|_| warn.is_some()) {
                    set_warn(last, warn);
                }
                return Ok(steps);
            }
            key => {
                let head = head::read(key, verb.at)?;
                if head.verb.is_expectation() {
                    let expectation = self.expectation(head, verb, None, scope)?;
                    return Ok(vec![self.step_of(verb.at, warn, Action::Expect(expectation))]);
                }
                self.act(head, verb, scope)?
            }
        };
        let is_empty = match &action {
            Action::AllOf(items) => items.is_empty(),
            Action::May(permitted) => permitted.is_empty(),
            _ => false,
        };
        Ok(if is_empty { Vec::new() } else { vec![self.step_of(verb.at, warn, action)] })
    }

    pub(super) fn step_of(&self, at: Mark, warn: Option<Arc<str>>, action: Action) -> Step {
        Step { place: self.source.place(at), text: self.line(at), warn, action }
    }
}

/// Splits a step into its parts.
pub(super) fn parts(node: &Node) -> Result<Parts<'_>, Mistake> {
    use std::borrow::Cow;
    let entries = match &node.value {
        Tree::Text(text) => {
            let value = Node { at: node.at, value: Tree::Null };
            let verb = Cow::Owned(Entry { key: text.clone(), at: node.at, value });
            check_verb(&verb)?;
            return Ok(Parts { verb, only: None, repeat: None, warn: None });
        }
        Tree::Map(entries) => entries,
        _ => return Err(node.expected("a step such as `a -> CONNECT`")),
    };
    let mut parts = Parts { verb: Cow::Owned(no_verb(node)), only: None, repeat: None, warn: None };
    let mut found: Option<&Entry> = None;
    for entry in entries {
        match entry.key.as_str() {
            "only" => parts.only = Some(&entry.value),
            "for" => parts.repeat = Some(&entry.value),
            "warn" => parts.warn = Some(&entry.value),
            _ => {
                check_verb(entry)?;
                if let Some(first) = found {
                    let what = format!("a step does one thing, and this one already has `{}`", first.key);
                    return Err(Mistake::new(entry.at, what));
                }
                found = Some(entry);
            }
        }
    }
    match found {
        Some(verb) => parts.verb = Cow::Borrowed(verb),
        None => return Err(node.mistake("expected a step such as `a -> CONNECT`, `wait: 3s` or `any of: [..]`")),
    }
    Ok(parts)
}

fn no_verb(node: &Node) -> Entry {
    Entry { key: String::new(), at: node.at, value: Node { at: node.at, value: Tree::Null } }
}

fn parts_again<'n>(parts: &Parts<'n>) -> Parts<'n> {
    Parts { verb: parts.verb.clone(), only: parts.only, repeat: parts.repeat, warn: parts.warn }
}

fn check_verb(entry: &Entry) -> Result<(), Mistake> {
    if WORDS.contains(&entry.key.as_str()) || head::has_arrow(&entry.key) {
        return Ok(());
    }
    let near = nearest(&entry.key, WORDS.into_iter().chain(BESIDE));
    let help = near.map_or(String::new(), |word| format!("; did you mean `{word}`?"));
    let what = format!(
        "`{}` is not a step; expected `who -> what`, {} or {}{help}",
        entry.key,
        WORDS.join(", "),
        BESIDE.join(", ")
    );
    Err(Mistake::new(entry.at, what))
}

/// Every client that a step names, including those of steps within it.
pub(super) fn names_in<'n>(key: &'n str, value: &'n Node, into: &mut BTreeSet<&'n str>) {
    if head::has_arrow(key) {
        into.extend(key.split_whitespace().next());
        return;
    }
    for item in value.list().unwrap_or_default() {
        match &item.value {
            Tree::Text(text) => into.extend(text.split_whitespace().next()),
            Tree::Map(entries) => entries.iter().for_each(|entry| names_in(&entry.key, &entry.value, into)),
            _ => {}
        }
    }
}

/// Adds a warning to a step that has none of its own.
pub(super) fn set_warn(step: &mut Step, warn: Option<Arc<str>>) {
    if step.warn.is_none() {
        step.warn = warn;
    }
}
