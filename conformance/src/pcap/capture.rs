//! pcap and pcapng files to frames.

use std::{fmt, time::Duration};

use pcap_parser::{
    Block, InterfaceDescriptionBlock, LegacyPcapBlock, PcapError, PcapHeader,
    nom::{Err as NomError, IResult, Needed},
    parse_block_be, parse_block_le, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header, parse_sectionheaderblock,
};

/// A frame as it was on a link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// Since the Unix epoch.
    pub(super) at: Duration,
    /// The LINKTYPE of its interface.
    pub(super) link: u32,
    pub(super) bytes: &'a [u8],
    /// Whether the capture has only its beginning.
    pub(super) is_cut: bool,
}

/// A place in a file from which it cannot be read further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The offset in the file, from 0.
    pub offset: usize,
    /// What is wrong there, a lowercase fragment.
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.what)
    }
}

impl std::error::Error for Broken {}

/// Whether a file begins as a pcap or pcapng file does. No MQTT packet begins like that.
#[must_use]
pub fn is_capture(file: &[u8]) -> bool {
    MAGIC.iter().any(|magic| file.starts_with(magic))
}

/// Iterates over the frames of a file. It ends with an error at the place from which the file cannot be read.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    length: usize,
    rest: &'a [u8],
    format: Format,
}

#[derive(Debug)]
enum Format {
    Pcap(PcapHeader),
    Pcapng {
        big_endian: bool,
        interfaces: Vec<Interface>,
    },
    /// After an error.
    Ended,
}

/// An interface of a section of a pcapng file.
#[derive(Debug, Clone, Copy)]
struct Interface {
    link: u32,
    /// In bytes; 0 means that there is no limit.
    longest_frame: u32,
    /// As in `if_tsresol`.
    resolution: u8,
    /// In seconds.
    offset: i64,
}

impl<'a> Frames<'a> {
    /// # Errors
    /// The file is neither a pcap nor a pcapng file, or its header is incomplete.
    pub(super) fn new(file: &'a [u8]) -> Result<Self, Broken> {
        let not_at_all = |what: &str| Broken { offset: 0, what: what.to_owned() };
        if file.starts_with(SECTION) {
            let format = Format::Pcapng { big_endian: false, interfaces: Vec::new() };
            return Ok(Frames { length: file.len(), rest: file, format });
        }
        if file.starts_with(GZIP) {
            return Err(not_at_all("the capture is compressed; decompress it with `gunzip` first"));
        }
        if !is_capture(file) {
            return Err(not_at_all("it is neither a pcap nor a pcapng file"));
        }
        match parse_pcap_header(file) {
            Ok((rest, header)) => Ok(Frames { length: file.len(), rest, format: Format::Pcap(header) }),
            Err(error) => Err(Broken { offset: 0, what: explain(&error, "header of the file") }),
        }
    }

    fn frame(&mut self) -> Result<Option<Frame<'a>>, Broken> {
        while !self.rest.is_empty() {
            let broken = |what: String| Broken { offset: self.length - self.rest.len(), what };
            match &mut self.format {
                Format::Ended => return Ok(None),
                Format::Pcap(header) => {
                    let (rest, record) =
                        pcap_record(header, self.rest).map_err(|error| broken(explain(&error, "record")))?;
                    self.rest = rest;
                    return Ok(Some(pcap_frame(header, &record)));
                }
                Format::Pcapng { big_endian, interfaces } => {
                    if self.rest.starts_with(SECTION) {
                        let (_, section) = parse_sectionheaderblock(self.rest)
                            .map_err(|error| broken(explain(&error, "section header")))?;
                        (*big_endian, *interfaces) = (section.big_endian(), Vec::new());
                    }
                    let parse = if *big_endian { parse_block_be } else { parse_block_le };
                    let (rest, block) = parse(self.rest).map_err(|error| broken(explain(&error, "block")))?;
                    let found = pcapng_frame(&block, interfaces, *big_endian).map_err(broken)?;
                    self.rest = rest;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
            }
        }
        Ok(None)
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Frame<'a>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.frame();
        if found.is_err() {
            self.format = Format::Ended;
        }
        found.transpose()
    }
}

type Parsed<'a, T> = IResult<&'a [u8], T, PcapError<&'a [u8]>>;

fn pcap_record<'a>(header: &PcapHeader, rest: &'a [u8]) -> Parsed<'a, LegacyPcapBlock<'a>> {
    match () {
        () if header.is_modified_format() => parse_pcap_frame_modified(rest),
        () if header.is_bigendian() => parse_pcap_frame_be(rest),
        () => parse_pcap_frame(rest),
    }
}

