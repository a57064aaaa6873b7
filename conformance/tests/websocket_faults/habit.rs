//! The ways in which a server is wrong, and what each violates.

use mqttspec_codec::Version;

/// One way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    // the handshake
    SelectsNothing,
    SelectsThatOf31,
    SelectsTheFirst,
    SelectsUnasked,
    RefusesLists,
    AcceptsWrongly,
    AnswersWith200,
    // what it sends
    SendsText,
    SendsTextLater,
    SendsContinuations,
    MasksFrames,
    SetsReservedBit,
    CutsLengthsOfTwoBytes,
    CutsLengthsOfEightBytes,
    // which frames it takes
    TakesText,
    TakesTextLater,
    TakesFragmentedText,
    IgnoresText,
    TakesReserved,
    IgnoresReserved,
    IgnoresClose,
    ClosesOnPing,
    PassesPingsOn,
    ClosesOnPong,
    // how it puts a message together
    RefusesFragments,
    TakesTwoFragments,
    LosesFirstFragments,
    LosesContinuations,
    ForgetsTheMessageAtPing,
    IsDeafAfterPingInMessage,
    IsDeafAfterEmptyFrame,
    // which lengths it reads
    ReadsOneByteOfLength,
    RefusesLengthsOfEightBytes,
    // how it finds packets
    TakesOnePacketAFrame,
    RefusesPartsOfPackets,
    LosesPartsOfPackets,
    RefusesSingleBytes,
}

/// How it shows that a server is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A case fails, and this statement is accused, in v3.1.1 and in v5.
    By(&'static str, &'static str),
    /// The same in v5 alone, because before v5 it may be a limit that nothing announces.
    InV5(&'static str),
    /// A case fails. No statement is about this, only RFC 6455.
    ByAFailure,
    /// The run says so before the first case, because no connection can be opened.
    ByTheRun(&'static str),
}

impl Shown {
    /// The statements that are accused.
    pub(crate) fn statements(self) -> Vec<(Version, &'static str)> {
        match self {
            Shown::By(v3_1_1, v5) => vec![(Version::V3_1_1, v3_1_1), (Version::V5, v5)],
            Shown::InV5(v5) => vec![(Version::V5, v5)],
            Shown::ByAFailure | Shown::ByTheRun(_) => Vec::new(),
        }
    }
}

/// All of them, each with what a server like that does, and how it shows.
pub(crate) const HABITS: [(Habit, &str, Shown); 37] = {
    use Habit::*;
    const NOT_BINARY: Shown = Shown::By("MQTT-6.0.0-1", "MQTT-6.0.0-1");
    const ALIGNED: Shown = Shown::By("MQTT-6.0.0-2", "MQTT-6.0.0-2");
    const NOT_MQTT: Shown = Shown::By("MQTT-6.0.0-4", "MQTT-6.0.0-4");
    const LOSSY: Shown = Shown::By("MQTT-7.1.1-1", "MQTT-4.2.0-1");
    const WILL: Shown = Shown::By("MQTT-3.1.2-8", "MQTT-3.1.2-8");
    [
        (SelectsNothing, "selects no subprotocol", NOT_MQTT),
        (SelectsThatOf31, "selects mqttv3.1, the name before 3.1.1", NOT_MQTT),
        (SelectsTheFirst, "selects the first subprotocol of the list", NOT_MQTT),
        (SelectsUnasked, "selects mqtt although the client did not offer it", NOT_MQTT),
        (RefusesLists, "answers 400 if the client offers several subprotocols", NOT_MQTT),
        (AcceptsWrongly, "repeats the key as Sec-WebSocket-Accept", Shown::ByTheRun("wrong Sec-WebSocket-Accept")),
        (AnswersWith200, "answers 200 instead of 101", Shown::ByTheRun("HTTP 200")),
        (SendsText, "sends text frames", NOT_BINARY),
        (SendsTextLater, "sends CONNACK in a binary frame and then text frames", NOT_BINARY),
        (SendsContinuations, "sends continuations of no message", Shown::ByAFailure),
        (MasksFrames, "masks its frames", Shown::ByAFailure),
        (SetsReservedBit, "sets a reserved bit", Shown::ByAFailure),
        (CutsLengthsOfTwoBytes, "sends seven bits of lengths from 126 on", Shown::ByAFailure),
        (CutsLengthsOfEightBytes, "sends two bytes of lengths from 65536 on", Shown::ByAFailure),
        (TakesText, "takes text frames like binary frames", NOT_BINARY),
        (TakesTextLater, "takes text frames like binary frames once a binary frame has come", NOT_BINARY),
        (TakesFragmentedText, "takes fragmented text messages like binary ones", NOT_BINARY),
        (IgnoresText, "ignores text frames", NOT_BINARY),
        (TakesReserved, "takes data frames of reserved types like binary frames", NOT_BINARY),
        (IgnoresReserved, "ignores data frames of reserved types", NOT_BINARY),
        (IgnoresClose, "ignores Close frames", WILL),
        (ClosesOnPing, "closes the connection when a ping comes", LOSSY),
        (PassesPingsOn, "takes the payload of a ping for MQTT", LOSSY),
        (ClosesOnPong, "closes the connection when a pong comes that it did not ask for", LOSSY),
        (RefusesFragments, "closes the connection when a fragment comes", ALIGNED),
        (TakesTwoFragments, "closes the connection at the third fragment of a message", ALIGNED),
        (LosesFirstFragments, "loses the first fragment of a message", ALIGNED),
        (LosesContinuations, "loses all fragments of a message but the first", ALIGNED),
        (ForgetsTheMessageAtPing, "loses the message in which a ping comes", ALIGNED),
        (IsDeafAfterPingInMessage, "reads nothing more after a ping in a message", ALIGNED),
        (IsDeafAfterEmptyFrame, "reads nothing more after an empty frame", ALIGNED),
        (ReadsOneByteOfLength, "takes every length of more than 126 bytes for 126", LOSSY),
        (
            RefusesLengthsOfEightBytes,
            "closes the connection at frames of 65536 bytes or more",
            Shown::InV5("MQTT-4.2.0-1"),
        ),
        (TakesOnePacketAFrame, "loses what follows the first packet in a frame", ALIGNED),
        (RefusesPartsOfPackets, "closes the connection at frames that do not end with a packet", ALIGNED),
        (LosesPartsOfPackets, "loses the beginning of a packet at the end of a frame", ALIGNED),
        (RefusesSingleBytes, "closes the connection at the second frame of one byte", ALIGNED),
    ]
};
