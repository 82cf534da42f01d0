"""Bad and extreme inputs of every command and of the Python API, each with words that its message must have."""
# mypy: disable-error-code="arg-type, misc, var-annotated"
# pyright: reportArgumentType=false

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import runs
from model import InferenceMarket, Parameters, Scenario, parse_date
from runs import Sweep
from tests.runs.sweep.tiny import TINY

Case = tuple[list[str], tuple[str, ...]]

# Keys of a design whose faults lie deeper than the key.
TABLES = ("uncertainties", "levers", "constants", "outcomes")
# Values that are none of their kind.
NOT_WHOLE = ("x", "1.5", "", "1e3")
HUGE = "99999999999999999999999"
NOT_A_DAY = ("2026-13-01", "2026-02-30", "soon", "", "20260101", "2026-01-01T12:00", "0001-01-01", "9999-12-31")

# Command with what it needs to be whole, an option of whole numbers, and one that is out of its range.
COUNTS = (
    (["run"], "--seed", "-1"),
    (["run"], "--seed", str(2**63)),
    (["phases"], "--weeks", "0"),
    (["phases"], "--weeks", "314"),
    (["view"], "--port", "65536"),
    (["view"], "--port", "-1"),
    (["query", "SWEEP", "select 1"], "--limit", "0"),
    (["sensitivity", "SWEEP"], "--top", "0"),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served"], "--seeds", "1"),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served"], "--workers", "0"),
    (["claims", "run", "Q14"], "--members", "1"),
    (["claims", "run", "Q14", "--out", "NEW"], "--workers", "0"),
    (["calibrate", "--out", "NEW"], "--first", "15"),
    (["calibrate", "--out", "NEW"], "--moving", "1"),
    (["calibrate", "--out", "NEW"], "--second", "1"),
    (["calibrate", "--out", "NEW"], "--steps", "21"),
    (["calibrate", "--out", "NEW"], "--members", "15"),
    (["calibrate", "--out", "NEW"], "--seed", "-1"),
    (["calibrate", "--out", "NEW"], "--workers", "0"),
    (["validate", "--store", "NEW"], "--workers", "0"),
    (["forecast", "--out", "NEW", "--store", "NEW"], "--workers", "-1"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--workers", "0"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--replications", "0"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--samples", "0"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--seed", "-1"),
)
CHOICES = (
    (["run"], "--scale", "huge", "small"),
    (["phases"], "--scale", "huge", "small"),
    (["calibrate"], "--scale", "large", "medium"),
    (["validate"], "--at-scale", "small", "default"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--engine", "slurm", "dask"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--scale", "huge", "small"),
    (["sweep", "--uncertainty", "labs.*", "--out", "NEW"], "--sampler", "halton", "sobol"),
    (["sweep", "--out", "NEW"], "--ensemble", "none.parquet", "no such file"),
    (["sweep", "--out", "NEW"], "--scenario", "base-line", "did you mean"),
    (["claims", "run", "Q14"], "--scale", "huge", "small"),
    (["claims", "run", "Q14"], "--engine", "slurm", "dask"),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served"], "--scale", "huge", "small"),
    (["run"], "--scenario", "base-line", "did you mean 'baseline'"),
    (["run"], "--scenario", "", "scenario"),
    (["run"], "--scenario", "none.toml", "cannot be read"),
    (["run"], "--scenario", "DIR", "DIR"),
)
DAYS = (
    (["run", "--scale", "small"], "--until", "until"),
    (["sweep", "--scenario", "baseline", "--out", "NEW"], "--until", "until"),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served"], "--from", "--from"),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served"], "--until", "until"),
    (["forecast", "--out", "NEW"], "--until", "--until"),
)
# Path = value, and what the message names.
SETTINGS = (
    ("scale.users", "PATH=VALUE"),
    ("=5", "PATH"),
    ("scale.users=", "scale.users"),
    ("scale.users=x", "whole number"),
    ("scale.users=2.5", "whole number"),
    ("scale.users=nan", "scale.users"),
    ("scale.users=1e400", "scale.users"),
    ("scale.users=-100", "from 100"),
    ("scale.users=99", "from 100"),
    (f"scale.users={10**18}", "scale.users"),
    (f"scale.users={'9' * 5000}", "scale.users"),
    ("scale.user=500", "did you mean 'scale.users'"),
    ("scale=small", "scale"),
    ("sca le=1", "sca le"),
    ("demand.thinking_ceiling=inf", "demand.thinking_ceiling"),
    ("demand.thinking_ceiling=-1", "demand.thinking_ceiling"),
    ("demand.thinking_ceiling=[1, 2]", "demand.thinking_ceiling"),
    ("demand.thinking_ceiling=true", "demand.thinking_ceiling"),
    ("mechanisms.agents=maybe", "true or false"),
    ("mechanisms.agents=2", "true or false"),
    ("mechanisms=false", "mechanisms"),
    ("labs.gogle.margin=1", "labs.gogle"),
    ("..=1", ".."),
    ("\u00e9=1", "\u00e9"),
)
SQL = (
    ("selekt 1", "syntax error"),
    ("select", "query"),
    ("", "query"),
    (";", "query"),
    ("/* nothing */", "query"),
    ("select nothing from runs", "nothing"),
    ("select * from run", "runs"),
    ("select * from 'other.parquet'", "other.parquet"),
    ("select * from read_csv('/etc/passwd')", "/etc/passwd"),
    ("copy runs to 'out.csv'", "out.csv"),
    ("attach 'x.db'", "x.db"),
    ("install httpfs", "disabled by configuration"),
    ("set memory_limit = '1TB'", "configuration"),
    ("select 1 + 'x'", "explicit type casts"),
    ("select value from observables where observable = 'tokens_serve'", "tokens_serve"),
    ("select value from observables where entity = 'opanai'", "did you mean 'openai'"),
    ("select value from observables where segment = 'al'", "al"),
    ("drop view observables; select * from observables", "observables"),
    ("select * from runs where run = 'x'", "'x'"),
    ("select 1/0; select x", "x"),
)
DESIGNS = (
    ("samples = ", "is not TOML"),
    ("\x00", "is not TOML"),
    ("sample = 3", "sample"),
    ("name = 3", "name"),
    ('name = "../up"', "name"),
    ('scenarios = []', "scenarios"),
    ('scenarios = "baseline"', "scenarios"),
    ('scenarios = ["baseline", "baseline"]', "twice"),
    ('scenarios = ["none"]', "none"),
    ("scenarios = [3]", "scenarios"),
    ('scale = "huge"', "scale"),
    ("scale = []", "scale"),
    ('until = "soon"', "until"),
    ("until = 2020-01-01", "until"),
    ("until = 2026-01-01T12:00:00", "until"),
    ("until = 9999-12-31", "until"),
    ("replications = 0", "replications"),
    ("replications = 1.5", "replications"),
    ("replications = true", "replications"),
    ("replications = 9999999999", "at least 9,999,999,999 runs"),
    ("samples = 5", "nothing is uncertain"),
    ('samples = "many"', "samples"),
    ("seed = -1", "seed"),
    ("runs_per_part = 0", "runs_per_part"),
    ("constants = 3", "constants"),
    ("[constants]\n\"scale.user\" = 3", "scale.users"),
    ("levers = []", "levers"),
    ("[levers]\n\"scale.users\" = 500", "a list"),
    ("[levers]\n\"scale.users\" = []", "at least one value"),
    ("[levers]\n\"scale.users\" = [500, 500]", "twice"),
    ("[levers]\n\"scale.users\" = [500, \"x\"]", "scale.users"),
    (f"[levers]\n\"scale.users\" = {list(range(500, 1100))}\n\"scale.developers\" = {list(range(500, 1100))}",
     "360,000 combinations"),
    (f"[levers]\n\"scale.users\" = {list(range(500, 30000))}", "29,500 combinations"),
    ('uncertainties = "all"', "uncertainties"),
    ("uncertainties = 3", "uncertainties"),
    ('uncertainties = ["nobody.*"]', "nobody.*"),
    ("uncertainties = [3]", "3"),
    ('uncertainties = ["mechanisms.agents"]', "only a number"),
    ('uncertainties = ["demand.thinking_ceilin"]', "demand.thinking_ceiling"),
    ("[uncertainties]\n\"scale.users\" = \"prior\"", "no prior"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = [1]", "[low, high]"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = [8, 4]", "empty"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = [4, 4]", "empty"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = [-1e9, 4]", "bounds"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = [4, inf]", "not a finite number"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = [nan, 8]", "not a finite number"),
    ("[uncertainties]\n\"demand.thinking_ceiling\" = 4", "demand.thinking_ceiling"),
    ("[uncertainties.demand.thinking_ceiling]\ndistribution = \"gamma\"", "gamma"),
    ("[uncertainties.demand.thinking_ceiling]\ndistribution = \"normal\"\nmean = 8", "needs mean, sd"),
    ("[uncertainties.demand.thinking_ceiling]\ndistribution = \"normal\"\nmean = 8\nsd = 0", "above zero"),
    ("[uncertainties.demand.thinking_ceiling]\ndistribution = \"uniform\"\nlow = 2\nhigh = 4\nmiddle = 3", "middle"),
    ("[uncertainties.demand.thinking_ceiling]\ndistribution = \"choice\"\nvalues = []", "at least one value"),
    ("[uncertainties.demand.thinking_ceiling]\ndistribution = \"choice\"\nvalues = [\"x\"]", "x"),
    ("sampler = \"saltelli\"\nsamples = 6\nuncertainties = [\"demand.thinking_ceiling\"]", "power of two"),
    ("sampler = 3", "sampler"),
    ("samples = 2000000\nuncertainties = [\"demand.thinking_ceiling\"]", "2,000,000 runs"),
    ("ensemble = 3", "ensemble"),
    ('ensemble = "none.parquet"', "no such file"),
    ('ensemble = "design.toml"', "ensemble"),
    ("outcomes = {}", "outcomes"),
    ("[outcomes.a]\nstatistic = \"last\"", "observable"),
    ("[outcomes.a]\nobservable = \"tokens_serve\"", "tokens_served"),
    ("[outcomes.a]\nobservable = \"tokens_served\"\nentity = \"opanai\"", "openai"),
    ("[outcomes.a]\nobservable = \"tokens_served\"\nstatistic = \"median\"", "median"),
    ("[outcomes.a]\nobservable = \"tokens_served\"\nstart = \"soon\"", "start"),
    ("[outcomes.a]\nobservable = \"tokens_served\"\nstart = 2027-01-01\nend = 2026-01-01", "after its end"),
    ("[outcomes.a]\nobservable = \"tokens_served\"\nstart = 2030-01-01", "window"),
    ("[outcomes.run]\nobservable = \"tokens_served\"", "column of this name"),
    ("[outcomes.\"a b\"]\nobservable = \"tokens_served\"", "letters, digits"),
    ("observables = [\"tokens_serve\"]", "tokens_served"),
    ("observables = []", "observables"),
    ("[constants]\n\"demand.thinking_ceiling\" = 8\n[levers]\n\"demand.thinking_ceiling\" = [4]", "one of them"),
)  # fmt: skip
SCENARIOS = (
    ("until = ", "TOML"),
    ("title = 3", "title"),
    ("untill = 2027-01-01", "until"),
    ("until = 2020-01-01", "until"),
    ("start = 2023-01-03", "Monday"),
    ("start = 2023-01-02T05:00:00", "start"),
    ('until = "soon"', "until"),
    ("demand = 3", "demand"),
    ("[demand]\nthinking_ceilin = 3", "thinking_ceiling"),
    ('[demand]\nthinking_ceiling = "x"', "thinking_ceiling"),
    ("[demand]\nthinking_ceiling = -3", "thinking_ceiling"),
    ("changes = 3", "changes"),
    ("[[change]]\ndate = 2026-01-05", "change"),
    ("[[change]]\ndate = 2050-01-05\n[change.set.demand]\nthinking_ceiling = 8", "2050-01-05"),
    ("[[change]]\n[change.set.demand]\nthinking_ceiling = 8", "date"),
    ('[[change]]\ndate = "soon"\n[change.set.demand]\nthinking_ceiling = 8', "soon"),
    ("[lab.deepseek]\nname = 3", "deepseek"),
)
WHERE = ("served", "served >", "served > x", "> 3", "nobody > 3", "served = 3", "served > nan", "served > 1e400", "")


