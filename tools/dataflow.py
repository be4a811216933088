"""Which cells of a notebook a cell needs: those that bind the names it uses, and the cells that those need.

Read from the code alone, in the order of evaluation, for notebooks that run top to bottom. What changes an object
without binding a name (`model.add(...)`) is not seen.
"""

import ast
from collections.abc import Sequence

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
           ast.GeneratorExp)


def cells_needed(sources: Sequence[str], cell: int) -> set[int]:
    """Return the numbers of the cells that must run before `cell`, and its own. Raises SyntaxError."""
    needed, waiting = set(), [cell]
    names = [_Names(source) for source in sources[:cell + 1]]
    while waiting:
        current = waiting.pop()
        needed.add(current)
        for name in names[current].used:
            binders = [earlier for earlier in range(current) if name in names[earlier].bound]
            if binders and binders[-1] not in needed:
                waiting.append(binders[-1])
    return needed


class _Names(ast.NodeVisitor):
    """`used`: names that a cell takes from earlier cells. `bound`: names that it leaves to later ones."""

    def __init__(self, source: str) -> None:
        self.used: set[str] = set()
        self.bound: set[str] = set()
        self._used_when_called: set[str] = set()
        self.visit(ast.parse(source))
        self.used |= self._used_when_called - self.bound

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _SCOPES):
            self._visit_scope(node)
        else:
            super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)
        elif node.id not in self.bound:
            self.used.add(node.id)

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr) -> None:
        """Values come before the names that they are bound to."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for part in filter(None, [node.value, *targets]):
            self.visit(part)

    visit_AnnAssign = visit_NamedExpr = visit_Assign

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.used |= {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)} - self.bound
        self.visit_Assign(node)

    def visit_For(self, node: ast.For) -> None:
        for part in [node.iter, node.target, *node.body, *node.orelse]:
            self.visit(part)

    def visit_alias(self, node: ast.alias) -> None:
        self.bound.add(node.asname or node.name.split(".")[0])

    def _visit_scope(self, node: ast.AST) -> None:
        inside = list(ast.walk(node))
        names = [name for name in inside if isinstance(name, ast.Name)]
        own = {name.id for name in names if not isinstance(name.ctx, ast.Load)}
        own |= {argument.arg for argument in inside if isinstance(argument, ast.arg)}
        used = {name.id for name in names} - own - self.bound
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._used_when_called |= used
        else:
            self.used |= used
        if hasattr(node, "name"):
            self.bound.add(node.name)
