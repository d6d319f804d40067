"""Networks of a test's own: namespaces with cables between them, which end with the process that made them."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

CLONE_NEWNET = 0x40000000  # sched.h
TOOLS = ("unshare", "nsenter", "setpriv", "ip")


def why_no_networks() -> str | None:
    """What stands in the way of making networks here; None if nothing does."""
    if os.geteuid() != 0:
        return "only root may make a network namespace"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{missing[0]} is not installed"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "this system allows no network namespaces"


class Network:
    """One machine's own network: loopback, and what cables bring. It is there for as long as its `cat` waits."""

    def __init__(self) -> None:
        self._holder = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", "ip link set lo up && echo up && exec cat"],
            stdin=subprocess.PIPE,  # whose end comes with ours, however that is
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"up\n"

    def close(self) -> None:
        self._holder.communicate()

    def within(self, *command: str | Path) -> list[str]:
        """The command, as it is to be started to run here, and to end when we do."""
        entered = ["nsenter", "--net", f"--target={self._holder.pid}", "setpriv", "--pdeathsig=KILL"]
        return [*entered, *map(str, command)]

    def cable(self, name: str, address: str, other: Self, other_address: str) -> None:
        """A cable between two networks, with an address (and its prefix) at each end."""
        far = f"{name}-far"
        self._ip("link", "add", "name", name, "type", "veth", "peer", "name", far, "netns", other._pid)
        for network, end, own in ((self, name, address), (other, far, other_address)):
            network._ip("addr", "add", own, "dev", end, *(["nodad"] if ":" in own else []))
            network._ip("link", "set", "dev", end, "up")

    def way(self, to: str, through: str) -> None:
        """What is for `to` leaves by way of `through`."""
        self._ip("route", "add", to, "via", through)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Sockets that this thread opens meanwhile are this network's for good; those it has stay where they are."""
        with open("/proc/thread-self/ns/net") as before, open(f"/proc/{self._pid}/ns/net") as inside:
            _enter(inside.fileno())
            try:
                yield
            finally:
                _enter(before.fileno())

    def _ip(self, *words: str) -> None:
        subprocess.run(self.within("ip", *words), check=True)

    @property
    def _pid(self) -> str:
        return str(self._holder.pid)


@contextmanager
def networks(count: int) -> Iterator[Sequence[Network]]:
    """So many, with nothing between them yet."""
    with ExitStack() as made:
        found = []
        for _ in range(count):
            network = Network()
            made.callback(network.close)
            found.append(network)
        yield found


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
