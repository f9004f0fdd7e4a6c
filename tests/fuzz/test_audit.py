"""What the audit of dependencies says, with a pip-audit of our own: vulnerable, unreachable, in part."""

import importlib.util
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / ".ci" / "audit.py"
FINE = {"name": "fine", "version": "1.0", "vulns": []}
BAD = {"name": "bad", "version": "2.0", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "local", "skip_reason": "Dependency not found on PyPI"}


@pytest.fixture(scope="module")
def module():
    spec = importlib.util.spec_from_file_location("audit", AUDIT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def audit(module, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "installed", lambda: "fine==1.0\n")

    def run(answers, *options):
        """Return exit status and output; ``answers`` is what each service says: packages, or words of woe."""
        fake = tmp_path / "pip-audit"
        fake.write_text(
            f"#!{sys.executable} -S\n"
            "import json, sys\n"
            f"answer = {answers!r}[sys.argv[sys.argv.index('--vulnerability-service') + 1]]\n"
            "if isinstance(answer, str): sys.exit(answer)\n"
            "assert open(sys.argv[sys.argv.index('--requirement') + 1]).read() == 'fine==1.0\\n'\n"
            "print(json.dumps({'dependencies': answer, 'fixes': []}))\n"
            "sys.exit(any(each.get('vulns') for each in answer))\n"
        )
        fake.chmod(0o755)
        status = module.main([str(fake), *options])
        return status, capsys.readouterr().out

    return run


def test_vulnerable(audit):
    status, text = audit({"pypi": [FINE, BAD]})
    assert status == 1
    assert "2 packages audited, 1 known vulnerabilities\nbad 2.0: CVE-1 (2.1 fix)" in text


def test_nothing_found_and_some_unknown(audit):
    status, text = audit({"pypi": [FINE, SKIPPED]})
    assert status == 0
    assert "1 packages audited, 0 known" in text
    assert "NOT AUDITED, 1 packages: local" in text


def test_a_service_that_knows_nothing_is_not_the_last_one(audit):
    status, text = audit({"pypi": [SKIPPED], "osv": [BAD]})
    assert status == 1
    assert "pypi: knows none of the packages" in text


@pytest.mark.parametrize("pypi", [[SKIPPED], "error: no route to host", []])
def test_unreachable_is_said(audit, pypi):
    answers = {"pypi": pypi, "osv": "error: no such host"}
    status, text = audit(answers)
    assert status == 0
    assert "NOT AUDITED: no list of vulnerabilities could be reached" in text
    assert "osv: error: no such host" in text
    assert audit(answers, "--must")[0] == 2


def test_no_pip_audit(audit, module, tmp_path, capsys):
    assert module.main([str(tmp_path / "nothing")]) == 0
    assert "pip-audit cannot be run" in capsys.readouterr().out


def test_what_is_installed(module):
    lines = module.installed().lower().splitlines()
    assert any(line.startswith("numpy==") for line in lines)
    assert not any("lppn" in line for line in lines)
