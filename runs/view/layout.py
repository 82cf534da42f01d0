"""Where nodes lie: computed once a graph, never at a redraw."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

Positions = NDArray[np.float32]
Ints = NDArray[np.int64]

GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


def layered(layer: Ints, source: Ints, target: Ints) -> Positions:
    """Lay layers out as rings of equal density, the first outside: what is called lies further in.

    layer (n,), edges source and target (m,); returns (n, 2) in -1..1. Within its ring a node lies near the mean
    direction of its callers.
    """
    count = len(layer)
    angle, radius = np.zeros(count), np.zeros(count)
    outside = 1.0
    sizes = np.bincount(layer)
    for ring, size in enumerate(sizes):
        here = np.flatnonzero(layer == ring)
        inside = np.sqrt(max(outside**2 - size / count, 0.0))
        wanted = GOLDEN * np.arange(size) % 1.0 * 2.0 * np.pi if ring == 0 else _towards(here, angle, source, target)
        order = np.argsort(wanted, kind="stable")
        place = np.empty(size, dtype=np.int64)
        place[order] = np.arange(size)
        angle[here] = 2.0 * np.pi * (place + 0.5) / size
        depth = (place * GOLDEN) % 1.0
        gap = 0.08 * (outside - inside)
        radius[here] = np.sqrt((inside + gap) ** 2 + depth * ((outside - gap) ** 2 - (inside + gap) ** 2))
        outside = inside
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1).astype(np.float32)


def _towards(here: Ints, angle: NDArray[np.float64], source: Ints, target: Ints) -> NDArray[np.float64]:
    """Return the mean direction of each node's callers; those without any go round by the golden ratio."""
    count = int(here.max()) + 1
    into = target < count
    x = np.bincount(target[into], weights=np.cos(angle[source[into]]), minlength=count)[here]
    y = np.bincount(target[into], weights=np.sin(angle[source[into]]), minlength=count)[here]
    alone = (x == 0.0) & (y == 0.0)
    spread = GOLDEN * np.arange(len(here)) % 1.0 * 2.0 * np.pi
    return np.where(alone, spread, np.arctan2(y, x) % (2.0 * np.pi))


def snowball(count: int, source: Ints, target: Ints, rounds: int = 80) -> Positions:
    """Lay a snowball sample out: a tree of who brought in whom, then loosened so that nobody hides another.

    Nodes 0, 1, ... from the start outwards, so that the earliest contact of a node is who brought it in; edges source
    and target (m,), source < target. Returns (count, 2) in -1..1.
    """
    position = _tree(count, source, target)
    spacing = 1.7 / np.sqrt(count)
    for step in range(rounds):
        push = np.zeros_like(position)
        pull = position[target] - position[source]
        length = np.linalg.norm(pull, axis=1, keepdims=True) + 1e-9
        force = 0.08 * pull * (1.0 - 1.6 * spacing / length)
        _add(push, source, force)
        _add(push, target, -force)
        pairs = cKDTree(position).query_pairs(2.2 * spacing, output_type="ndarray")
        apart = position[pairs[:, 1]] - position[pairs[:, 0]]
        near = np.linalg.norm(apart, axis=1, keepdims=True) + 1e-9
        away = 0.25 * apart / near * (2.2 * spacing - near)
        _add(push, pairs[:, 0], -away)
        _add(push, pairs[:, 1], away)
        position += push * (1.0 - step / rounds)
    position -= position.mean(axis=0)
    scaled: Positions = (position / np.abs(position).max()).astype(np.float32)
    return scaled


def _add(total: NDArray[np.float64], rows: Ints, values: NDArray[np.float64]) -> None:
    for axis in (0, 1):
        total[:, axis] += np.bincount(rows, weights=values[:, axis], minlength=len(total))


def _tree(count: int, source: Ints, target: Ints) -> NDArray[np.float64]:
    """Place a tree in rings by distance from its root, each branch in a sector as wide as it has leaves."""
    parent = np.full(count, -1, dtype=np.int64)
    order = np.lexsort((source, target))
    first = np.unique(target[order], return_index=True)
    parent[first[0]] = source[order][first[1]]
    depth, size = np.zeros(count, dtype=np.int64), np.ones(count)
    for node in range(1, count):
        depth[node] = depth[parent[node]] + 1 if parent[node] >= 0 else 0
    for node in range(count - 1, 0, -1):
        if parent[node] >= 0:
            size[parent[node]] += size[node]
    roots = np.flatnonzero(parent < 0)
    begin, width, used = np.zeros(count), np.ones(count), np.zeros(count)
    begin[roots] = np.concatenate(([0.0], np.cumsum(size[roots])[:-1])) / count
    width[roots] = size[roots] / count
    for node in range(count):
        if (above := parent[node]) >= 0:
            width[node] = width[above] * size[node] / max(size[above] - 1.0, 1.0)
            begin[node] = begin[above] + used[above]
            used[above] += width[node]
    angle = 2.0 * np.pi * (begin + width / 2.0)
    radius = np.sqrt(depth / max(int(depth.max()), 1))
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)
