//! `all of`, `any of` and `may`.

use std::sync::Arc;

use super::{
    compiler::{Compiler, Scope},
    script::{Action, Alternative, Expectation, Head, Item, Step},
    steps::{Parts, set_warn},
};
use crate::source::{Entry, Mistake, Node};

impl Compiler<'_> {
    /// `may`. A name that it binds counts as unbound, because the packet may not come.
    pub(super) fn may(&mut self, node: &Node, scope: Scope<'_>) -> Result<Vec<Expectation>, Mistake> {
        let before = self.flow.clone();
        self.in_may = true;
        let permitted = self.expectations(node, scope);
        self.in_may = false;
        self.flow = before;
        permitted
    }

    /// `all of`
    pub(super) fn all_of(&mut self, node: &Node, scope: Scope<'_>) -> Result<Vec<Item>, Mistake> {
        let mut items = Vec::new();
        for item in node.list()? {
            for (parts, rows) in self.unrolled(item, scope)? {
                let scope = Scope { rows: &rows, ..scope };
                items.extend(self.item(&parts, scope)?);
            }
        }
        Ok(items)
    }

    fn item(&mut self, parts: &Parts<'_>, scope: Scope<'_>) -> Result<Option<Item>, Mistake> {
        let warn = self.warn(parts, scope)?;
        let verb = &*parts.verb;
        let mut expectations = match verb.key.as_str() {
            "any of" => self.expectations(&verb.value, scope)?,
            "steps" => self.expectations(&verb.value, scope)?,
            _ => return Ok(Some(Item::One(self.only_expectation(verb, warn, scope)?))),
        };
        for expectation in &mut expectations {
            if expectation.warn.is_none() {
                expectation.warn.clone_from(&warn);
            }
        }
        Ok(match (expectations.len(), verb.key.as_str()) {
            (0, _) => None,
            (1, _) => expectations.pop().map(Item::One),
            (_, "any of") => Some(Item::AnyOf(expectations)),
            _ => Some(Item::Steps(expectations)),
        })
    }

    /// A list that contains only expectations.
    fn expectations(&mut self, node: &Node, scope: Scope<'_>) -> Result<Vec<Expectation>, Mistake> {
        let mut expectations = Vec::new();
        for item in node.list()? {
            for (parts, rows) in self.unrolled(item, scope)? {
                let scope = Scope { rows: &rows, ..scope };
                let warn = self.warn(&parts, scope)?;
                expectations.push(self.only_expectation(&parts.verb, warn, scope)?);
            }
        }
        Ok(expectations)
    }

    /// `any of`. If only one alternative applies, it is replaced by that alternative.
    pub(super) fn any_of(
        &mut self,
        verb: &Entry,
        warn: Option<Arc<str>>,
        scope: Scope<'_>,
    ) -> Result<Vec<Step>, Mistake> {
        let before = self.flow.clone();
        let mut after = None;
        let mut alternatives = Vec::new();
        for item in verb.value.list()? {
            let unrolled = self.unrolled(item, scope)?;
            for (parts, rows) in unrolled {
                self.flow = before.clone();
                let alternative = self.alternative(&parts, Scope { rows: &rows, ..scope });
                let Some(alternative) = self.keep(alternative) else { continue };
                alternatives.push(alternative);
                after = Some(
                    after.map_or_else(|| self.flow.clone(), |others: super::compiler::Flow| others.meet(&self.flow)),
                );
            }
        }
        self.flow = after.unwrap_or(before);
        match alternatives.len() {
            0 if self.mistakes.is_empty() => {
                Err(Mistake::new(verb.at, format!("this `any of` has no alternative for {}", self.version)))
            }
            0 => Ok(Vec::new()),
            1 => Ok(alternatives.pop().map(|only| self.inlined(only, warn, verb)).unwrap_or_default()),
            _ => Ok(vec![self.step_of(verb.at, warn, Action::AnyOf(alternatives))]),
        }
    }

    /// An alternative: the head decides whether it is taken, the rest follows.
    fn alternative(&mut self, parts: &Parts<'_>, scope: Scope<'_>) -> Result<Alternative, Mistake> {
        let warn = self.warn(parts, scope)?;
        let verb = &*parts.verb;
        let mut steps = match verb.key.as_str() {
            "steps" => self.steps(&verb.value, scope),
            "all of" => {
                let items = self.all_of(&verb.value, scope)?;
                vec![self.step_of(verb.at, None, Action::AllOf(items))]
            }
            _ => {
                let expectation = self.only_expectation(verb, None, scope)?;
                vec![self.step_of(verb.at, None, Action::Expect(expectation))]
            }
        };
        if steps.is_empty() {
            return Err(Mistake::new(verb.at, "expected an alternative to begin with an expectation"));
        }
        let first = steps.remove(0);
        let own = first.warn;
        let head = match first.action {
            Action::Expect(mut expectation) => {
                expectation.warn = expectation.warn.or(own);
                Head::Expect(expectation)
            }
            Action::AllOf(items) => Head::AllOf(first.place, items),
            _ => {
                return Err(Mistake::new(
                    verb.at,
                    "expected an alternative to begin with an expectation, or with an `all of` of expectations",
                ));
            }
        };
        Ok(Alternative { warn, head, rest: steps })
    }

    /// The steps of the only alternative that applies.
    fn inlined(&self, only: Alternative, warn: Option<Arc<str>>, verb: &Entry) -> Vec<Step> {
        let first = match only.head {
            Head::Expect(mut expectation) => {
                let own = expectation.warn.take();
                let (place, text) = (expectation.place.clone(), Arc::clone(&expectation.text));
                Step { place, text, warn: own, action: Action::Expect(expectation) }
            }
            Head::AllOf(place, items) => {
                Step { place, text: self.line(verb.at), warn: None, action: Action::AllOf(items) }
            }
        };
        let mut steps = vec![first];
        steps.extend(only.rest);
        if let Some(last) = steps.last_mut() {
            set_warn(last, only.warn.or(warn));
        }
        steps
    }
}
