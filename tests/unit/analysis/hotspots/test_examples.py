"""The examples of the analysis' docstrings say what is true."""

import doctest
import importlib
import pkgutil

import pytest

import safemap.analysis

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(safemap.analysis.__path__, "safemap.analysis.") if not module.ispkg
)


@pytest.mark.parametrize("name", MODULES)
def test_every_example_runs(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_every_module_of_hotspots_has_an_example() -> None:
    finder = doctest.DocTestFinder()
    without = [
        name
        for name in MODULES
        if ".hotspots." in name and not any(found.examples for found in finder.find(importlib.import_module(name)))
    ]
    assert without == []
