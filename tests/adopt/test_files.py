"""Both files of an adoption are written, or none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemaguard.adopt.run import Outcome, _files
from schemaguard.exceptions import CannotStart

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = "# the models of before\n"


def outcome(app: Path) -> Outcome:
    return Outcome(
        models_path=app / "models.py", models="# models\n", added="",
        migration_path=app / "migrations" / "0001_adopt.py", migration="# migration\n",
    )  # fmt: skip


def files(app: Path) -> dict[str, str]:
    return {str(path.relative_to(app)): path.read_text() for path in app.rglob("*") if path.is_file()}


def test_an_app_without_migrations_gets_a_package(tmp_path: Path) -> None:
    with _files(outcome(tmp_path)) as put:
        put()
    assert files(tmp_path) == {
        "models.py": "# models\n",
        "migrations/__init__.py": "",
        "migrations/0001_adopt.py": "# migration\n",
    }
    assert (tmp_path / "models.py").stat().st_mode & 0o777 == 0o644


def test_models_keep_their_mode(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(BEFORE)
    (tmp_path / "models.py").chmod(0o600)
    with _files(outcome(tmp_path)) as put:
        put()
    assert (tmp_path / "models.py").read_text() == "# models\n"
    assert (tmp_path / "models.py").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("before", [None, BEFORE])
@pytest.mark.parametrize("placed", [False, True])
def test_a_failure_takes_everything_back(tmp_path: Path, before: str | None, placed: bool) -> None:
    if before is not None:
        (tmp_path / "models.py").write_text(before)

    def interrupted() -> None:
        with _files(outcome(tmp_path)) as put:
            if placed:
                put()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert files(tmp_path) == ({} if before is None else {"models.py": before})
    assert not (tmp_path / "migrations").exists()


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "migrations").write_text("no folder")
    with pytest.raises(CannotStart) as refused, _files(outcome(tmp_path)):
        pass
    path = tmp_path / "migrations" / "__init__.py"
    assert str(refused.value) == f"cannot write {path}: not a directory"
    assert files(tmp_path) == {"migrations": "no folder"}


def test_a_folder_of_migrations_that_cannot_be_made(tmp_path: Path) -> None:
    app = tmp_path / "gone"
    with pytest.raises(CannotStart) as refused, _files(outcome(app)):
        pass
    assert str(refused.value) == f"cannot write {app / 'migrations'}: no such file or directory"
    assert not app.exists()