fn pcap_frame<'a>(header: &PcapHeader, record: &LegacyPcapBlock<'a>) -> Frame<'a> {
    let unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
    let fraction = Duration::from_nanos(u64::from(record.ts_usec) * unit);
    Frame {
        at: Duration::from_secs(record.ts_sec.into()) + fraction,
        // the upper bits tell of the frame check sequence
        link: header.network.0.cast_unsigned() & 0xFFFF,
        bytes: record.data,
        is_cut: record.caplen < record.origlen,
    }
}

/// The frame in a block, if it has one. An interface that it describes is kept.
fn pcapng_frame<'a>(
    block: &Block<'a>,
    interfaces: &mut Vec<Interface>,
    big_endian: bool,
) -> Result<Option<Frame<'a>>, String> {
    let known = |id: u32| {
        let interface = usize::try_from(id).ok().and_then(|id| interfaces.get(id));
        interface.copied().ok_or_else(|| format!("the packet is of interface {id}, which the file does not describe"))
    };
    match block {
        Block::InterfaceDescription(description) => {
            interfaces.push(Interface::new(description, big_endian));
            Ok(None)
        }
        Block::EnhancedPacket(packet) => {
            let interface = known(packet.if_id)?;
            let length = usize::try_from(packet.caplen).unwrap_or(usize::MAX);
            Ok(Some(Frame {
                at: interface.time(u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low)),
                link: interface.link,
                bytes: packet.data.get(..length).unwrap_or(packet.data),
                is_cut: packet.caplen < packet.origlen,
            }))
        }
        // without a time, and always of the first interface
        Block::SimplePacket(packet) => {
            let interface = known(0)?;
            let limit = if interface.longest_frame == 0 { u32::MAX } else { interface.longest_frame };
            let length = usize::try_from(packet.origlen.min(limit)).unwrap_or(usize::MAX);
            Ok(Some(Frame {
                at: Duration::ZERO,
                link: interface.link,
                bytes: packet.data.get(..length).unwrap_or(packet.data),
                is_cut: length.min(packet.data.len()) < usize::try_from(packet.origlen).unwrap_or(usize::MAX),
            }))
        }
        _ => Ok(None),
    }
}

impl Interface {
    fn new(description: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        // the parser reads this option as if every file were little-endian
        let offset = description.if_tsoffset;
        Interface {
            link: description.linktype.0.cast_unsigned() & 0xFFFF,
            longest_frame: description.snaplen,
            resolution: description.if_tsresol,
            offset: if big_endian { offset.swap_bytes() } else { offset },
        }
    }

    /// The time after this many ticks; the epoch for a time before it.
    fn time(self, ticks: u64) -> Duration {
        let power = u32::from(self.resolution & 0x7F);
        let base: u128 = if self.resolution & 0x80 == 0 { 10 } else { 2 };
        // beyond this, 64 bits of ticks are less than a nanosecond
        let Some(per_second) = base.checked_pow(power) else { return Duration::ZERO };
        let ticks = u128::from(ticks);
        let nanos = (ticks % per_second).saturating_mul(1_000_000_000) / per_second;
        let seconds = u64::try_from(ticks / per_second).unwrap_or(u64::MAX).saturating_add_signed(self.offset);
        // nanoseconds are below a second, so the sum does not overflow
        Duration::new(seconds, u32::try_from(nanos).unwrap_or(0))
    }
}

fn explain(error: &NomError<PcapError<&[u8]>>, what: &str) -> String {
    match error {
        NomError::Incomplete(Needed::Size(missing)) => {
            format!("the file ends inside this {what}; at least {missing} more bytes are needed")
        }
        NomError::Incomplete(Needed::Unknown) => format!("the file ends inside this {what}"),
        NomError::Error(_) | NomError::Failure(_) => {
            format!("this {what} is damaged: a length or a magic number in it is wrong")
        }
    }
}

const SECTION: &[u8] = &[0x0A, 0x0D, 0x0D, 0x0A];
const GZIP: &[u8] = &[0x1F, 0x8B];
/// pcapng; pcap with microseconds and with nanoseconds in both byte orders; pcap as a patched kernel once wrote it.
const MAGIC: [&[u8]; 6] = [
    SECTION,
    &[0xD4, 0xC3, 0xB2, 0xA1],
    &[0xA1, 0xB2, 0xC3, 0xD4],
    &[0x4D, 0x3C, 0xB2, 0xA1],
    &[0xA1, 0xB2, 0x3C, 0x4D],
    &[0x34, 0xCD, 0xB2, 0xA1],
];