def command_lines(folder: Path) -> Iterator[Case]:
    """Yield each command line, and what its message must name; `folder` has a sweep and files that are none."""
    for command, option, out_of_range in COUNTS:
        harmless = option in ("--limit", "--top") or (command[0] == "sweep" and option in ("--seed", "--samples"))
        huge = () if harmless else (HUGE,)
        for value in (*NOT_WHOLE, out_of_range, *huge):
            yield [*command, f"{option}={value}"], (option.lstrip("-") if value != HUGE else "workers|range|runs|seed",)
    for command, option, value, word in CHOICES:
        yield [*command, option, value], (word,)
    yield from _values_of_options()
    yield from _texts(folder)
    yield from _places()
    yield from ONCE


def _values_of_options() -> Iterator[Case]:
    for command, option, word in DAYS:
        for value in NOT_A_DAY:
            yield [*command, f"{option}={value}"], (word,)
    for text, word in SETTINGS:
        yield ["run", "--scale", "small", "--until", "2023-01-08", "--out", "NEW", f"--set={text}"], (word,)
        yield ["sweep", "--scenario", "baseline", "--out", "NEW", f"--set={text}"], (word,)


def _texts(folder: Path) -> Iterator[Case]:
    for sql, word in SQL:
        yield ["query", "SWEEP", sql], (word,)
    for number, (text, word) in enumerate(DESIGNS):
        file = folder / f"design-{number}.toml"
        file.write_text(text)
        yield ["sweep", str(file), "--out", "NEW"], (word,)
    for number, (text, word) in enumerate(SCENARIOS):
        file = folder / f"scenario-{number}.toml"
        file.write_text(text)
        yield ["run", "--scenario", str(file), "--out", "NEW"], (file.name, word)
    for where in WHERE:
        yield ["sensitivity", "SWEEP", "--where", where], ("served",)
        yield ["report", "SWEEP", "--out", "NEW", "--where", where], ("served",)


