"""Builds what Solr's image needs from us: the core's settings, and JTS, the jar for shapes on a map.

solr_core.py TARGET      writes TARGET/ckan/ (core) and TARGET/lib/ (jars)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from herne_stack import jars
from herne_stack.configuration import write_solr_core


def main(target: Path) -> None:
    write_solr_core(target)
    wanted = [jar for jar in jars.solr_jars() if jar.artifact == "jts-core"]
    jars.fetch(wanted, target / "lib", os.environ.get("HERNE_MAVEN_REPOSITORY"), lambda _: None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
