"""A raw FastCGI client: says exactly what a test wants said."""
import socket
import struct

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
GET_VALUES, GET_VALUES_RESULT = 9, 10


def record(kind, content=b"", request_id=1, padding=0):
    return struct.pack("!BBHHBx", 1, kind, request_id, len(content),
                       padding) + content + b"\0" * padding


def pair(name, value):
    def length(n):
        return struct.pack("!B", n) if n < 128 else struct.pack(
            "!I", n | 0x80000000)
    name, value = name.encode(), value.encode()
    return length(len(name)) + length(len(value)) + name + value


def params(path="/", method="GET", **more):
    values = {"REQUEST_METHOD": method, "REQUEST_URI": path,
              "QUERY_STRING": path.partition("?")[2],
              "REMOTE_ADDR": "127.0.0.1", **more}
    return b"".join(pair(k, v) for k, v in values.items())


def request(path="/", method="GET", body=b"", **more):
    """All records of one request."""
    if body:
        more["CONTENT_LENGTH"] = str(len(body))
    data = record(BEGIN, struct.pack("!HB5x", 1, 0))
    data += record(PARAMS, params(path, method, **more)) + record(PARAMS)
    for at in range(0, len(body), 65000):
        data += record(STDIN, body[at:at + 65000])
    return data + record(STDIN)


def connect(path, timeout=30):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(timeout)
    s.connect(path)
    return s


def read_exactly(s, n):
    data = b""
    while len(data) < n:
        block = s.recv(n - len(data))
        if not block:
            return None
        data += block
    return data


def read_record(s):
    head = read_exactly(s, 8)
    if head is None:
        return None
    _, kind, _, length, padding = struct.unpack("!BBHHBx", head)
    content = read_exactly(s, length + padding)
    return kind, content[:length]


def ask(path, data):
    """Sends data; returns what came on STDOUT, "" when nothing did."""
    with connect(path) as s:
        try:
            s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        out = b""
        try:
            while (r := read_record(s)) is not None:
                if r[0] == STDOUT:
                    out += r[1]
                if r[0] == END:
                    break
        except ConnectionResetError:
            pass
        return out.decode("utf-8", "replace")
