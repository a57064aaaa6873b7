//! [`Facts`]: what a history says, in terms of connections, Sessions, subscriptions and messages.

use mqttspec_codec::{PacketType, Version};

use super::{
    messages::{Published, published},
    span::{Lag, Span},
    subscriptions::{Asked, asked},
};
use crate::{
    explore::history::{Entry, History, Line, Moment, What, flag, number},
    packet::{Fields, Value},
};

/// What a history says.
#[derive(Debug)]
pub(super) struct Facts<'h> {
    pub(super) history: &'h History,
    pub(super) lag: Lag,
    pub(super) lines: Vec<LineFacts<'h>>,
    pub(super) sessions: Vec<SessionFacts>,
    pub(super) asked: Vec<Asked<'h>>,
    pub(super) published: Vec<Published>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct LineFacts<'h> {
    pub(super) client: usize,
    pub(super) log: &'h [Entry],
    pub(super) connect: &'h Fields,
    pub(super) sent: Moment,
    pub(super) connack: Option<&'h Fields>,
    /// Its index in [`Facts::sessions`].
    pub(super) session: usize,
    /// `None` if it was open to the end.
    pub(super) end: Option<End>,
}

/// How a connection ended, and when the broker has noticed.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) cause: Cause,
    pub(super) span: Span,
}

/// Why a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The Client sent DISCONNECT.
    Disconnect {
        /// Whether with code 0x04.
        with_will: bool,
    },
    /// The Client closed or reset it.
    Dropped,
    /// The Client connected again.
    TakenOver,
    /// The broker closed it by itself.
    ByServer,
}

/// A Session.
#[derive(Debug)]
pub(super) struct SessionFacts {
    pub(super) client: usize,
    /// Its connections.
    pub(super) lines: Vec<usize>,
    /// When it ended; `None` if it did not.
    pub(super) over: Option<Span>,
}

impl<'h> Facts<'h> {
    pub(super) fn of(history: &'h History, lag: Lag) -> Self {
        let lines: Vec<LineFacts<'h>> = history
            .lines
            .iter()
            .enumerate()
            .filter_map(|(index, line)| line_facts(history, index, line, lag))
            .collect();
        let mut facts = Self { history, lag, lines, sessions: Vec::new(), asked: Vec::new(), published: Vec::new() };
        facts.divide();
        facts.asked = asked(&facts);
        facts.published = published(&facts);
        facts
    }

    pub(super) const fn version(&self) -> Version {
        self.history.version
    }

    pub(super) fn v5(&self) -> bool {
        self.version().has_properties()
    }

    /// Whether its Session surely outlives the connection; `None` if it may.
    pub(super) fn is_kept(&self, line: &LineFacts<'_>) -> Option<bool> {
        if !self.v5() {
            return Some(!flag(line.connect, "clean_start"));
        }
        let left =
            line.log.iter().filter_map(|entry| entry.what.sent()).find(|(what, _)| *what == PacketType::Disconnect);
        if left.is_some_and(|(_, fields)| fields.get("session_expiry_interval") == Some(&Value::Number(0))) {
            return Some(false);
        }
        let asked = number(line.connect, "session_expiry_interval");
        let granted = line.connack.filter(|connack| connack.contains_key("session_expiry_interval"));
        match granted.map_or(asked, |connack| number(connack, "session_expiry_interval")) {
            0 => Some(false),
            ENOUGH.. => Some(true),
            _ => None,
        }
    }

    /// Whether a Session is there to the end, with a connection that is open.
    pub(super) fn is_alive(&self, session: usize) -> bool {
        let session = &self.sessions[session];
        session.over.is_none() && session.lines.last().is_some_and(|line| self.lines[*line].end.is_none())
    }

    /// Divides the connections of each Client into Sessions.
    fn divide(&mut self) {
        for index in 0..self.lines.len() {
            let line = &self.lines[index];
            let before = (0..index).rev().find(|other| self.lines[*other].client == line.client);
            let present = line.connack.is_some_and(|connack| flag(connack, "session_present"));
            let continues = before.filter(|_| present && !flag(line.connect, "clean_start"));
            if let Some(before) = continues {
                let session = self.lines[before].session;
                self.lines[index].session = session;
                self.sessions[session].lines.push(index);
                self.sessions[session].over = None;
            } else {
                if let Some(before) = before {
                    let session = self.lines[before].session;
                    let new = &self.lines[index];
                    // by the new connection at the latest, which has found nothing
                    let accepted = new.log.iter().find(|entry| entry.what.received().is_some()).map(|entry| entry.at);
                    let over = Span { from: new.sent, to: accepted, lag: self.lag.acts };
                    let earlier = self.sessions[session].over.map_or(over.from, |known| known.from);
                    self.sessions[session].over = Some(Span { from: earlier.min(over.from), ..over });
                }
                self.lines[index].session = self.sessions.len();
                let client = self.lines[index].client;
                self.sessions.push(SessionFacts { client, lines: vec![index], over: None });
            }
            let line = &self.lines[index];
            if let Some(end) = line.end
                && self.is_kept(line) != Some(true)
            {
                self.sessions[line.session].over = Some(end.span);
            }
        }
    }
}

fn line_facts<'h>(history: &'h History, index: usize, line: &'h Line, lag: Lag) -> Option<LineFacts<'h>> {
    let (sent, connect) = line.log.iter().find_map(|entry| match &entry.what {
        What::Sent(PacketType::Connect, fields) => Some((entry.at, fields)),
        _ => None,
    })?;
    let connack = line.log.iter().find_map(|entry| match &entry.what {
        What::Received(PacketType::Connack, fields) => Some(fields),
        _ => None,
    });
    let end = end(history, index, line, lag);
    Some(LineFacts { client: line.client, log: &line.log, connect, sent, connack, session: 0, end })
}

/// How the connection ended.
fn end(history: &History, index: usize, line: &Line, lag: Lag) -> Option<End> {
    let of = |is: fn(&What) -> bool| line.log.iter().find(|entry| is(&entry.what));
    let noticed = of(|what| matches!(what, What::Ended)).map(|entry| entry.at);
    let next = history.lines.iter().skip(index + 1).find(|other| other.client == line.client);
    let next = next.and_then(|other| other.log.first()).map(|entry| entry.at);
    let closing = of(|what| matches!(what, What::Closing { .. }));
    let left = of(|what| matches!(what, What::Sent(PacketType::Disconnect, _)));
    let taken_over = next.filter(|next| noticed.is_none_or(|noticed| next.tick < noticed.tick));
    let (cause, from) = if let Some(left) = left {
        let with_will = left.what.sent().is_some_and(|(_, fields)| number(fields, "reason_code") == 4);
        (Cause::Disconnect { with_will }, left.at)
    } else if let Some(closing) = closing {
        (Cause::Dropped, closing.at)
    } else if let Some(next) = taken_over {
        (Cause::TakenOver, next)
    } else {
        let noticed = noticed?;
        let last = line.log.iter().rev().find(|entry| entry.at < noticed).map_or(noticed, |entry| entry.at);
        (Cause::ByServer, last)
    };
    // a broker that closes by itself may have noticed its own end before
    let to = match noticed {
        Some(noticed) => Some((noticed, lag.acts)),
        None => Some((from, lag.ends)),
    };
    Some(End { cause, span: Span { from, to: to.map(|(at, _)| at), lag: to.map_or(lag.ends, |(_, lag)| lag) } })
}

/// A Session that is kept so long outlives a plan, in seconds.
const ENOUGH: u64 = 1000;
