"""Types a command into PowerShell in a terminal, presses Ctrl+C when it waits, ten times.

ctrl_c.py PWSH SETUP COMMAND CONTROL ASKED PAGE: SETUP is a script that makes the prompt "<ready>"; the command waits
when the journal of the simulator at CONTROL has what ASKED names, or, where that is empty, when the file PAGE is there.
Prints JSON: the milliseconds from each Ctrl+C to the next prompt, and the credential type of the connection left.
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
import urllib.request

LONGEST = 30.0


class Terminal:
    def __init__(self, program, setup):
        self.seen = b""
        self.child, self.end = pty.fork()
        if self.child == 0:
            os.environ["TERM"] = "xterm-256color"
            # Tests that run in the background of a shell inherit that it is ignored.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.execvp(program, [program, "-NoProfile", "-NoLogo", "-NoExit", "-File", setup])
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 250, 0, 0))

    def read(self, seconds):
        """Takes what comes within this time, and tells where the cursor is when PowerShell asks."""
        if not select.select([self.end], [], [], seconds)[0]:
            return
        try:
            piece = os.read(self.end, 65536)
        except OSError:
            sys.exit(f"PowerShell has ended:\n{self.seen.decode(errors='replace')}")
        for _ in range(piece.count(b"\x1b[6n")):
            os.write(self.end, b"\x1b[1;1R")
        self.seen += piece

    def wait(self, pattern):
        """Until the pattern is shown."""
        limit = time.monotonic() + LONGEST
        while not re.search(pattern, self.seen):
            if time.monotonic() > limit:
                sys.exit(f"{pattern!r} was never shown, but:\n{self.seen.decode(errors='replace')}")
            self.read(0.5)

    def wait_until(self, begun):
        limit = time.monotonic() + LONGEST
        while not begun():
            if time.monotonic() > limit:
                sys.exit(f"the wait never began:\n{self.seen.decode(errors='replace')}")
            self.read(0.02)

    def settle(self):
        """Nothing new for a moment, so PowerShell reads the keyboard or the command waits; gives what came until then."""
        before = None
        while before != self.seen:
            before = self.seen
            self.read(0.1)
        self.seen = b""
        return before

    def type(self, line):
        self.settle()
        os.write(self.end, line.encode() + b"\r")

    def interrupt(self):
        """Milliseconds from Ctrl+C to the next prompt."""
        shown = self.settle()
        if b"<ready>" in shown:
            sys.exit(f"the command ended by itself:\n{shown.decode(errors='replace')}")
        start = time.monotonic()
        os.write(self.end, b"\x03")
        self.wait(b"<ready>")
        return (time.monotonic() - start) * 1000


def main():
    program, setup, command, control, asked, page = sys.argv[1:]
    plain = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def forget():
        if asked:
            plain.open(urllib.request.Request(f"{control}/journal", method="DELETE")).read()
        elif os.path.exists(page):
            os.remove(page)

    def begun():
        if asked:
            return bool(json.load(plain.open(f"{control}/journal?{asked}")))
        return os.path.exists(page)

    terminal = Terminal(program, setup)
    terminal.wait(b"<ready>")
    times = []
    for _ in range(10):
        forget()
        terminal.type(command)
        terminal.wait_until(begun)
        times.append(terminal.interrupt())
    terminal.type("'[' + (Get-EntraContext).TokenCredentialType + ']'")
    terminal.wait(rb"\[[A-Za-z]+\]")
    left = re.search(rb"\[([A-Za-z]+)\]", terminal.seen).group(1).decode()
    terminal.type("exit")
    os.waitpid(terminal.child, 0)
    print(json.dumps({"milliseconds": times, "connection": left}))


main()
