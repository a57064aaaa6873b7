//! A small, well-behaved client. It keeps its connection alive only while somebody waits on it.

use std::{collections::VecDeque, time::Duration};

use mqttspec_codec::{MAXIMUM_REMAINING_LENGTH, PacketType, ReasonCode, Splitter, Version, decode_frame};

use crate::{
    packet::{Fields, Value, fields},
    transport::{Link, LinkError},
};

/// The user name and password of a run.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// The user name for every CONNECT that does not write its own.
    pub user_name: Option<String>,
    /// See `user_name`.
    pub password: Option<Vec<u8>>,
}

/// A connection with its unread packets.
#[derive(Debug)]
pub struct Client<L: Link> {
    connection: L::Connection,
    version: Version,
    splitter: Splitter<Vec<u8>>,
    unread: VecDeque<(PacketType, Fields)>,
}

impl<L: Link> Client<L> {
    /// Opens a connection, sends CONNECT with these fields, and returns the fields of the CONNACK, whatever its code.
    ///
    /// # Errors
    /// There is no connection, no CONNACK within ten seconds, or another packet instead.
    pub async fn connect(
        link: &mut L,
        version: Version,
        login: &Login,
        mut connect: Fields,
    ) -> Result<(Self, Fields), LinkError> {
        let mut client = Self::open(link, version).await?;
        if let Some(user_name) = &login.user_name {
            connect.entry("user_name").or_insert_with(|| Value::text(user_name));
        }
        if let Some(password) = &login.password {
            connect.entry("password").or_insert_with(|| Value::Bytes(password.clone()));
        }
        connect.entry("clean_start").or_insert(Value::Bool(true));
        // a broker may refuse clients without a Keep Alive
        connect.entry("keep_alive").or_insert(Value::Number(KEEP_ALIVE));
        client.send(link, PacketType::Connect, &connect).await?;
        let connack = client.wait_for(link, PacketType::Connack, PATIENCE).await?;
        let missing = || LinkError::Unreachable(format!("no CONNACK within {} s", PATIENCE.as_secs()));
        Ok((client, connack.ok_or_else(missing)?))
    }

    /// Opens a connection, and sends nothing.
    ///
    /// # Errors
    /// No connection.
    pub(crate) async fn open(link: &mut L, version: Version) -> Result<Self, LinkError> {
        let splitter = Splitter::new(Vec::new(), MAXIMUM_REMAINING_LENGTH);
        Ok(Self { connection: link.open().await?, version, splitter, unread: VecDeque::new() })
    }

    /// Sends a packet.
    ///
    /// # Errors
    /// The fields cannot be encoded, which is a bug of the suite.
    pub async fn send(&mut self, link: &mut L, packet_type: PacketType, fields: &Fields) -> Result<(), LinkError> {
        let bytes = fields::write(packet_type, fields, self.version)
            .map_err(|error| LinkError::Misbehaved(format!("cannot send {packet_type}: {error}")))?;
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
            let left = deadline.saturating_sub(link.now());
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

    /// Sends PINGREQ and waits for PINGRESP. Returns how long it took, or `None` if it did not arrive.
    ///
    /// # Errors
    /// The connection ended, or malformed bytes arrived.
    pub async fn ping(&mut self, link: &mut L, within: Duration) -> Result<Option<Duration>, LinkError> {
        let start = link.now();
        self.send(link, PacketType::Pingreq, &Fields::new()).await?;
        let came = self.wait_for(link, PacketType::Pingresp, within).await?;
        // nothing else waits for packets received meanwhile
        self.unread.clear();
        Ok(came.map(|_| link.now().saturating_sub(start)))
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
        let malformed = |error: mqttspec_codec::DecodeError| {
            LinkError::Misbehaved(format!("the broker sent bytes that are not MQTT: {error}"))
        };
        let mut rest = bytes;
        while let Some(frame) = self.splitter.next(&mut rest).map_err(malformed)? {
            // a refusal may have the format of the other version (ambiguity 16 of the standards)
            let packet = decode_frame(frame, self.version)
                .or_else(|error| decode_frame(frame, Version::V3_1_1).map_err(|_| error))
                .map_err(malformed)?;
            self.unread.push_back((packet.packet_type(), fields::read(&packet)));
        }
        Ok(())
    }
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

/// The Keep Alive of the suite's own clients, in seconds, unless they write another one.
pub(crate) const KEEP_ALIVE: u64 = 60;
/// For an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
