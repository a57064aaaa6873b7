//! A small, well-behaved client. It keeps its connection alive only while somebody waits on it.

use std::{collections::VecDeque, time::Duration};

use mqttspec_codec::{DecodeError, PacketType, ReasonCode, Splitter, Version, decode_frame};

use crate::{
    judge::{FenceBy, NOBODYS_FILTER},
    packet::{Fields, LARGEST_PACKET, Value, fields, weight},
    transport::{Illegal, Link, LinkError, recognize, shown},
};

/// How the clients of a run log in and ping.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// The user name for every CONNECT that does not write its own.
    pub user_name: Option<String>,
    /// See `user_name`.
    pub password: Option<Vec<u8>>,
    /// What stands in for PINGREQ, if the broker does not answer that as it must.
    pub fence_by: FenceBy,
}

/// A connection with its unread packets.
#[derive(Debug)]
pub struct Client<L: Link> {
    connection: L::Connection,
    version: Version,
    splitter: Splitter<Vec<u8>>,
    unread: VecDeque<(PacketType, Fields)>,
    fence_by: FenceBy,
    /// The first bytes that were received, to recognize what answers.
    first: Vec<u8>,
    /// Whether a whole packet was received.
    is_mqtt: bool,
}

impl<L: Link> Client<L> {
    /// Opens a connection, sends CONNECT with these fields, and returns the fields of the CONNACK, whatever its code.
    ///
    /// # Errors
    /// There is no connection, no CONNACK within ten seconds, or something else instead.
    pub async fn connect(
        link: &mut L,
        version: Version,
        login: &Login,
        connect: Fields,
    ) -> Result<(Self, Fields), LinkError> {
        Self::connect_within(link, version, login, connect, PATIENCE).await
    }

    /// Like [`connect`](Self::connect), with another time to wait for CONNACK.
    pub(crate) async fn connect_within(
        link: &mut L,
        version: Version,
        login: &Login,
        connect: Fields,
        patience: Duration,
    ) -> Result<(Self, Fields), LinkError> {
        let mut client = Self::open(link, version).await?;
        client.log_in(link, login, connect).await?;
        match client.wait_for(link, PacketType::Connack, patience).await {
            Ok(Some(connack)) => Ok((client, connack)),
            Ok(None) => Err(client.without_connack(None, patience)),
            Err(error) => Err(client.without_connack(Some(error), patience)),
        }
    }

    /// Sends CONNECT with these fields, as that user.
    ///
    /// # Errors
    /// The fields cannot be encoded, which is a bug of the suite.
    pub(crate) async fn log_in(&mut self, link: &mut L, login: &Login, mut connect: Fields) -> Result<(), LinkError> {
        self.fence_by = login.fence_by;
        if let Some(user_name) = &login.user_name {
            connect.entry("user_name").or_insert_with(|| Value::text(user_name));
        }
        if let Some(password) = &login.password {
            connect.entry("password").or_insert_with(|| Value::Bytes(password.clone()));
        }
        connect.entry("clean_start").or_insert(Value::Bool(true));
        // a Server may refuse Keep Alive 0
        connect.entry("keep_alive").or_insert(Value::Number(KEEP_ALIVE));
        self.send(link, PacketType::Connect, &connect).await
    }

    /// Why there is no CONNACK, by what came instead. `error` is how the connection failed; `None` if nothing else came.
    fn without_connack(&self, error: Option<LinkError>, patience: Duration) -> LinkError {
        let stranger = if self.is_mqtt { None } else { recognize(&self.first) };
        if let (false, Some(stranger)) = (self.first.is_empty(), stranger) {
            return LinkError::Stranger(format!("what answers is not an MQTT broker: it sent {stranger}").into());
        }
        // v5 and v3.1.1 [MQTT-3.2.0-1]: the first packet is CONNACK
        if let Some((packet_type, fields)) = self.unread.front() {
            let what = format!("{} before CONNACK", fields::describe(*packet_type, fields));
            let (what, statement) = (what.into(), Some("MQTT-3.2.0-1"));
            return LinkError::Illegal(Illegal { what, statement, bytes: self.first.clone() });
        }
        error.unwrap_or_else(|| {
            let seconds = patience.as_secs();
            let what = match self.first.is_empty() {
                true => format!("no answer within {seconds} s"),
                false => format!("no whole packet within {seconds} s, only {}", shown(&self.first)),
            };
            LinkError::Silent(what.into())
        })
    }

