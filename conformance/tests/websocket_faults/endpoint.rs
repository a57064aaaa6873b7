//! A server's side of one WebSocket after the handshake: right, but for its habit.

use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, packet_length};

use crate::{
    frame::{BINARY, CLOSE, CONTINUATION, Frame, PING, PONG, TEXT},
    habit::Habit::{self, *},
};

/// What the server does with what it has read.
#[derive(Debug)]
pub(crate) enum Deed {
    ToBroker(Vec<u8>),
    ToClient(Vec<u8>),
    End,
}

/// The state of a connection.
#[derive(Debug)]
pub(crate) struct Endpoint {
    habit: Option<Habit>,
    /// Bytes that are no whole frame yet.
    unread: Vec<u8>,
    message: Option<Message>,
    /// The beginning of a packet, for a server that looks for packets in frames.
    part: Vec<u8>,
    has_read_binary: bool,
    has_sent: bool,
    single_bytes: usize,
    /// Whether it reads nothing more.
    is_deaf: bool,
}

/// A message whose last fragment has not come.
#[derive(Debug, Default)]
struct Message {
    payload: Vec<u8>,
    fragments: usize,
    /// Whether it counts for nothing.
    is_lost: bool,
}

impl Endpoint {
    pub(crate) fn new(habit: Option<Habit>) -> Self {
        let (unread, part) = (Vec::new(), Vec::new());
        let (has_read_binary, has_sent, is_deaf) = (false, false, false);
        Self { habit, unread, message: None, part, has_read_binary, has_sent, single_bytes: 0, is_deaf }
    }

    fn has(&self, habit: Habit) -> bool {
        self.habit == Some(habit)
    }

