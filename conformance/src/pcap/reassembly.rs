//! Segments to connections, and the bytes of each direction in order.

use std::{collections::BTreeMap, net::SocketAddr};

use super::{
    Broken, Conversation, End,
    capture::Frames,
    conversation::Half as Direction,
    frame::{Content, Segment},
    stream::{Moment, Run, Stream},
};

/// The TCP connections of a capture.
#[derive(Debug)]
pub struct Capture<'a> {
    connections: Vec<Connection<'a>>,
    /// What was passed over.
    pub ignored: Ignored,
    /// Where the file ended too early, if it did; what comes before is here.
    pub broken: Option<Broken>,
}

/// How many frames of a capture were passed over, by reason.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Frames without TCP.
    pub other: u64,
    /// Pieces of IP packets, which are not put together.
    pub fragments: u64,
    /// Frames of which the capture has only the beginning. They count as a gap.
    pub cut: u64,
    /// Frames of interfaces of an unknown kind, and the LINKTYPE of the first.
    pub unknown_link: Option<(u32, u64)>,
}

impl<'a> Capture<'a> {
    /// Reads a pcap or pcapng file.
    ///
    /// # Errors
    /// The file is neither. A file that is broken further on is read up to there, and `broken` tells where.
    pub fn read(file: &'a [u8]) -> Result<Self, Broken> {
        let mut capture = Capture { connections: Vec::new(), ignored: Ignored::default(), broken: None };
        // the newest connection between two addresses
        let mut newest = BTreeMap::new();
        for (number, frame) in (1..).zip(Frames::new(file)?) {
            let frame = match frame {
                Ok(frame) => frame,
                Err(broken) => {
                    capture.broken = Some(broken);
                    break;
                }
            };
            capture.ignored.cut += u64::from(frame.is_cut);
            match Content::of(&frame, number) {
                Content::Segment(segment) => capture.segment(segment, &mut newest),
                Content::Fragment => capture.ignored.fragments += 1,
                Content::Other => capture.ignored.other += 1,
                Content::UnknownLink(link) => capture.ignored.unknown_link.get_or_insert((link, 0)).1 += 1,
            }
        }
        Ok(capture)
    }

    /// The connections, in the order of their first segments. Each is put together when it is reached.
    pub fn conversations(&self) -> impl Iterator<Item = Conversation> {
        self.connections.iter().map(Connection::conversation)
    }

    fn segment(&mut self, segment: Segment<'a>, newest: &mut BTreeMap<[SocketAddr; 2], usize>) {
        let mut key = [segment.source, segment.destination];
        key.sort_unstable();
        let known = newest.get(&key).copied().filter(|index| {
            let connection = self.connections.get(*index);
            connection.is_some_and(|connection| !connection.is_reopened_by(&segment))
        });
        let index = known.unwrap_or_else(|| {
            self.connections.push(Connection::new(&segment));
            self.connections.len() - 1
        });
        newest.insert(key, index);
        if let Some(connection) = self.connections.get_mut(index) {
            connection.add(segment);
        }
    }
}

/// A connection as its segments.
#[derive(Debug)]
struct Connection<'a> {
    opened: Moment,
    /// The sender of the first segment, and the other end.
    ends: [SocketAddr; 2],
    halves: [Half<'a>; 2],
}

/// The segments of one direction.
#[derive(Debug, Default)]
struct Half<'a> {
    /// The sequence number of its SYN, unless the capture began later.
    syn: Option<u32>,
    /// Whether that had an ACK, as a server's has.
    accepted: bool,
    /// The sequence number of offset 0.
    first: Option<u32>,
    /// The end of what was sent so far, in bytes after offset 0.
    newest: i64,
    /// Where the FIN stands.
    fin: Option<i64>,
    /// Its FIN or RST, the first of them.
    closed: Option<(Moment, End)>,
    /// Segments with data, as they came.
    data: Vec<Data<'a>>,
}

#[derive(Debug, Clone, Copy)]
struct Data<'a> {
    /// Bytes after offset 0. Below 0 for what was sent before the first segment of the capture.
    offset: i64,
    moment: Moment,
    bytes: &'a [u8],
}