    /// Opens a connection, and sends nothing.
    ///
    /// # Errors
    /// No connection.
    pub(crate) async fn open(link: &mut L, version: Version) -> Result<Self, LinkError> {
        let splitter = Splitter::new(Vec::new(), LARGEST_PACKET);
        let (connection, unread, fence_by) = (link.open().await?, VecDeque::new(), FenceBy::Ping);
        Ok(Self { connection, version, splitter, unread, fence_by, first: Vec::new(), is_mqtt: false })
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// The fields cannot be encoded, which is a bug of the suite.
    pub async fn send(&mut self, link: &mut L, packet_type: PacketType, fields: &Fields) -> Result<(), LinkError> {
        let bytes = fields::write(packet_type, fields, self.version)
            .map_err(|error| LinkError::Misbehaved(format!("cannot send {packet_type}: {error}").into()))?;
        link.send(&mut self.connection, bytes).await;
        Ok(())
    }

    /// The next packet of that type; others stay unread. Returns `None` after that time.
    ///
    /// # Errors
    /// The connection ended, or malformed bytes arrived.
    pub async fn wait_for(
        &mut self,
        link: &mut L,
        packet_type: PacketType,
        within: Duration,
    ) -> Result<Option<Fields>, LinkError> {
        let came = self.wait_for_any(link, &[packet_type], within).await?;
        Ok(came.map(|(_, fields)| fields))
    }

    /// The next packet of one of those types.
    ///
    /// # Errors
    /// See [`wait_for`](Self::wait_for).
    pub(crate) async fn wait_for_any(
        &mut self,
        link: &mut L,
        packet_types: &[PacketType],
        within: Duration,
    ) -> Result<Option<(PacketType, Fields)>, LinkError> {
        let deadline = link.now() + within;
        loop {
            if let Some(place) = self.unread.iter().position(|(came, _)| packet_types.contains(came)) {
                return Ok(self.unread.remove(place));
            }
            // a broker that sends without end must not extend the time
            let now = link.now();
            if now > deadline {
                return Ok(None);
            }
            let left = deadline.saturating_sub(now);
            match link.receive(&mut self.connection, left).await? {
                Some(bytes) => {
                    let before = self.unread.len();
                    self.take(&bytes)?;
                    self.answer(link, before).await?;
                }
                None => return Ok(None),
            }
        }
    }

    /// The answer to a packet, if there is one within ten seconds.
    pub(crate) async fn ask(
        &mut self,
        link: &mut L,
        packet_type: PacketType,
        fields: &Fields,
        answer: PacketType,
    ) -> Option<Fields> {
        self.send(link, packet_type, fields).await.ok()?;
        self.wait_for(link, answer, PATIENCE).await.ok().flatten()
    }

    /// Sends PINGREQ, or what stands in for it, and waits for the answer. Returns how long it took, or `None` if the
    /// answer did not arrive.
    ///
    /// # Errors
    /// The connection ended, or malformed bytes arrived.
    pub async fn ping(&mut self, link: &mut L, within: Duration) -> Result<Option<Duration>, LinkError> {
        let start = link.now();
        let Some(answer) = self.send_ping(link).await? else { return Ok(Some(Duration::ZERO)) };
        let came = self.wait_for(link, answer, within).await?;
        // nothing else waits for packets received meanwhile
        self.unread.clear();
        Ok(came.map(|_| link.now().saturating_sub(start)))
    }

    /// Sends PINGREQ, or what stands in for it. Returns the type of the answer; `None` if nothing shows whether the broker
    /// is alive.
    pub(crate) async fn send_ping(&mut self, link: &mut L) -> Result<Option<PacketType>, LinkError> {
        let (packet_type, fields) = match self.fence_by {
            FenceBy::Ping => (PacketType::Pingreq, Fields::new()),
            FenceBy::Unsubscribe => {
                let filters = Value::List(vec![Value::text(NOBODYS_FILTER)]);
                (PacketType::Unsubscribe, Fields::from([("packet_id", Value::Number(0xFFFF)), ("filters", filters)]))
            }
            FenceBy::Time => return Ok(None),
        };
        self.send(link, packet_type, &fields).await?;
        Ok(Some(self.fence_by.answer()))
    }

    /// Sets what [`ping`](Self::ping) sends.
    pub(crate) const fn use_fence(&mut self, fence_by: FenceBy) {
        self.fence_by = fence_by;
    }

    /// Sends DISCONNECT. The connection closes when the client is dropped.
    pub async fn disconnect(&mut self, link: &mut L) {
        // an error would be a bug of the suite, and the connection is closed in any case
        let _ = self.send(link, PacketType::Disconnect, &Fields::new()).await;
    }

    /// Answers the deliveries among the unread packets from that place on.
    async fn answer(&mut self, link: &mut L, from: usize) -> Result<(), LinkError> {
        let answers: Vec<_> = self.unread.iter().skip(from).filter_map(acknowledgement).collect();
        for (packet_type, fields) in answers {
            self.send(link, packet_type, &fields).await?;
        }
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), LinkError> {
        let missing = FIRST.saturating_sub(self.first.len());
        self.first.extend(bytes.iter().take(missing));
        let version = self.version;
        let mut rest = bytes;
        while let Some(frame) = self.splitter.next(&mut rest).map_err(|error| malformed(&error, bytes, version))? {
            // a refusal may have the format of the other version (ambiguity 16 of the standards)
            let packet = decode_frame(frame, version)
                .or_else(|error| decode_frame(frame, Version::V3_1_1).map_err(|_| error))
                .map_err(|error| malformed(&error, frame, version))?;
            self.is_mqtt = true;
            self.unread.push_back((packet.packet_type(), fields::read(&packet)));
            let unread = self.unread.iter().map(|(_, fields)| weight(fields)).fold(0, usize::saturating_add);
            if self.unread.len() > MOST_UNREAD || unread > HEAVIEST_UNREAD {
                let last = packet.packet_type();
                let what = format!(
                    "the broker sends what nothing asks for: {} packets, the last is {last}",
                    self.unread.len()
                );
                return Err(LinkError::Misbehaved(what.into()));
            }
        }
        Ok(())
    }
}

/// The violation by bytes that cannot be decoded.
fn malformed(error: &DecodeError, bytes: &[u8], version: Version) -> LinkError {
    let statement = error.statement_in(bytes, version);
    let bytes = bytes.iter().take(FIRST).copied().collect();
    LinkError::Illegal(Illegal { what: error.to_string().into(), statement, bytes })
}

/// What a Client must send back, whether or not it wants the delivery.
fn acknowledgement((packet_type, fields): &(PacketType, Fields)) -> Option<(PacketType, Fields)> {
    let number = |name| fields.get(name).and_then(Value::as_number);
    let answer = match (packet_type, number("qos")) {
        (PacketType::Publish, Some(1)) => PacketType::Puback,
        (PacketType::Publish, Some(2)) => PacketType::Pubrec,
        (PacketType::Pubrel, _) => PacketType::Pubcomp,
        _ => return None,
    };
    Some((answer, Fields::from([("packet_id", Value::Number(number("packet_id")?))])))
}

/// The Reason Code in the fields of a CONNACK or another packet.
pub(crate) fn reason_code(fields: &Fields) -> ReasonCode {
    let number = fields.get("reason_code").and_then(Value::as_number).and_then(|number| u8::try_from(number).ok());
    number.and_then(ReasonCode::from_number).unwrap_or(ReasonCode::Success)
}

/// Many more packets than a broker that behaves sends to these clients without being asked.
const MOST_UNREAD: usize = 1000;
/// In bytes of memory.
const HEAVIEST_UNREAD: usize = 1024 * 1024;
/// How many of the first bytes are kept.
const FIRST: usize = 64;
/// The Keep Alive of the suite's own clients, in seconds, unless they write another one.
pub(crate) const KEEP_ALIVE: u64 = 60;
/// For an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
