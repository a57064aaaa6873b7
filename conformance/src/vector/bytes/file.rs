//! Reads a file of bytes and packets into a [`PacketCase`] for every case and version.

use std::collections::BTreeSet;

use mqttspec_codec::{DecodeErrorKind, Reject, Tolerated, Version};

use super::{
    case::{Expected, PacketCase},
    text::whole,
};
use crate::{
    registry::Registry,
    source::{self, Entry, Keys, Mistake, Node, Place, Source, nearest},
    vector::{
        citation,
        file::{case_name, is_kebab},
        library::Kind,
        literal::Literal,
        version::named,
    },
};

/// The keys of a file.
pub const PACKET_FILE_KEYS: [&str; 2] = ["title", "cases"];
/// The keys of a case. The last four exclude each other.
pub const PACKET_CASE_KEYS: [&str; 9] =
    ["name", "cites", "bytes", "maximum_packet_size", "refuse", "packet", "decodes_to", "malformed", "incomplete"];

/// The content of a file, as far as it could be read.
pub(crate) struct File<'a> {
    source: &'a Source,
    registry: &'a Registry,
    pub(crate) cases: Vec<PacketCase>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// The part of a case that all its versions share, as written.
struct Body<'n> {
    maximum_packet_size: Option<&'n Node>,
    refused: Reject,
    expected: (&'static str, &'n Node),
}

impl Kind for PacketCase {
    const FOLDER: &'static str = "packets";

