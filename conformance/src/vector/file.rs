//! Reads a file of cases into a [`Case`] for every case, version and row.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    case::{Body, Case, RunContext, uses_websocket},
    citation,
    common::{self, Common},
    compiler::{Compiler, Scope},
    library::Kind,
    names::{Found, Rows},
    requires::{WEBSOCKET, stand_in},
    rows::CITES,
    script::{Matcher, Term},
};
use crate::{
    packet::Value,
    registry::Registry,
    source::{self, Keys, Mark, Mistake, Node, Place, Source, Tree},
};
use mqttspec_codec::Version;

/// The keys of a file, besides the common ones.
pub const FILE_KEYS: [&str; 2] = ["title", "cases"];
/// The keys of a case, besides the common ones.
pub const CASE_KEYS: [&str; 3] = ["name", "for", "steps"];

/// The content of a file, as far as it could be read.
pub(super) struct File<'a> {
    source: &'a Source,
    registry: &'a Registry,
    pub(super) cases: Vec<Case>,
    pub(super) mistakes: Vec<Mistake>,
}

impl Kind for Case {
    const FOLDER: &'static str = "exchange";

    fn read(source: &Source, registry: &Registry, compile_too: bool) -> (Vec<Self>, Vec<Mistake>) {
        let mut file = File::read(source, registry);
        if compile_too {
            file.check();
        }
        (file.cases, file.mistakes)
    }

    fn key(&self) -> (&str, Version) {
        (&self.id, self.version)
    }

    fn place(&self) -> &Place {
        &self.place
    }
}

impl<'a> File<'a> {
    /// Reads all cases of a file, and all mistakes.
    pub(super) fn read(source: &'a Source, registry: &'a Registry) -> Self {
        let mut file = File { source, registry, cases: Vec::new(), mistakes: Vec::new() };
        if let Err(mistake) = source::parse(&source.text).and_then(|tree| file.keys(&tree)) {
            file.mistakes.push(mistake);
        }
        file
    }

    fn keys(&mut self, tree: &Node) -> Result<(), Mistake> {
        let mut keys = Keys::of(tree, "a file of vectors")?;
        let common = Common::read(&mut keys);
        let (title, cases) = (keys.need("title"), keys.need("cases"));
        self.mistakes.extend(keys.unknown());
        let title = title?.text()?;
        self.cites(&common);
        let mut names = BTreeSet::new();
        for case in cases?.list()? {
            if let Err(mistake) = self.case(case, &common, title, &mut names) {
                self.mistakes.push(mistake);
            }
        }
        match names.is_empty() {
            true => Err(tree.mistake("expected at least one case in the file")),
            false => Ok(()),
        }
    }

    fn cites(&mut self, common: &Common) {
        self.ids("cites", common.cites.as_ref());
        self.ids("client_breaks", common.client_breaks.as_ref());
    }

    fn ids(&mut self, key: &str, node: Option<&Node>) {
        let mistakes = node.map(|node| citation::check(key, node, self.registry));
        self.mistakes.extend(mistakes.into_iter().flatten());
    }

    fn case(&mut self, node: &Node, file: &Common, title: &str, names: &mut BTreeSet<String>) -> Result<(), Mistake> {
        let mut keys = Keys::of(node, "a case")?;
        let own = Common::read(&mut keys);
        let (name, repeat, steps) = (keys.need("name"), keys.get("for"), keys.need("steps"));
        self.mistakes.extend(keys.unknown());
        self.cites(&own);
        let name = name?;
        let text = case_name(name, names, is_kebab, "digits and `-`")?;
        let body = Arc::new(Body { source: self.source.clone(), common: own.or(file), steps: steps?.clone() });
        let versions = body
            .common
            .versions
            .as_ref()
            .ok_or_else(|| name.mistake("neither the case nor its file has `versions`"))?;
        for version in common::versions(versions)? {
            let start = Start { body: &body, title, name: text, at: name.at, version };
            self.rows(&start, repeat)?;
        }
        Ok(())
    }

    /// A case for each row.
    fn rows(&mut self, start: &Start<'_>, repeat: Option<&Node>) -> Result<(), Mistake> {
        let (context, none) = (RunContext::placeholder(), Rows::new());
        let compiler = Compiler::new(self.source, start.version, &context);
        let rows = match repeat {
            Some(repeat) => compiler.rows(repeat, Scope { rows: &none, version: start.version, me: "" })?,
            None => vec![Rows::new()],
        };
        let mut taken = BTreeSet::new();
        for mut row in rows {
            let cites = row.remove(CITES);
            self.ids(CITES, cites.as_ref());
            let id = unique(label(&compiler, start.version, &row)?, &mut taken);
            let mut case = self.one(start, id, row)?;
            let own = cites.map(|cites| citation::of(&cites, start.version)).filter(|own| !own.is_empty());
            case.cites = own.unwrap_or(case.cites);
            self.cases.push(case);
        }
        Ok(())
    }

