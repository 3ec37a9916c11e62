"""Runs the jwtward program."""

import subprocess


class Refused(Exception):
    """The program did not do what it was asked."""


class Program:
    def __init__(self, path):
        self.path = path

    def run(self, *arguments, stdin="", good=(0,)):
        """The program's standard output; raises Refused when its status is not `good`."""
        done = subprocess.run([self.path, *arguments], input=stdin.encode(), capture_output=True)
        if done.returncode not in good:
            said = done.stderr.decode(errors="replace").strip()
            raise Refused(f"exit {done.returncode}: {said}")
        return done.stdout.decode("utf-8")