impl<'a> Connection<'a> {
    fn new(segment: &Segment<'a>) -> Self {
        Connection {
            opened: segment.moment,
            ends: [segment.source, segment.destination],
            halves: [Half::default(), Half::default()],
        }
    }

    fn half(&self, source: SocketAddr) -> usize {
        usize::from(self.ends[0] != source)
    }

    /// Whether a segment belongs to a later connection between the same addresses and ports.
    fn is_reopened_by(&self, segment: &Segment<'_>) -> bool {
        let half = &self.halves[self.half(segment.source)];
        match half.syn {
            // the same SYN again is a retransmission
            Some(syn) => segment.syn && syn != segment.sequence,
            None => segment.syn && !segment.ack && half.first.is_some(),
        }
    }

    fn add(&mut self, segment: Segment<'a>) {
        let index = self.half(segment.source);
        if let Some(half) = self.halves.get_mut(index) {
            half.add(segment);
        }
    }

    fn conversation(&self) -> Conversation {
        let direction = |index: usize| Direction {
            address: self.ends[index],
            is_whole: self.halves[index].syn.is_some(),
            stream: self.halves[index].stream(),
            closed: self.halves[index].closed,
        };
        let client = self.client();
        Conversation::new(self.opened, direction(client), direction(1 - client))
    }

    /// The index of the client: who sent the SYN without ACK; else who has the higher port, as clients have.
    fn client(&self) -> usize {
        let [first, second] = &self.halves;
        match (first.syn, second.syn) {
            (Some(_), _) => usize::from(first.accepted),
            (None, Some(_)) => usize::from(!second.accepted),
            (None, None) => usize::from(self.ends[0].port() < self.ends[1].port()),
        }
    }
}

impl<'a> Half<'a> {
    fn add(&mut self, segment: Segment<'a>) {
        if segment.syn {
            (self.syn, self.accepted) = (Some(segment.sequence), segment.ack);
            self.first.get_or_insert(segment.sequence.wrapping_add(1));
        }
        // a SYN takes one sequence number before its data
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        let first = *self.first.get_or_insert(sequence);
        // sequence numbers wrap around, so each is read as the one nearest to the newest
        let expected = first.wrapping_add(low_half(self.newest));
        let offset = self.newest + i64::from(sequence.wrapping_sub(expected).cast_signed());
        let end = offset.saturating_add(i64::try_from(segment.payload.len()).unwrap_or(i64::MAX));
        self.newest = self.newest.max(end);
        if segment.fin {
            self.fin = Some(end);
        }
        if segment.fin || segment.rst {
            self.closed.get_or_insert((segment.moment, if segment.rst { End::Reset } else { End::Fin }));
        }
        if !segment.payload.is_empty() {
            self.data.push(Data { offset, moment: segment.moment, bytes: segment.payload });
        }
    }

    /// The bytes in order, each once.
    fn stream(&self) -> Stream {
        let mut data = self.data.clone();
        // stable: of two segments at one place the earlier counts
        data.sort_by_key(|data| data.offset);
        let begin = match self.syn {
            Some(_) => 0,
            None => data.first().map_or(0, |data| data.offset),
        };
        let (mut next, mut runs) = (begin, vec![Run::default()]);
        for Data { offset, moment, bytes } in data {
            let missing = u64::try_from(offset - next).unwrap_or(0);
            if missing > 0 {
                runs.push(Run::after_gap(missing));
                next = offset;
            }
            let known = usize::try_from(next - offset).unwrap_or(usize::MAX);
            let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) else { continue };
            if let Some(run) = runs.last_mut() {
                run.push(moment, new);
            }
            next += i64::try_from(new.len()).unwrap_or(0);
        }
        let missing_at_end = self.fin.and_then(|fin| u64::try_from(fin - next).ok()).unwrap_or(0);
        Stream { runs, missing_at_end, trouble: None }
    }
}

/// The lower 32 bits.
fn low_half(offset: i64) -> u32 {
    (offset & 0xFFFF_FFFF) as u32
}