    fn one(&self, start: &Start<'_>, row_id: String, rows: Rows) -> Result<Case, Mistake> {
        let common = &start.body.common;
        let context = RunContext::placeholder();
        let mut compiler = Compiler::new(self.source, start.version, &context);
        let scope = Scope { rows: &rows, version: start.version, me: "" };
        let mut requires = match &common.requires {
            Some(requires) => compiler.requires(requires, scope)?,
            None => Vec::new(),
        };
        let needs_websocket = uses_websocket(&start.body.steps);
        if needs_websocket && !requires.iter().any(|(name, _)| name == WEBSOCKET) {
            requires.push((WEBSOCKET.to_owned(), Matcher::Is(Term::Value(Value::Bool(true)))));
        }
        if let Some(clients) = &common.clients {
            compiler.declare(clients, scope)?;
        }
        let path = self.source.file.strip_suffix(".yaml").unwrap_or(&self.source.file);
        Ok(Case {
            id: format!("{path}/{}{row_id}", start.name),
            title: start.title.to_owned(),
            version: start.version,
            cites: common.cites.as_ref().map(|cites| citation::of(cites, start.version)).unwrap_or_default(),
            client_breaks: common
                .client_breaks
                .as_ref()
                .map(|breaks| citation::of(breaks, start.version))
                .unwrap_or_default(),
            requires,
            no_prefix: common.no_prefix.as_ref().map(Node::boolean).transpose()?.unwrap_or(false),
            place: self.source.place(start.at),
            nodes: compiler.declared.values().map(|(_, node)| *node).max().unwrap_or(1),
            needs_websocket,
            body: Arc::clone(start.body),
            rows: rows.clone(),
        })
    }

    /// Compiles all cases to find the mistakes in their steps.
    pub(super) fn check(&mut self) {
        for case in &self.cases {
            let known =
                case.requires.iter().filter_map(|(name, matcher)| Some((name.clone(), stand_in(name, matcher)?)));
            let context = RunContext { known: known.collect(), ..RunContext::placeholder() };
            self.mistakes.extend(case.compile(&context).1);
        }
    }
}

/// The part of a case that all its rows share.
struct Start<'a> {
    body: &'a Arc<Body>,
    title: &'a str,
    name: &'a str,
    at: Mark,
    version: Version,
}

/// `[x=1,y=2]`, with the names in alphabetical order. In a value, each run of unusual characters becomes one `-`.
fn label(compiler: &Compiler<'_>, version: Version, row: &Rows) -> Result<String, Mistake> {
    let mut words = Vec::new();
    for (name, value) in row {
        let value = match compiler.find(value, Scope { rows: &Rows::new(), version, me: "" })? {
            Found::Node(Node { value: Tree::Text(text), .. }) => slug(text),
            Found::Node(Node { value: Tree::Number(number), .. }) => number.to_string(),
            Found::Node(Node { value: Tree::Bool(value), .. }) => value.to_string(),
            Found::Name(name) => name.to_string(),
            _ => String::new(),
        };
        words.push(format!("{name}={value}"));
    }
    Ok(if words.is_empty() { String::new() } else { format!("[{}]", words.join(",")) })
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for sign in text.chars() {
        match sign {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | '.' | '/' | '+' | '#' => slug.push(sign),
            _ if !sign.is_ascii() => slug.push_str(&format!("u{:04X}", u32::from(sign))),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').chars().take(LONGEST_WORD).collect()
}

const LONGEST_WORD: usize = 48;

/// The id of a row, with a number appended if another row has the same id.
fn unique(id: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = id.clone();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{id}~{number}");
        number += 1;
    }
    candidate
}

/// The name of a case, which no other case of its file has. `signs` completes what a name consists of.
pub(super) fn case_name<'n>(
    name: &'n Node,
    names: &mut BTreeSet<String>,
    is_valid: impl Fn(&str) -> bool,
    signs: &str,
) -> Result<&'n str, Mistake> {
    let text = name.text()?;
    if !is_valid(text) {
        return Err(name.mistake(format!("`{text}` is not a valid case name; use lower-case letters, {signs}")));
    }
    match names.insert(text.to_owned()) {
        true => Ok(text),
        false => Err(name.mistake(format!("this file already has a case `{text}`"))),
    }
}

pub(crate) fn is_kebab(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
