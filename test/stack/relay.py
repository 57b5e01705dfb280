"""Lets builds reach the package mirror from a network of their own.

    relay.py out SOCKET         outside: a small HTTP proxy on a unix socket
    relay.py in PORT SOCKET     inside: 127.0.0.1:PORT leads to that socket

GET over plain HTTP only, one request a connection, which is all that apt needs.
Where this machine has a proxy itself ($http_proxy), that one is asked.
"""
import asyncio
import os
import sys
import urllib.parse

HEAD_BYTES = 65536


async def pipe(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def rewrite(head, whole):
    """(host, port, head) for the server, or for the next proxy."""
    lines = head.decode("latin-1").split("\r\n")
    method, url, version = lines[0].split(" ")
    at = urllib.parse.urlsplit(url)
    if method not in ("GET", "HEAD") or at.scheme != "http":
        raise ValueError(lines[0])
    if not whole:
        url = urllib.parse.urlunsplit(("", "", at.path or "/", at.query, ""))
    lines[0] = f"{method} {url} {version}"
    lines = [x for x in lines if not x.lower().startswith(
        ("connection:", "proxy-connection:", "keep-alive:"))]
    lines.insert(1, "Connection: close")
    return at.hostname, at.port or 80, "\r\n".join(lines).encode("latin-1")


async def outside(reader, writer):
    proxy = urllib.parse.urlsplit(os.environ.get("http_proxy", ""))
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        host, port, head = rewrite(head, bool(proxy.hostname))
        if proxy.hostname:
            host, port = proxy.hostname, proxy.port or 80
        server, to_server = await asyncio.open_connection(host, port)
        to_server.write(head)
        await pipe(server, writer)
        to_server.close()
    except (OSError, ValueError, asyncio.IncompleteReadError) as e:
        print(f"relay: {e!r}", flush=True)
        writer.close()


async def serve():
    if sys.argv[1] == "out":
        server = await asyncio.start_unix_server(outside, sys.argv[2],
                                                 limit=HEAD_BYTES)
    else:
        async def inside(reader, writer):
            out, to_out = await asyncio.open_unix_connection(sys.argv[3])
            await asyncio.gather(pipe(reader, to_out), pipe(out, writer))
        server = await asyncio.start_server(inside, "127.0.0.1",
                                            int(sys.argv[2]))
    await server.serve_forever()


try:
    asyncio.run(serve())
except KeyboardInterrupt:
    pass
