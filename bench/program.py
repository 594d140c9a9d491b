"""The measuring programs of bench/*.cpp as processes: each tells its state in lines, a word and its values."""

import signal
import subprocess

from tests.support.stack import end_with_parent

from .environment import BIN


class Program:
    def __init__(self, name, *arguments):
        self.name = name
        command = [BIN / name, *(str(argument) for argument in arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)

    def expect(self, word):
        """Waits for the line; its values."""
        line = self.process.stdout.readline().split()
        if not line or line[0] != word:
            raise RuntimeError(f"{self.name} ended before it said {word}")
        return line[1:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
