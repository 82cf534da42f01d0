"""Put down that the loops stand for their functions as they are: `python -m tests.kernels`.

Do so after a change to a kernel and its loop, once `tests/model/test_kernels.py` finds the two equal.
"""

import importlib
from pathlib import Path

import model.market  # noqa: F401 - imports every kernel
from agents.kernels import KERNELS

BEGIN, END = "STANDS_FOR: dict[str, str] = {\n", '}\n"""Digests of the NumPy versions'


def main() -> None:
    """Write the digests into the modules of loops and name those that are new."""
    for name in sorted({known.loops for known in KERNELS.values()}):
        module = importlib.import_module(name)
        digests = {kernel: known.text() for kernel, known in KERNELS.items() if known.loops == name}
        file = Path(str(module.__file__))
        before, rest = file.read_text(encoding="utf-8").split(BEGIN)
        lines = "".join(f'    "{kernel}": "{digest}",\n' for kernel, digest in digests.items())
        file.write_text(before + BEGIN + lines + END + rest.split(END)[1], encoding="utf-8")
        changed = [kernel for kernel, digest in digests.items() if module.STANDS_FOR.get(kernel) != digest]
        print(f"{file.name}: {', '.join(changed) or 'as before'}")


if __name__ == "__main__":
    main()
