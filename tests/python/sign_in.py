"""Signs in through the C door from Python, with nothing but ctypes.

    sign_in.py LIBRARY LOGIN GRAPH TENANT CLIENT_ID     secret in CLIENT_SECRET, a folder for settings in HOME

Prints the context as JSON; ends with 0 when signed in, 1 when refused.
"""
import ctypes
import json
import os
import sys

OK, TIMEOUT, BUFFER_TOO_SMALL = 0, 1, 2
ASK_VARIABLES, RESULT, ERROR, WANT_BODY = 6, 10, 11, 13


class Door:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)

    def call(self, name, *arguments):
        function = getattr(self.library, name)
        function.restype = ctypes.c_int32
        status = function(*arguments)
        if status < OK:
            raise RuntimeError(f"{name}: status {status}")
        return status

    def begin(self, door, fields):
        bag, operation = to_bag(fields), ctypes.c_uint64()
        self.call(door, bag, ctypes.c_uint64(len(bag)), ctypes.byref(operation))
        return operation

    def secret(self, operation, name, value):
        name, value = name.encode(), value.encode()
        self.call("entra_op_secret", operation, name, ctypes.c_uint64(len(name)), value, ctypes.c_uint64(len(value)), ctypes.c_uint32(1))

    def run(self, operation, body=None):
        """The last event: its kind and its fields. `body` is a file that is read as far as it is wanted."""
        buffer, kind, length = ctypes.create_string_buffer(1024), ctypes.c_uint32(), ctypes.c_uint64()
        try:
            while True:
                status = self.call("entra_op_next", operation, ctypes.c_uint32(50), ctypes.byref(kind), buffer,
                                   ctypes.c_uint64(len(buffer)), ctypes.byref(length))
                if status == BUFFER_TOO_SMALL:
                    buffer = ctypes.create_string_buffer(length.value)
                elif status == OK:
                    fields = from_bag(buffer.raw[:length.value])
                    if kind.value in (RESULT, ERROR):
                        return kind.value, fields
                    if kind.value == ASK_VARIABLES:
                        self.answer(operation, fields)
                    elif kind.value == WANT_BODY:
                        if "Restart" in fields:
                            body.seek(0)
                        piece = body.read(1 << 20)
                        self.call("entra_op_write", operation, piece, ctypes.c_uint64(len(piece)))
        finally:
            self.call("entra_op_free", operation)

    def answer(self, operation, asked):
        for name in asked.get("Secret", []):
            if name in os.environ:
                self.secret(operation, name, os.environ[name])
        bag = to_bag([(name, os.environ[name]) for name in asked.get("Name", []) if name in os.environ])
        self.call("entra_op_answer", operation, bag, ctypes.c_uint64(len(bag)))


def to_bag(fields):
    return b"".join(f"{name}={value}\0".encode() for name, value in fields)


def from_bag(data):
    fields = {}
    for entry in data.decode().split("\0")[:-1]:
        name, value = entry.split("=", 1)
        fields.setdefault(name, []).append(value)
    return fields


def connect(door, login, graph, tenant, client):
    """The last event of the sign-in, or of what failed before it."""
    environment = [("Action", "Add"), ("Name", "Given"), ("AzureADEndpoint", login), ("GraphEndpoint", graph)]
    kind, fields = door.run(door.begin("entra_environment_begin", environment))
    if kind == RESULT:
        operation = door.begin("entra_connect_begin", [
            ("ParameterSet", "AppSecretCredentialParameterSet"), ("Environment", "Given"),
            ("TenantId", tenant), ("ClientId", client)])
        door.secret(operation, "ClientSecret", os.environ["CLIENT_SECRET"])
        kind, fields = door.run(operation)
    return kind, fields


def main(library, *where):
    kind, fields = connect(Door(library), *where)
    print(json.dumps(fields))
    return 0 if kind == RESULT else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
