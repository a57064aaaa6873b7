"""Paho for Python: 3.1.1 and 5.0, over TCP and WebSocket, plain and with TLS."""

import os
import queue
import ssl
import sys
import uuid

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

WAIT = 10  # seconds
SESSION_EXPIRY = 600  # seconds


class Client:
    """A connected client that keeps what it receives."""

    def __init__(self, line, name, resume=False, will=None):
        transport, port, version, tls = line
        self.received, self.connected, self.granted = queue.Queue(), queue.Queue(), queue.Queue()
        v5 = version == mqtt.MQTTv5
        clean = {} if v5 else {"clean_session": not resume}
        self.paho = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, name, transport=transport, protocol=version, **clean
        )
        if transport == "websockets":
            self.paho.ws_set_options(path="/mqtt")
        if tls:
            self.paho.tls_set(ca_certs=os.environ["CA"], tls_version=ssl.PROTOCOL_TLS_CLIENT)
        if will:
            self.paho.will_set(will, b"gone", qos=1)
        self.paho.on_connect = lambda c, u, flags, code, p: self.connected.put((flags, code))
        self.paho.on_subscribe = lambda c, u, mid, codes, p: self.granted.put(codes)
        self.paho.on_message = lambda c, u, message: self.received.put(message)
        options = {}
        if v5:
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = SESSION_EXPIRY if resume else 0
            options = {"clean_start": not resume, "properties": properties}
        self.paho.connect("127.0.0.1", port, **options)
        self.paho.loop_start()
        flags, code = self.connected.get(timeout=WAIT)
        assert not code.is_failure, code
        self.session_present = flags.session_present

    def subscribe(self, topic, qos):
        self.paho.subscribe(topic, qos)
        codes = self.granted.get(timeout=WAIT)
        assert [code.value for code in codes] == [qos], codes

    def publish(self, topic, payload, qos, retain=False):
        self.paho.publish(topic, payload, qos, retain).wait_for_publish(WAIT)

    def expect(self, topic, payload, qos, retain=False):
        message = self.received.get(timeout=WAIT)
        found = (message.topic, message.payload, message.qos, message.retain)
        assert found == (topic, payload, qos, retain), found

    def close(self):
        self.paho.disconnect()
        self.paho.loop_stop()

    def vanish(self):
        """The network goes, without DISCONNECT."""
        self.paho.loop_stop()
        self.paho.socket().close()


def qos_0_1_2(line, topic):
    client = Client(line, f"{topic}-a")
    for qos in (0, 1, 2):
        client.subscribe(f"{topic}/{qos}", qos)
        client.publish(f"{topic}/{qos}", bytes([qos, 0xFF]), qos)
        client.expect(f"{topic}/{qos}", bytes([qos, 0xFF]), qos)
    client.close()


def retained(line, topic):
    client = Client(line, f"{topic}-a")
    client.publish(topic, b"kept", 1, retain=True)
    other = Client(line, f"{topic}-b")
    other.subscribe(topic, 1)
    other.expect(topic, b"kept", 1, retain=True)
    client.publish(topic, b"", 1, retain=True)
    other.expect(topic, b"", 1)
    other.close()
    client.close()


def will(line, topic):
    witness = Client(line, f"{topic}-a")
    witness.subscribe(topic, 1)
    Client(line, f"{topic}-b", will=topic).vanish()
    witness.expect(topic, b"gone", 1)
    Client(line, f"{topic}-c", will=topic).close()
    witness.publish(topic, b"after", 1)
    witness.expect(topic, b"after", 1)  # and no Will of the one that said goodbye
    witness.close()


def resumed_session(line, topic):
    client = Client(line, f"{topic}-a", resume=True)
    assert not client.session_present
    client.subscribe(f"{topic}/#", 2)
    client.close()
    other = Client(line, f"{topic}-b")
    for number in range(20):
        other.publish(f"{topic}/offline", b"%d" % number, 1 + number % 2)
    other.close()
    client = Client(line, f"{topic}-a", resume=True)
    assert client.session_present
    messages = [client.received.get(timeout=WAIT) for _ in range(20)]
    for qos in (1, 2):  # one QoS may overtake the other
        found = [int(message.payload) for message in messages if message.qos == qos]
        assert found == list(range(qos - 1, 20, 2)), found
    client.close()
    Client(line, f"{topic}-a").close()  # a clean start ends the Session


def main():
    ports = {
        ("tcp", False): "TCP_PORT",
        ("websockets", False): "WS_PORT",
        ("tcp", True): "TLS_PORT",
        ("websockets", True): "WSS_PORT",
    }
    for (transport, tls), port in ports.items():
        for version, name in ((mqtt.MQTTv311, "3.1.1"), (mqtt.MQTTv5, "5.0")):
            line = (transport, int(os.environ[port]), version, tls)
            for what in (qos_0_1_2, retained, will, resumed_session):
                what(line, f"py-{uuid.uuid4().hex[:8]}")
                print(f"ok  {name} {transport}{' TLS' if tls else ''}: {what.__name__.replace('_', ' ')}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
