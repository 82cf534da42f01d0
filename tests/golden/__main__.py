"""Write the golden run anew: `python -m tests.golden`. Do so only in a commit of its own that says why it changed."""

from pathlib import Path

from tests.golden.run import GOLDEN, golden_frame


def main() -> None:
    """Write the golden run's table and say what differs from the old one."""
    old = GOLDEN.read_text(encoding="utf-8").splitlines() if GOLDEN.exists() else []
    text = golden_frame().to_csv(index=False, float_format="%.12g", lineterminator="\n")
    GOLDEN.write_text(text, encoding="utf-8")
    changed = len(set(text.splitlines()) - set(old))
    print(f"{Path(GOLDEN).name}: {len(text.splitlines()) - 1} values, {changed} of them new or changed")


if __name__ == "__main__":
    main()
