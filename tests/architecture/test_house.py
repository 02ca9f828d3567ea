"""Rules of the house that the import contracts cannot say."""

import io
import re
import tokenize
from pathlib import Path

import grimp
import pytest

import safemap
from safemap.settings import Settings

ROOT = Path(__file__).parents[2]
SOURCE = Path(safemap.__file__).parent


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("safemap", cache_dir=None)


def test_no_package_reads_anothers_repository(graph: grimp.ImportGraph) -> None:
    repositories = [module for module in graph.modules if module.endswith(".repository")]
    assert repositories
    strangers = [
        (importer, repository)
        for repository in repositories
        for importer in graph.find_modules_that_directly_import(repository)
        if importer.split(".")[1] != repository.split(".")[1]
    ]
    assert strangers == []


def test_only_crs_names_an_epsg_code_or_builds_a_transformer() -> None:
    codes = {"4326", "3857", "3824", "3825", "3826", "3827", "3828"}
    offenders = [
        f"{path.relative_to(SOURCE)}:{token.start[0]} {token.string}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path != SOURCE / "geo" / "crs.py"
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.string in codes or token.string in {"Transformer", "from_crs"}
    ]
    assert offenders == []


def test_only_the_session_file_commits() -> None:
    offenders = [
        str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("service.py"))
        if re.search(r"\.(commit|rollback)\(\)", path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_every_module_opens_with_a_line_that_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in sorted(SOURCE.rglob("*.py"))
        if not path.read_text(encoding="utf-8").startswith('"""')
    ]
    assert silent == []


def test_each_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"SAFEMAP_{name.upper()}" not in readme]
    assert missing == []


def test_the_project_reaches_outside_itself_only_in_skips_of_tests() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for folder in ("src", "scripts", "migrations", "notebooks", "data", "requirements")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        and path.suffix in {".py", ".sh", ".md", ".ipynb", ".json", ".lock", ".in", ".html", ".js", ".css", ""}
        and "../shared" in path.read_text(encoding="utf-8", errors="replace")
    ]
    assert offenders == []
