"""The local cluster: processes that only the loopback can reach, and that say nothing."""

import os
from pathlib import Path

from cadastre_import.national.cluster import connected

LISTENING = "0A"


def _addresses_listened_to(pids):
    """Give the local addresses, in hexadecimal, on which processes wait for connections."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(descriptor)
            except FileNotFoundError:
                continue
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    sockets = [
        line.split()
        for family in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{family}").read_text().splitlines()[1:]
    ]
    return [fields[1] for fields in sockets if fields[3] == LISTENING and fields[9] in inodes]


def test_the_local_cluster_listens_on_the_loopback_alone(capfd):
    with connected("", workers=2, memory="500MB") as client:
        workers = client.run(os.getpid)
        assert len(workers) == 2
        assert os.getpid() not in workers.values()
        pids = {os.getpid(), *workers.values()}
        for thread in Path("/proc/self/task").iterdir():
            pids |= {int(child) for child in (thread / "children").read_text().split()}
        addresses = _addresses_listened_to(pids)
    assert len(addresses) >= 3
    assert {address.split(":")[0] for address in addresses} == {"0100007F"}
    assert capfd.readouterr() == ("", "")
