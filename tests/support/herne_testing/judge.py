"""The official shapes as a judge: runs the shared folder's conformance/check.py over a graph or address."""

import subprocess
import sys
from pathlib import Path

from rdflib import Graph

from herne_testing.needs import SHARED


def verdict(source: str, *flags: str) -> tuple[int, str]:
    """Exit status and output of check.py."""
    command = [sys.executable, str(SHARED / "conformance" / "check.py"), *flags, source]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    return done.returncode, done.stdout + done.stderr


def verdict_on(graph: Graph, folder: Path, *flags: str) -> tuple[int, str]:
    """As `verdict`, for a graph."""
    path = folder / "judged.ttl"
    graph.serialize(path, format="turtle")
    return verdict(str(path), *flags)
