//! An [`EncodeError`] names the field that is wrong.

use mqttspec_codec::*;

const ID: PacketIdentifier = PacketIdentifier::MIN;

fn error<'a>(packet: impl Into<Packet<'a>>, version: Version) -> EncodeError {
    encode(&packet.into(), version, &mut [0; 64]).expect_err("cannot be encoded")
}

fn not_in_3_1_1(field: Field) -> EncodeError {
    EncodeError::NotInVersion { field, version: Version::V3_1_1 }
}

fn text(text: &str) -> Utf8String<'_> {
    Utf8String::new(text).expect("legal")
}

fn topic() -> TopicName<'static> {
    TopicName::new("a/b").expect("legal")
}

#[test]
fn fields_that_3_1_1_does_not_have() {
    let properties = [Property::ReasonString(text("why"))];
    let puback = Puback { properties: properties[..].into(), ..Puback::success(ID) };
    assert_eq!(error(puback, Version::V3_1_1), not_in_3_1_1(Field::Properties));

    let puback = Puback::with_reason(ID, ReasonCode::NotAuthorized);
    assert_eq!(error(puback, Version::V3_1_1), not_in_3_1_1(Field::ReasonCode));
    let connack =
        Connack { session_present: false, reason_code: ReasonCode::ServerMoved, properties: Properties::EMPTY };
    assert_eq!(error(connack, Version::V3_1_1), not_in_3_1_1(Field::ReasonCode));

    let codes = [ReasonCode::NotAuthorized];
    let suback = Suback { packet_id: ID, properties: Properties::EMPTY, reason_codes: codes[..].into() };
    assert_eq!(error(suback, Version::V3_1_1), not_in_3_1_1(Field::ReasonCodes));
    let unsuback = Unsuback { packet_id: ID, properties: Properties::EMPTY, reason_codes: codes[..].into() };
    assert_eq!(error(unsuback, Version::V3_1_1), not_in_3_1_1(Field::ReasonCodes));

    let delay = [Property::WillDelayInterval(5)];
    let will = Will {
        topic: topic(),
        payload: BinaryData::default(),
        qos: QoS::AtMostOnce,
        retain: false,
        properties: delay[..].into(),
    };
    let connect = Connect { will: Some(will), ..Connect::new(Version::V3_1_1, text("c")) };
    assert_eq!(error(connect, Version::V3_1_1), not_in_3_1_1(Field::WillProperties));
    let connect = Connect { password: Some(BinaryData::default()), ..Connect::new(Version::V3_1_1, text("c")) };
    assert_eq!(error(connect, Version::V3_1_1), not_in_3_1_1(Field::PasswordWithoutUserName));
    assert_eq!(error(connect, Version::V5), EncodeError::OtherVersion(Version::V3_1_1));

    let auth = Auth { reason_code: ReasonCode::Success, properties: Properties::EMPTY };
    let expected = EncodeError::PacketTypeNotInVersion { packet_type: PacketType::Auth, version: Version::V3_1_1 };
    assert_eq!(error(auth, Version::V3_1_1), expected);
}

#[test]
fn subscription_options_that_3_1_1_does_not_have() {
    let default = SubscriptionOptions::default();
    let cases = [
        (SubscriptionOptions { no_local: true, ..default }, Field::NoLocal),
        (SubscriptionOptions { retain_as_published: true, ..default }, Field::RetainAsPublished),
        (SubscriptionOptions { retain_handling: RetainHandling::SendIfNew, ..default }, Field::RetainHandling),
    ];
    for (options, field) in cases {
        assert_eq!(error(subscribe(&[subscription("a", options)]), Version::V3_1_1), not_in_3_1_1(field));
    }
}

#[test]
fn fields_that_are_missing() {
    let missing = |field| EncodeError::Missing(field);
    assert_eq!(error(subscribe(&[]), Version::V5), missing(Field::Subscriptions));
    let unsubscribe = Unsubscribe { packet_id: ID, properties: Properties::EMPTY, filters: Seq::EMPTY };
    assert_eq!(error(unsubscribe, Version::V5), missing(Field::TopicFilters));
    let suback = Suback { packet_id: ID, properties: Properties::EMPTY, reason_codes: Seq::EMPTY };
    assert_eq!(error(suback, Version::V5), missing(Field::ReasonCodes));
    let publish = Publish { topic: None, ..Publish::new(topic(), Delivery::AtMostOnce, b"") };
    assert_eq!(error(publish, Version::V5), missing(Field::TopicName));
    let auth = Auth { reason_code: ReasonCode::Success, properties: Properties::EMPTY };
    assert_eq!(error(auth, Version::V5), missing(Field::AuthenticationMethod));
}

#[test]
fn fields_that_contradict_each_other() {
    let connack =
        Connack { session_present: true, reason_code: ReasonCode::NotAuthorized, properties: Properties::EMPTY };
    let expected = EncodeError::Contradiction(Field::SessionPresent, Field::ReasonCode);
    assert_eq!(error(connack, Version::V5), expected);
    let options = SubscriptionOptions { no_local: true, ..SubscriptionOptions::default() };
    let expected = EncodeError::Contradiction(Field::NoLocal, Field::SharedTopicFilter);
    assert_eq!(error(subscribe(&[subscription("$share/g/a", options)]), Version::V5), expected);
    let malformed = [subscription("$share/g", SubscriptionOptions::default())];
    assert_eq!(error(subscribe(&malformed), Version::V5), EncodeError::MalformedShare);
}

#[test]
fn properties_that_are_wrong() {
    let cases = [
        ([Property::TopicAliasMaximum(1), Property::ServerKeepAlive(1)], EncodeError::MisplacedProperty(0x13)),
        ([Property::TopicAliasMaximum(1), Property::TopicAliasMaximum(1)], EncodeError::RepeatedProperty(0x22)),
    ];
    for (properties, expected) in cases {
        let connect = Connect { properties: properties[..].into(), ..Connect::new(Version::V5, text("c")) };
        assert_eq!(error(connect, Version::V5), expected);
    }
    let properties = [Property::MaximumQos(QoS::ExactlyOnce)];
    let connack =
        Connack { session_present: false, reason_code: ReasonCode::Success, properties: properties[..].into() };
    assert_eq!(error(connack, Version::V5), EncodeError::PropertyValue(0x24));
    let disconnect = Disconnect::new(ReasonCode::GrantedQos1);
    assert_eq!(error(disconnect, Version::V5), EncodeError::ReasonCode(ReasonCode::GrantedQos1));
}

fn subscription(filter: &str, options: SubscriptionOptions) -> Subscription<'_> {
    Subscription { filter: TopicFilter::new(filter).expect("legal"), options }
}

fn subscribe<'a>(subscriptions: &'a [Subscription<'a>]) -> Subscribe<'a> {
    Subscribe { packet_id: ID, properties: Properties::EMPTY, subscriptions: subscriptions.into() }
}