    fn read(source: &Source, registry: &Registry, _: bool) -> (Vec<Self>, Vec<Mistake>) {
        let file = File::read(source, registry);
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
    pub(crate) fn read(source: &'a Source, registry: &'a Registry) -> Self {
        let mut file = File { source, registry, cases: Vec::new(), mistakes: Vec::new() };
        if let Err(mistake) = source::parse(&source.text).and_then(|tree| file.keys(&tree)) {
            file.mistakes.push(mistake);
        }
        file
    }

    fn keys(&mut self, tree: &Node) -> Result<(), Mistake> {
        let mut keys = Keys::of(tree, "a file of packets")?;
        let [title, cases] = PACKET_FILE_KEYS.map(|key| keys.get(key));
        self.mistakes.extend(keys.unknown());
        let title = title.map(Node::text).transpose()?;
        let mut names = BTreeSet::new();
        for case in cases.ok_or_else(|| tree.mistake("a file of packets needs `cases`"))?.list()? {
            if let Err(mistake) = self.case(case, title, &mut names) {
                self.mistakes.push(mistake);
            }
        }
        match names.is_empty() {
            true => Err(tree.mistake("expected at least one case in the file")),
            false => Ok(()),
        }
    }

    fn case(&mut self, node: &Node, title: Option<&str>, names: &mut BTreeSet<String>) -> Result<(), Mistake> {
        let mut keys = Keys::of(node, "a case")?;
        let name = keys.need("name");
        let [_, cites, bytes, maximum_packet_size, refuse, packet, decodes_to, malformed, incomplete] =
            PACKET_CASE_KEYS.map(|key| keys.get(key));
        self.mistakes.extend(keys.unknown());
        let name = name?;
        let is_valid = |text: &str| is_kebab(&text.replace('.', "-"));
        let text = case_name(name, names, is_valid, "digits, `-` and `.`")?;
        let bytes = bytes.ok_or_else(|| node.mistake("a case needs `bytes`"))?;
        let bytes = bytes.map().map_err(|_| bytes.expected("hex by version, such as `{v3.1.1: .., v5: ..}`"))?;
        let written = [packet, decodes_to, malformed, incomplete].into_iter();
        let mut written = WHAT.into_iter().zip(written).filter_map(|(what, node)| Some((what, node?)));
        let (Some(expected), None) = (written.next(), written.next()) else {
            let what = "expected exactly one of `packet`, `decodes_to`, `malformed` and `incomplete`";
            return Err(node.mistake(what));
        };
        let refused = refuse.map(rejections).transpose()?.unwrap_or_default();
        let body = Body { maximum_packet_size, refused, expected };
        self.cites(cites, bytes);
        for entry in bytes {
            let version = named(&entry.key).ok_or_else(|| {
                Mistake::new(
                    entry.at,
                    format!("`{}` is not a version; expected `bytes: {{v3.1.1: .., v5: ..}}`", entry.key),
                )
            })?;
            match self.one(&body, entry, version) {
                Ok((bytes, expected, maximum_packet_size)) => self.cases.push(PacketCase {
                    id: format!("{}/{text}", self.source.file.strip_suffix(".yaml").unwrap_or(&self.source.file)),
                    title: title.map(str::to_owned),
                    version,
                    cites: cites.map(|cites| citation::of(cites, version)).unwrap_or_default(),
                    place: self.source.place(name.at),
                    bytes,
                    maximum_packet_size,
                    refused: body.refused,
                    expected,
                }),
                Err(mistake) => self.mistakes.push(mistake),
            }
        }
        match bytes.is_empty() {
            true => Err(node.mistake("expected bytes for at least one version")),
            false => Ok(()),
        }
    }

    /// Checks that the cited statements exist, and that the case has bytes for their versions.
    fn cites(&mut self, cites: Option<&Node>, bytes: &[Entry]) {
        let Some(cites) = cites else { return };
        self.mistakes.extend(citation::check("cites", cites, self.registry));
        // v3.1 takes the statements of v3.1.1
        let takes = |written: &str, version: &str| written == version || (written, version) == ("v3.1", "v3.1.1");
        let is_useless = |key: &str| named(key).is_some() && !bytes.iter().any(|entry| takes(&entry.key, key));
        let useless = cites.map().unwrap_or_default().iter().filter(|entry| is_useless(&entry.key));
        self.mistakes.extend(useless.map(|entry| {
            Mistake::new(entry.at, format!("statements are cited for {}, but the case has no bytes for it", entry.key))
        }));
    }

    fn one(&self, body: &Body<'_>, hex: &Entry, version: Version) -> Result<(Vec<u8>, Expected, Option<u32>), Mistake> {
        let literal = Literal::new(self.source, version);
        let bytes = literal.hex(&hex.value)?;
        if bytes.is_empty() {
            return Err(hex.value.mistake("expected at least one byte"));
        }
        let maximum = body.maximum_packet_size.map(|node| literal.number(node)).transpose()?.flatten();
        let maximum = maximum.map(|most| u32::try_from(most).unwrap_or(u32::MAX));
        let (what, node) = body.expected;
        let nothing = || node.mistake(format!("`{what}` has no value for {version}, but the case has bytes for it"));
        let found = literal.find(node)?.ok_or_else(nothing)?;
        let expected = match what {
            "malformed" => malformed(&literal, found, version)?,
            "incomplete" => {
                let missing = usize::try_from(found.number()?).ok().filter(|missing| *missing > 0);
                Expected::Incomplete(missing.ok_or_else(|| found.expected("the number of missing bytes, at least 1"))?)
            }
            _ => {
                let written = literal.packet(found)?;
                let packet_type = written.packet_type;
                let fields = whole(written, version)?;
                if what == "packet" {
                    Expected::Packet(packet_type, fields)
                } else {
                    Expected::DecodesTo(packet_type, fields)
                }
            }
        };
        Ok((bytes, expected, maximum))
    }
}

/// `[control_characters, non_characters]`
fn rejections(node: &Node) -> Result<Reject, Mistake> {
    let freedom = |item: &Node| {
        let text = item.text()?;
        Tolerated::from_name(text).ok_or_else(|| {
            let near = nearest(text, Tolerated::ALL.iter().map(|freedom| freedom.name()));
            let help = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            item.mistake(format!("`{text}` is not something a receiver may refuse{help}"))
        })
    };
    node.list()?.iter().map(freedom).collect()
}

/// `{kind: truncated, at: 3, reason_code: malformed_packet}`
fn malformed(literal: &Literal<'_>, node: &Node, version: Version) -> Result<Expected, Mistake> {
    let mut keys = Keys::of(node, "`malformed`")?;
    let (kind, at, reason_code) = (keys.need("kind")?, keys.need("at")?, keys.get("reason_code"));
    keys.done()?;
    let nothing = |node: &Node| node.mistake(format!("no value for {version}"));
    let named = literal.find(kind)?.ok_or_else(|| nothing(kind))?;
    let text = named.text()?;
    let kind = DecodeErrorKind::from_name(text).ok_or_else(|| {
        let names = DecodeErrorKind::ALL.iter().map(|kind| kind.name());
        let help = nearest(text, names).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        named.mistake(format!("unknown kind of error `{text}`{help}"))
    })?;
    let number = literal.number(at)?.ok_or_else(|| nothing(at))?;
    let offset = usize::try_from(number).map_err(|_| at.mistake("the offset is larger than any packet"))?;
    let reason_code = reason_code.map(|code| literal.reason_code(code)).transpose()?.flatten();
    if reason_code.is_none() && version.has_properties() {
        return Err(node.mistake(format!("`malformed` needs `reason_code` in {version}")));
    }
    Ok(Expected::Malformed { kind, at: offset, reason_code })
}

/// The keys that say what the bytes decode to.
const WHAT: [&str; 4] = ["packet", "decodes_to", "malformed", "incomplete"];