def _places() -> Iterator[Case]:
    for command in ("query", "sensitivity", "report"):
        for place in ("NEW", "FILE", "EMPTY", "FILE/below"):
            yield [command, place], ("holds no sweep|is a file",)
        yield [command], ("DIR",)
        yield [command, "SWEEP", "--nothing"], ("--nothing",)
    for command in ("sensitivity", "report"):
        yield [command, "FAILED"], ("2 of 2 runs failed", "RuntimeError: planted")


ONCE: tuple[Case, ...] = (
    (["rum"], ("'rum'", "'run'")),
    (["run", "surplus"], ("surplus",)),
    (["run", "--out", "FILE"], ("--out", "is a file")),
    (["run", "--out", "SWEEP"], ("--out", "not empty")),
    (["run", "--out", "FILE/below"], ("--out", "FILE")),
    (["run", "--users", "3"], ("scale.users", "from 100")),
    (["run", "--users", "500", "--set", "scale.users=600"], ("scale.users", "twice")),
    (["run", "--developers", "x"], ("scale.developers",)),
    (["run", "--enterprises", ""], ("scale.enterprises",)),
    (["parameters", "--search", "xyzzy"], ("xyzzy",)),
    (["observables", "--search", "xyzzy"], ("xyzzy",)),
    (["scenarios", "--all"], ("--all",)),
    (["sweep"], ("needs a design",)),
    (["sweep", "--out", "NEW"], ("holds no sweep",)),
    (["sweep", "--out", "FILE"], ("FILE",)),
    (["sweep", "none.toml"], ("none.toml", "cannot be read")),
    (["sweep", "DIR"], ("DIR", "cannot be read")),
    (["sweep", "--scenario", "baseline", "--out", "DIR"], ("other files",)),
    (["sweep", "--out", "SWEEP", "--restart"], ("give the design",)),
    (["sweep", "--out", "SWEEP", "--scenario", "baseline"], ("another design",)),
    (["sweep", "--scenario", "baseline", "--out", "NEW", "--scheduler", "tcp://x:1"], ("--engine dask",)),
    (["sweep", "--scenario", "baseline", "--out", "NEW", "--run-timeout", "0"], ("run-timeout",)),
    (["sweep", "--scenario", "baseline", "--out", "NEW", "--run-timeout", "x"], ("run-timeout",)),
    (["sweep", "--scenario", "baseline", "--out", "NEW", "--run-timeout", "nan"], ("run_timeout|run-timeout",)),
    (["sweep", "--scenario", "baseline", "--out", "NEW", "--run-timeout", "inf"], ("run_timeout|run-timeout",)),
    (["sweep", "--out", "NEW", "--uncertainty", "labs.*", "--uncertainty", "labs.*"], ("labs.*", "twice")),
    (["sweep", "--out", "NEW", "--uncertainty", "demand.thinking_ceiling=3"], ("LOW..HIGH",)),
    (["sweep", "--out", "NEW", "--uncertainty", "demand.thinking_ceiling=a..b"], ("LOW..HIGH",)),
    (["sweep", "--out", "NEW", "--uncertainty", "demand.thinking_ceiling=9..2"], ("empty",)),
    (["sweep", "--out", "NEW", "--uncertainty", "="], ("uncertaint",)),
    (["sweep", "--out", "NEW", "--uncertainty", ""], ("no such parameter",)),
    (["sweep", "--out", "NEW", "--lever", "scale.users"], ("--lever", "PATH=VALUE")),
    (["sweep", "--out", "NEW", "--lever", "scale.users=500,,600"], ("scale.users",)),
    (["sweep", "--out", "NEW", "--lever", "scale.users=500,500"], ("twice",)),
    (["sensitivity", "SWEEP", "--outcome", "serve"], ("serve", "served")),
    (["sensitivity", "SWEEP", "--scenario", "none"], ("none", "baseline")),
    (["sensitivity", "SWEEP", "--figure", "tornado.gif"], (".png",)),
    (["sensitivity", "SWEEP", "--figure", "FILE"], ("FILE",)),
    (["sensitivity", "SWEEP", "--csv", "--where", "served > 3"], ("--csv",)),
    (["report", "SWEEP", "--out", "FILE"], ("exists already",)),
    (["report", "SWEEP", "--out", "FILE/below"], ("FILE",)),
    (["claims", "show"], ("Q29",)),
    (["claims", "show", "Q999"], ("Q999", "no such claim")),
    (["claims", "--out", "FILE"], ("FILE",)),
    (["claims", "run"], ("--all",)),
    (["claims", "run", "Q14", "--all"], ("--all",)),
    (["claims", "run", "Q999"], ("Q999",)),
    (["claims", "run", "Q14", "--docs", "DIR"], ("--docs", "--all")),
    (["claims", "run", "Q14", "--out", "FILE/below"], ("FILE",)),
    (["compare", "baseline"], ("B",)),
    (["compare", "baseline", "price-war"], ("--outcome",)),
    (["compare", "baseline", "price-wa", "--outcome", "tokens_served"], ("price-war",)),
    (["compare", "baseline", "price-war", "--outcome", "tokens_serve"], ("tokens_served",)),
    (["compare", "baseline", "price-war", "--outcome", ""], ("--outcome",)),
    (["compare", "baseline", "price-war", "--outcome", "a:b:c:d:e"], ("--outcome",)),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served:opanai"], ("openai",)),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served:market:al"], ("al",)),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served:market:all:median"], ("median",)),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served", "--from", "2028-01-01", "--until",
      "2027-01-01"], ("--from",)),
    (["compare", "baseline", "price-war", "--outcome", "tokens_served", "--out", "FILE/below"], ("FILE", "folder")),
    (["calibrate", "--store", "FILE", "--out", "NEW"], ("FILE", "give another")),
    (["calibrate", "--out", "FILE"], ("FILE",)),
    (["validate", "--posterior", "EMPTY"], ("EMPTY",)),
    (["validate", "--posterior", "FILE"], ("FILE",)),
    (["validate", "--csv", "FILE"], ("--csv", "FILE")),
    (["validate", "--store", "FILE"], ("FILE", "give another")),
    (["forecast", "--out", "DIR"], ("DIR", "another --out")),
    (["forecast", "--out", "NEW", "--posterior", "EMPTY"], ("EMPTY",)),
    (["forecast", "--out", "NEW", "--until", "2024-01-01"], ("--until", "origin")),
    (["forecast", "--out", "NEW", "--store", "FILE"], ("FILE", "give another")),
    (["view", "--host", "no.such.host.invalid", "--no-browser"], ("no.such.host.invalid", "another --host")),
    (["view", "--results", "a\0b"], ("cannot be used",)),
    (["--version", "--nothing"], ()),
)  # fmt: skip


