"""Sends and receives what is large, and prints by how many KiB the peak of this process's memory grew.

    large.py LIBRARY LOGIN GRAPH TENANT CLIENT_ID     as sign_in.py has them; a folder for files in HOME
"""
import os
import sys

from sign_in import RESULT, Door, connect

WARM, LARGE = 2 << 20, 200 << 20


def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main(library, login, graph, tenant, client):
    door = Door(library)
    kind, fields = connect(door, login, graph, tenant, client)
    assert kind == RESULT, fields
    connection, place = fields["Connection"][0], graph.replace("localhost", "127.0.0.1") + "/open/large"

    def request(*fields, body=None):
        kind, answer = door.run(door.begin("entra_request_begin", [("Connection", connection), *fields]), body)
        assert kind == RESULT, answer

    def all_ways(size):
        path = os.path.join(os.environ["HOME"], "sent")
        with open(path, "wb") as file:
            file.truncate(size)
        request(("Method", "PUT"), ("Uri", place), ("InputFilePath", path))
        with open(path, "rb") as file:
            request(("Method", "PUT"), ("Uri", place), ("Body", "Stream"), ("BodyLength", str(size)), ("BodyRewinds", "true"), body=file)
        received = os.path.join(os.environ["HOME"], "received")
        request(("Uri", f"v1.0/me/drive/root:/{size // 4}.bin:/content"), ("OutputFilePath", received))
        assert os.path.getsize(received) == size // 4

    all_ways(WARM)
    before = peak()
    all_ways(LARGE)
    print(peak() - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
