"""How people reach a service: the address that they open, and the proxies in between."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from yibao.errors import InputError
from yibao.messages import message

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def listening_address(host: str, port: int) -> str:
    """The address of a service that listens at a host and port, without a stroke at its end."""
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


@contextmanager
def reserved_port(host: str, port: int) -> Iterator[int]:
    """The port itself; for 0 one that is free, and that nobody else is given meanwhile.

    Its socket does not listen, so that the service may; a host that is none is told there.
    """
    if port:
        yield port
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            holder.bind((host, 0))
            port = int(holder.getsockname()[1])
        yield port


def is_local(address: str) -> bool:
    """Whether an address opens only on this machine."""
    return urlsplit(address).hostname in _LOOPBACK


def public_address(text: str) -> str:
    """Where people open a service, without a stroke at its end.

    ``InputError`` for what is no scheme, host and perhaps port.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not text.isascii()
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise InputError(
            message("写成 https://域名 这样，不带路径和参数：{text}", text=text),
            place="--public-url",
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def proxy_networks(texts: Sequence[str]) -> tuple[str, ...]:
    """The addresses or networks of proxies whose word about the sender counts.

    ``InputError`` for what is neither, and for everybody.
    """
    networks = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            raise InputError(
                message("写代理的地址或网段，如 127.0.0.1、10.0.3.0/24；看不懂 {text}", text=text),
                place="--proxy",
            ) from None
        if not network.prefixlen:
            raise InputError(
                message("{text} 是所有人：那样谁都能自称是别人", text=text), place="--proxy"
            )
        networks.append(str(network))
    return tuple(networks)
