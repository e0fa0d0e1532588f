"""Run the benchmarks: `run.py` all of them, `run.py NAME...` these.

Each prints what it measured and a last line `ratio N`: ours against the peer, in the same run.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Exit code 0 if every benchmark asked for ran to its end, 2 for an unknown name."""
    known = {path.stem: path for path in sorted(HERE.glob("*.py")) if path.name != Path(__file__).name}
    names = sys.argv[1:] or list(known)
    if unknown := [name for name in names if name not in known]:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    environ = os.environ | {"PYTHONPATH": str(HERE.parent / "tests" / "support")}
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        if subprocess.run(
            [sys.executable, str(known[name])], cwd=HERE.parent, env=environ, check=False
        ).returncode:
            failed.append(name)
    if failed:
        print(f"did not finish: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