    /// What follows from these bytes of the client.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Vec<Deed> {
        self.unread.extend(bytes);
        let most = if self.has(ReadsOneByteOfLength) { 126 } else { usize::MAX };
        let mut deeds = Vec::new();
        while !self.is_deaf
            && let Some(frame) = Frame::take(&mut self.unread, most)
        {
            deeds.extend(self.take(frame));
            if matches!(deeds.last(), Some(Deed::End)) {
                self.is_deaf = true;
            }
        }
        deeds
    }

    /// What is sent for these bytes of the broker.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut frame = Frame::new(BINARY, bytes);
        match self.habit {
            Some(SendsText) => frame.opcode = TEXT,
            Some(SendsTextLater) if self.has_sent => frame.opcode = TEXT,
            Some(SendsContinuations) => frame.opcode = CONTINUATION,
            Some(MasksFrames) => frame.masked = true,
            Some(SetsReservedBit) => frame.reserved = 4,
            Some(CutsLengthsOfTwoBytes) if frame.longer == 2 => frame.longer = 0,
            Some(CutsLengthsOfEightBytes) if frame.longer == 8 => frame.longer = 2,
            _ => {}
        }
        self.has_sent = true;
        frame.bytes()
    }

    fn take(&mut self, frame: Frame) -> Vec<Deed> {
        if frame.reserved != 0 || !frame.masked {
            return close(PROTOCOL_ERROR);
        }
        match frame.opcode {
            CONTINUATION | BINARY => {
                self.has_read_binary = true;
                self.data(frame)
            }
            TEXT => {
                let takes = self.has(TakesText)
                    || (self.has(TakesTextLater) && self.has_read_binary)
                    || (self.has(TakesFragmentedText) && !frame.fin);
                match takes {
                    true => self.data(Frame { opcode: BINARY, ..frame }),
                    false if self.has(IgnoresText) => self.ignore(&frame),
                    false => close(NOT_ACCEPTED),
                }
            }
            3..CLOSE => match self.habit {
                Some(TakesReserved) => self.data(Frame { opcode: BINARY, ..frame }),
                Some(IgnoresReserved) => self.ignore(&frame),
                _ => close(PROTOCOL_ERROR),
            },
            CLOSE if self.has(IgnoresClose) => Vec::new(),
            CLOSE => vec![Deed::ToClient(Frame::new(CLOSE, &frame.payload).bytes()), Deed::End],
            PING => self.ping(&frame),
            PONG if self.has(ClosesOnPong) => close(PROTOCOL_ERROR),
            PONG => Vec::new(),
            _ => close(PROTOCOL_ERROR),
        }
    }

    fn ping(&mut self, frame: &Frame) -> Vec<Deed> {
        let pong = Deed::ToClient(Frame::new(PONG, &frame.payload).bytes());
        match (self.habit, &mut self.message) {
            (Some(ClosesOnPing), _) => return close(PROTOCOL_ERROR),
            (Some(PassesPingsOn), _) => return vec![pong, Deed::ToBroker(frame.payload.clone())],
            (Some(ForgetsTheMessageAtPing), Some(message)) => message.is_lost = true,
            (Some(IsDeafAfterPingInMessage), Some(_)) => self.is_deaf = true,
            _ => {}
        }
        vec![pong]
    }

    /// A message that counts for nothing begins, if this is not all of it.
    fn ignore(&mut self, frame: &Frame) -> Vec<Deed> {
        self.message = (!frame.fin).then(|| Message { is_lost: true, ..Message::default() });
        Vec::new()
    }

    fn data(&mut self, frame: Frame) -> Vec<Deed> {
        match (frame.opcode, &self.message) {
            (BINARY, None) => self.message = Some(Message::default()),
            (CONTINUATION, Some(_)) => {}
            _ => return close(PROTOCOL_ERROR),
        }
        let Some(message) = &mut self.message else { return Vec::new() };
        message.fragments += 1;
        let (is_first, is_fragment) = (message.fragments == 1, message.fragments > 1 || !frame.fin);
        match self.habit {
            Some(RefusesFragments) if is_fragment => return close(NOT_ACCEPTED),
            Some(TakesTwoFragments) if message.fragments > 2 => return close(NOT_ACCEPTED),
            Some(RefusesLengthsOfEightBytes) if frame.longer == 8 => return close(TOO_BIG),
            Some(LosesFirstFragments) if is_first && is_fragment => {}
            Some(LosesContinuations) if !is_first => {}
            Some(IsDeafAfterEmptyFrame) if frame.payload.is_empty() => self.is_deaf = true,
            _ => message.payload.extend(frame.payload),
        }
        if !frame.fin {
            return Vec::new();
        }
        match self.message.take() {
            Some(Message { payload, is_lost: false, .. }) if !payload.is_empty() => self.pass_on(payload),
            _ => Vec::new(),
        }
    }

    /// The payload of a message, for the broker.
    fn pass_on(&mut self, payload: Vec<u8>) -> Vec<Deed> {
        self.single_bytes += usize::from(payload.len() == 1);
        match self.habit {
            Some(RefusesSingleBytes) if self.single_bytes > 1 => close(PROTOCOL_ERROR),
            Some(RefusesPartsOfPackets) if whole(&payload) < payload.len() => close(PROTOCOL_ERROR),
            Some(LosesPartsOfPackets) => vec![Deed::ToBroker(payload[..whole(&payload)].to_vec())],
            Some(TakesOnePacketAFrame) => {
                self.part.extend(payload);
                match packet_length(&self.part, MAXIMUM_REMAINING_LENGTH) {
                    Ok(Some(len)) if len <= self.part.len() => {
                        let mut packet = std::mem::take(&mut self.part);
                        packet.truncate(len);
                        vec![Deed::ToBroker(packet)]
                    }
                    Ok(_) => Vec::new(),
                    Err(_) => vec![Deed::ToBroker(std::mem::take(&mut self.part))],
                }
            }
            _ => vec![Deed::ToBroker(payload)],
        }
    }
}

/// How many bytes at the start are whole packets.
fn whole(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..)
        && let Ok(Some(len)) = packet_length(rest, MAXIMUM_REMAINING_LENGTH)
        && len <= rest.len()
    {
        at += len;
    }
    at
}

fn close(code: u16) -> Vec<Deed> {
    vec![Deed::ToClient(Frame::new(CLOSE, &code.to_be_bytes()).bytes()), Deed::End]
}

// RFC 6455 section 7.4.1
const PROTOCOL_ERROR: u16 = 1002;
const NOT_ACCEPTED: u16 = 1003;
const TOO_BIG: u16 = 1009;