def market() -> InferenceMarket:
    """Return a market that has not begun."""
    return InferenceMarket(Scenario.load("baseline", scale="small"), rng=7)


def ran() -> InferenceMarket:
    """Return a market after a week."""
    return market().run(until="2023-01-08")


def calls() -> Iterator[tuple[str, Callable[[], Any], str]]:
    """Yield calls of the Python API: a name, the call and what its message must name."""
    whole = runs.open("SWEEP")
    failed = runs.open("FAILED")
    days: tuple[Any, ...] = (
        "soon", "", 3, 2.5, None, True, b"2026-01-01", [], {}, float("nan"), dt.datetime(2026, 1, 1, 12),
        pd.Timestamp("2026-01-01 12:00"), pd.NaT, np.datetime64("NaT"), np.datetime64("2026-01"), dt.time(1),
        pd.Timestamp("2026-01-01", tz="UTC"), dt.date(1, 1, 1), dt.date.max,
    )  # fmt: skip
    for day in days:
        yield f"parse_date({day!r})", lambda day=day: parse_date(day, "until"), "until = "
        if day is not None:
            yield f"run(until={day!r})", lambda day=day: market().run(until=day), "until = "
            yield f"Sweep(until={day!r})", lambda day=day: Sweep({**TINY, "until": day}, "NEW"), "until = "
        fields = {"observable": "tokens_served", "start": day}
        yield f"outcome start={day!r}", lambda fields=fields: Sweep({**TINY, "outcomes": {"a": fields}}, "NEW"), "start"
    for name in ("", "base-line", "none.toml", "a\0b", "x" * 300, "EMPTY", "\udcff"):
        yield f"Scenario.load({name!r})", lambda name=name: Scenario.load(name), ""
        yield f"InferenceMarket({name!r})", lambda name=name: InferenceMarket(name, rng=7), ""
    for seed in (-1, 1.5, "7", -(2**64), float("nan"), [], True):
        yield f"rng={seed!r}", lambda seed=seed: InferenceMarket("baseline", rng=seed), "rng|seed"
    for key, value in (
        ("samples", 0), ("samples", 1.5), ("samples", "x"), ("samples", float("nan")), ("samples", 10**30),
        ("replications", -1), ("replications", True), ("replications", []), ("seed", -1), ("seed", 1.5), ("seed", "x"),
        ("sampler", "halton"), ("sampler", None), ("sampler", {}), ("runs_per_part", 0), ("name", ""), ("name", "a/b"),
        ("name", None), ("scale", "huge"), ("scale", 3), ("scenarios", "baseline"), ("scenarios", {}),
        ("scenarios", [None]), ("levers", 3), ("levers", {"scale.users": 3}), ("levers", {"scale.users": [[1]]}),
        ("levers", {3: [1]}), ("uncertainties", 3), ("uncertainties", [None]), ("uncertainties", {"a": 3}),
        ("uncertainties", {"demand.thinking_ceiling": {"distribution": []}}),
        ("uncertainties", {"demand.thinking_ceiling": [None, 3]}),
        ("uncertainties", {"demand.thinking_ceiling": [2, 10**400]}),
        ("constants", []), ("constants", {"scale.users": None}), ("constants", {"scale.users": [1]}),
        ("outcomes", 3), ("outcomes", {"a": 3}), ("outcomes", {3: {"observable": "tokens_served"}}),
        ("outcomes", {"a": {"observable": 3}}), ("observables", "tokens_served"), ("observables", [3]),
        ("ensemble", 3), ("ensemble", "EMPTY"), ("ensemble", "FILE"), ("nothing", 3),
    ):  # fmt: skip
        word = "" if key in TABLES or value == 10**30 else key.removesuffix("s")
        yield f"Sweep({key}={value!r})", lambda key=key, value=value: Sweep({**TINY, key: value}, "NEW"), word
    for option, value in (
        ("workers", 0), ("workers", 1.5), ("workers", "2"), ("workers", 10**9), ("engine", "slurm"), ("engine", None),
        ("run_timeout", 0), ("run_timeout", -1.0), ("run_timeout", float("nan")), ("run_timeout", float("inf")),
        ("run_timeout", "x"), ("scheduler", "tcp://x:1"),
    ):  # fmt: skip
        yield (
            f"run({option}={value!r})",
            lambda option=option, value=value: Sweep(TINY, "NEW").run(**{option: value}),
            option,
        )
    for place in ("NEW", "EMPTY", "FILE", "a\0b", "x" * 300, ""):
        yield f"open({place!r})", lambda place=place: runs.open(place), ""
    yield "frame(observable)", lambda: whole.frame("tokens_serve"), "tokens_served"
    yield "frame(entity)", lambda: whole.frame(entity="opanai"), "openai"
    yield "frame(segment)", lambda: whole.frame(segment=3), "segment"
    yield "frame(together)", lambda: whole.frame("live_compute", "openai", "api"), ""
    yield "frame(where)", lambda: whole.frame("tokens_served", scenari="baseline"), "scenario"
    yield "quantiles(observable)", lambda: whole.quantiles("tokens_serve"), "tokens_served"
    yield "quantiles(q)", lambda: whole.quantiles("tokens_served", q=[2.0]), "q"
    yield "quantiles(q, text)", lambda: whole.quantiles("tokens_served", q="x"), "q"
    yield "quantiles of failed runs", lambda: failed.quantiles("tokens_served"), "2 of 2 runs failed"
    yield "query(select)", lambda: whole.query("selekt 1"), "syntax error"
    yield "query(nothing)", lambda: whole.query(""), "asks for nothing"
    yield "query(3)", lambda: whole.query(3), "query"
    yield "query(beyond memory)", lambda: whole.query("select range, 1, 2, 3 from range(100000000)"), "fit in memory"
    yield "series", lambda: ran().observables.series("tokens_serve"), "tokens_served"
    yield "series before", lambda: ran().observables.series("tokens_served", "opanai"), "openai"
    yield "latest", lambda: ran().observables.latest("tokens_serve"), "tokens_served"
    yield "step beyond", lambda: ran().run(until="2029-06-01"), "2028-12-31"
    yield "load", lambda: InferenceMarket.load("none"), "none"
    yield "load a folder", lambda: InferenceMarket.load("EMPTY"), "EMPTY"
    yield "load a text", lambda: InferenceMarket.load("FILE"), "FILE"
    yield "save over", lambda: ran().save("FILE"), "FILE"
    yield "save below", lambda: ran().save("FILE/below"), "FILE"
    yield "parameter", lambda: Parameters.load().get("scale.user"), "scale.users"
    yield "replace", lambda: Scenario.load("baseline").replace({"scale.users": "x"}), "scale.users"
    yield "replace a group", lambda: Scenario.load("baseline").replace({"scale": 3}), "scale"
    yield "replace by a list", lambda: Scenario.load("baseline").replace([3]), ""
