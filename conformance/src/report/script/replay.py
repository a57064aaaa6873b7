import base64
import os
import random
import socket
import ssl
import string
import sys
import time
from urllib.parse import urlsplit

URL = sys.argv[1] if len(sys.argv) > 1 else RECORDED_URL
SHORTEST_PAUSE = 0.2  # seconds; shorter ones are not kept
NAMES = {1: "CONNECT", 2: "CONNACK", 3: "PUBLISH", 4: "PUBACK", 5: "PUBREC", 6: "PUBREL", 7: "PUBCOMP", 8: "SUBSCRIBE",
         9: "SUBACK", 10: "UNSUBSCRIBE", 11: "UNSUBACK", 12: "PINGREQ", 13: "PINGRESP", 14: "DISCONNECT", 15: "AUTH"}

# Topics and Client Identifiers are new in each run, so that an earlier one leaves nothing behind.
OLD = PREFIX.encode()
NEW = "".join(random.choices(string.ascii_lowercase + string.digits, k=len(PREFIX))).encode()


class Ended(Exception):
    """The broker has closed the connection."""


class Connection:
    """A connection that carries MQTT packets, over TCP, WebSocket or a Unix domain socket, plain or under TLS."""

    def __init__(self, name):
        url = urlsplit(URL)
        tls, self.websocket = url.scheme in ("mqtts", "wss"), url.scheme in ("ws", "wss")
        port = url.port or {"mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443, "unix": 0}[url.scheme]
        try:
            if url.scheme == "unix":
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(WAIT)
                self.socket.connect(url.path)
            else:
                self.socket = socket.create_connection((url.hostname, port), timeout=WAIT)
            if tls:
                context = ssl.create_default_context(cafile=os.environ.get("CA_FILE"))
                if os.environ.get("INSECURE"):
                    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                self.socket = context.wrap_socket(self.socket, server_hostname=url.hostname)
        except OSError as error:
            sys.exit(f"cannot connect to {URL}: {error}")
        self.name, self.raw, self.mqtt, self.ids, self.ended = name, b"", b"", {}, False
        if self.websocket:
            self.upgrade(url)

    def upgrade(self, url):
        key = base64.b64encode(os.urandom(16)).decode()
        host = url.netloc.rsplit("@", 1)[-1]
        self.socket.sendall((f"GET {url.path or '/'} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
                             f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                             f"Sec-WebSocket-Protocol: mqtt\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.raw:
            self.more(time.monotonic() + WAIT)
        head, self.raw = self.raw.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            sys.exit(f"{URL} refused the WebSocket: {head.splitlines()[0].decode(errors='replace')}")

    def frame(self, opcode, data):
        length = len(data)
        head = bytes([0x80 | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + length.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + length.to_bytes(8, "big")
        mask = os.urandom(4)
        self.socket.sendall(head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)))

    def send(self, data):
        try:
            self.frame(2, data) if self.websocket else self.socket.sendall(data)
        except OSError:
            pass  # what the broker sent before it closed the connection is still to be read

    def more(self, until):
        """Reads more bytes. Raises TimeoutError when there are none until then, and Ended at the end."""
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            raise TimeoutError from None
        except OSError:
            data = b""
        if not data:
            self.ended = True
            raise Ended
        self.raw += data
        if not self.websocket:
            self.mqtt, self.raw = self.mqtt + self.raw, b""

    def frames(self):
        """Takes whole WebSocket frames out of what was read."""
        while len(self.raw) >= 2:
            length, at = self.raw[1] & 0x7F, 2
            if length >= 126:
                at += 2 if length == 126 else 8
                if len(self.raw) < at:
                    return
                length = int.from_bytes(self.raw[2:at], "big")
            if len(self.raw) < at + length:
                return
            opcode, data = self.raw[0] & 0x0F, self.raw[at:at + length]
            self.raw = self.raw[at + length:]
            if opcode == 8:
                self.ended = True
                return
            if opcode == 9:
                self.frame(10, data)
            elif opcode in (0, 1, 2):
                self.mqtt += data

    def packet(self, wait):
        """The next MQTT packet. Raises TimeoutError when none comes, and Ended at the end."""
        until = time.monotonic() + wait
        while True:
            if self.websocket and self.raw:
                self.frames()
            length, shift, at = 0, 0, 1
            while at < len(self.mqtt) and at <= 4:
                length |= (self.mqtt[at] & 0x7F) << shift
                shift, at = shift + 7, at + 1
                if not self.mqtt[at - 1] & 0x80:
                    if len(self.mqtt) >= at + length:
                        packet, self.mqtt = self.mqtt[:at + length], self.mqtt[at + length:]
                        return packet
                    break
            if self.ended:
                raise Ended
            self.more(until)


def identifier(packet):
    """Where the Packet Identifier of a QoS 1 or 2 PUBLISH, or of an acknowledgement, begins; None if it has none."""
    at = 1
    while packet[at] & 0x80:
        at += 1
    at += 1
    kind = packet[0] >> 4
    if kind == 3 and packet[0] & 0x06:
        at += 2 + int.from_bytes(packet[at:at + 2], "big")
        return at if len(packet) >= at + 2 else None
    return at if kind in (4, 5, 6, 7) and len(packet) >= at + 2 else None


def show(name, arrow, data, text=None):
    text = text.replace(PREFIX, NEW.decode()) if text and PREFIX else text
    text = text or NAMES.get(data[0] >> 4, "") if data else text
    digits = data[:64].hex(" ") + (" .." if len(data) > 64 else "")
    print(f"{time.monotonic() - start:8.3f} s  {name} {arrow} {text}\n              {digits}".rstrip())


def same(one, other):
    """Whether two packets are the same but for Packet Identifiers, which a Server chooses, and times that pass."""
    return one == other or (one[:1] == other[:1] and len(one) == len(other))


connections, arrived, as_recorded, differences, last = {}, [], True, 0, 0.0
before = start = time.monotonic()
for at, what, name, data, text in STEPS:
    data = bytes.fromhex(data).replace(OLD, NEW) if OLD else bytes.fromhex(data)
    pause = at - last
    if what in ("send", "drop", "close") and pause >= SHORTEST_PAUSE:
        time.sleep(max(0.0, pause - (time.monotonic() - before)))
    connection = connections.get(name)
    if connection is None and what in ("open", "send"):
        connection = connections[name] = Connection(name)
    if what == "send":
        place = identifier(data) if data[:1] and data[0] >> 4 in (4, 5, 7) else None
        if place:
            data = data[:place] + connection.ids.get(data[place:place + 2], data[place:place + 2]) + data[place + 2:]
        show(name, "->", data, text)
        connection.send(data)
    elif what == "receive" and connection:
        try:
            packet = connection.packet(WAIT + pause)
            arrived.append((name, packet))
            differences += not same(packet, data)
            show(name, "<-", packet, text if same(packet, data) else f"{NAMES.get(packet[0] >> 4)}; recorded was: {text}")
            old, new = identifier(data), identifier(packet)
            if old and new:
                connection.ids[data[old:old + 2]] = packet[new:new + 2]
        except (TimeoutError, Ended) as error:
            differences += 1
            how = "is closed" if isinstance(error, Ended) else "brought nothing"
            show(name, "  ", b"", f"the connection {how}; recorded was: {text}")
    elif what == "closed" and connection:
        try:
            while True:
                packet = connection.packet(WAIT + pause)
                arrived.append((name, packet))
                differences += 1
                show(name, "<-", packet)
        except Ended:
            show(name, "<-", b"", "the broker closes the connection")
        except TimeoutError:
            as_recorded, differences = False, differences + 1
            show(name, "  ", b"", "the broker does not close the connection; it did when this was recorded")
        connections.pop(name).socket.close()
    elif what in ("drop", "close") and connection:
        show(name, "->", b"", "the client closes the connection")
        connections.pop(name).socket.close()
    last, before = at, time.monotonic()

if REPORTED is None:
    if differences:
        sys.exit("Not everything comes as it was recorded.")
    print("Everything comes as it was recorded.")
    sys.exit(0)
if EXPECTED:
    print(f"\nexpected: {EXPECTED}")
print(f"reported: {REPORTED}")
if OBSERVED:
    client, wrong = OBSERVED[0], bytes.fromhex(OBSERVED[1]).replace(OLD, NEW) if OLD else bytes.fromhex(OBSERVED[1])
    again = any(name == client and same(packet, wrong) for name, packet in arrived)
else:
    again = as_recorded
    for name, connection in connections.items():
        try:
            packet = connection.packet(WAIT)
            show(name, "<-", packet)
            again = False
        except TimeoutError:
            pass
        except Ended:
            show(name, "<-", b"", "the broker closes the connection")
            again = False
print("This broker does what was reported." if again else "This broker does not do what was reported.")
sys.exit(1 if again else 0)
