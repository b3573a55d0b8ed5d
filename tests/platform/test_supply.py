"""What production consists of is written down, and never called clean unseen."""

import json
import os
import re
import subprocess

import pytest

from tests.platform.support import ROOT

NOWHERE = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:1")


def make(target, *variables, **environment):
    """Run a target of the Makefile, without the installation that it begins with."""
    return subprocess.run(
        ["make", "--no-print-directory", "-o", "requirements-dev", target, *variables],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_bill_of_materials_lists_the_lock():
    done = make("sbom")
    assert done.returncode == 0, done.stderr
    bill = json.loads((ROOT / "var" / "sbom.json").read_text())
    locked = re.findall(
        r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements/production.txt").read_text(), re.MULTILINE
    )
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "oita-library",
    )
    assert {(part["name"], part["version"]) for part in bill["components"]} == set(locked)
    for part in bill["components"]:
        assert part["purl"].startswith(f"pkg:pypi/{part['name']}@")
        assert part["externalReferences"][0]["hashes"]


@pytest.mark.parametrize("python", [".venv/bin/python", "false"], ids=["no network", "no tool"])
def test_an_audit_that_could_not_look_says_so(python):
    done = make("audit", f"PY={python}", **NOWHERE)
    assert done.returncode != 0
    assert "make audit: not clean" in done.stderr
    assert "No known vulnerabilities" not in done.stdout + done.stderr


def test_ci_writes_the_bill_of_materials():
    assert "\nmake sbom\n" in (ROOT / ".ci" / "run").read_text()
