"""Which functions of Redraw reach which others, read from the source.

A node is a function, a method or a variable of a module. An edge leads to each name that its
source uses: a call, a function that is passed on, a type. Code that names a class reaches all its
methods, so what is given as a parameter is followed by its type. Calls of the ports lead to the
methods of the adapters for Google's clients that have the name. So the graph has edges too many,
never too few, as long as ports keep their names (`PORTS`).
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("pipeline", "workers", "service")
PORTS = {
    "artefacts": ("cloud_storage",),
    "corrections": ("firestore_corrections", "firestore_decisions"),
    "runs": ("firestore_runs", "slotted_runs"),
    "models": ("firestore_models",),
    "trials": ("firestore_trials",),
    "notifications": ("firestore_notifications",),
    "inspector": ("google_inspection",),
    "documents": ("raw_firestore",),
    "objects": ("raw_storage",),
}
"""The ports, by the names that code has for them, and the modules of the adapters behind them."""
ADAPTERS = "pipeline.adapters."
COMPOSED = ("firestore_", "slotted_runs")
"""Modules of adapters that are made of one another, above and below."""
GOOGLES = {"create", "delete", "get", "list", "set", "stream", "update"}
"""Methods of Google's clients, which adapters call of other things than adapters."""
CUT = "pipeline.bootstrap"
"""It names every adapter, for code that connects; what is called of them is followed instead."""


class Graph:
    """The nodes by their full names, each with its source and the names that it reaches."""

    def __init__(self) -> None:
        self.sources: dict[str, list[ast.AST]] = defaultdict(list)
        self.edges: dict[str, set[str]] = defaultdict(set)
        self._methods: dict[str, set[str]] = defaultdict(set)
        self._members: dict[str, set[str]] = defaultdict(set)
        trees = {name: ast.parse(path.read_text()) for name, path in _list_modules()}
        for module, tree in trees.items():
            for name, source in _define(tree):
                self.sources[f"{module}.{name}"].append(source)
                if "." in name:
                    self._members[f"{module}.{name.partition('.')[0]}"].add(f"{module}.{name}")
                if module.startswith(ADAPTERS) and "memory" not in module and "." in name:
                    self._methods[name.rpartition(".")[2]].add(f"{module}.{name}")
        for module, tree in trees.items():
            if module != CUT:
                imported = _read_imports(tree)
                for name, _ in _define(tree):
                    self._connect(module, f"{module}.{name}", imported)

    def reach(self, roots: Iterable[str]) -> set[str]:
        """Return the nodes that these modules or nodes reach, themselves included.

        Raises:
            AssertionError: a root names nothing.
        """
        todo = []
        for root in roots:
            found = [node for node in self.sources if f"{node}.".startswith(f"{root}.")]
            assert found, f"there is no {root}"
            todo += found
        seen: set[str] = set()
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += self.edges[node]
        return seen

    def _connect(self, module: str, node: str, imported: dict[str, str]) -> None:
        owner = node.rpartition(".")[0]
        for source in self.sources[node]:
            local = imported | _read_imports(source)
            for each in ast.walk(source):
                match each:
                    case ast.Name(id=name):
                        self._add(node, local.get(name, f"{module}.{name}"))
                    case ast.Attribute(value=ast.Name(id="self"), attr=name):
                        self._add(node, f"{owner}.{name}")
                        if module.startswith(ADAPTERS):
                            self._add_methods(node, name, COMPOSED)
                    case ast.Attribute(value=value, attr=name):
                        if isinstance(value, ast.Name):
                            self._add(node, f"{local.get(value.id, '')}.{name}")
                        modules = PORTS.get(_last_name(value), ())
                        if module.startswith(ADAPTERS) and name not in GOOGLES:
                            modules = COMPOSED
                        self._add_methods(node, name, modules)

    def _add_methods(self, node: str, name: str, modules: tuple[str, ...]) -> None:
        """Add an edge to each method of this name in these modules of adapters."""
        behind = tuple(f"{ADAPTERS}{each}" for each in modules)
        self.edges[node] |= {each for each in self._methods[name] if each.startswith(behind)}

    def _add(self, node: str, target: str) -> None:
        """Add an edge to a node, or to all methods of a class."""
        if target in self.sources:
            self.edges[node].add(target)
            self.edges[node] |= self._members[target] - {node}


@cache
def read_graph() -> Graph:
    return Graph()


def _list_modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def _define(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a module defines: functions, classes without their methods, methods, variables."""
    for each in tree.body:
        match each:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, each
            case ast.ClassDef(name=name, body=body):
                yield name, ast.Tuple([*each.bases, *each.decorator_list], ast.Load())
                for inner in body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        yield f"{name}.{inner.name}", inner
                    else:
                        yield f"{name}.fields", inner
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, each


def _read_imports(tree: ast.AST) -> dict[str, str]:
    """Return the full name behind each name that is imported anywhere in a source."""
    found = {}
    for each in ast.walk(tree):
        if isinstance(each, ast.ImportFrom) and each.module:
            found |= {a.asname or a.name: f"{each.module}.{a.name}" for a in each.names}
        elif isinstance(each, ast.Import):
            found |= {a.asname: a.name for a in each.names if a.asname}
    return found


def _last_name(value: ast.expr) -> str:
    match value:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name.lstrip("_")
    return ""
