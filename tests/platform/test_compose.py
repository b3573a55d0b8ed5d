"""The compose file: every container hardened alike, and each with the settings it needs alone."""

import re
import tomllib

import pytest
from environ import Env
from ruamel.yaml import YAML

from oita_library.deployment import clear_text_problems
from tests.platform.support import ROOT
from tests.platform.test_files import DEMO_PORTS, SETTING, sample

COMPOSE = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
# Who may know which secret.
SECRETS = {
    "SECRET_KEY": {"library-files", "migrate", "web", "worker"},
    "POSTGRES_PASSWORD": {"postgres", "demo-postgres"},
    "DATABASE_OWNER_PASSWORD": {"postgres", "demo-postgres"},
    "DATABASE_PASSWORD": {"postgres", "demo-postgres"},
}
# Made in the compose file, or of no use there.
NOT_FROM_THE_FILE = DEMO_PORTS | {
    "DEBUG",
    "DATABASE_DIRECT_URL",
    "GUNICORN_BIND",
}


def environment(name: str) -> dict:
    return SERVICES[name].get("environment", {})


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_is_hardened(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert "privileged" not in service
    assert service["image"].startswith("oita-library:") or re.fullmatch(r"\d+:\d+", service["user"])
    assert "env_file" not in service


def test_every_image_is_named_exactly():
    images = {service["image"] for service in SERVICES.values()}
    built = re.findall(r"^FROM (\S+) AS (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    images |= {image for image, _ in built}
    assert len(images) > 3
    for image in images - {stage for _, stage in built}:
        assert re.search(r":\d+\.\d+(\.\d+)?(-|$)", image), image
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"oita-library:{version}" in images


def test_only_the_demos_containers_have_its_image():
    for name, service in SERVICES.items():
        if "build" in service:
            target = "demo" if name.startswith("demo-") else "service"
            assert service["build"] == {"context": ".", "target": target}, name
            assert service["image"].endswith("-demo") == (target == "demo"), name


def test_the_image_of_an_installation_has_nothing_of_the_demo():
    stages = re.split(r"^FROM ", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)[1:]
    text = {stage.split()[2]: stage for stage in stages}
    assert list(text)[-1] == "service"
    assert "mv demo requirements/run.txt /demo/" in text["build"]
    assert [name for name in ("build", "runtime", "service") if "run.txt" in text[name]] == [
        "build"
    ]
    assert "demo" not in text["runtime"] + text["service"]


def test_production_has_no_default_secret():
    for secret in SECRETS:
        for name in SERVICES:
            if not name.startswith("demo-"):
                assert environment(name).get(secret) is None


def test_a_secret_is_known_where_it_is_needed_alone():
    for secret, known in SECRETS.items():
        assert {name for name in SERVICES if secret in environment(name)} == known
    mail = {
        name: environment(name)["EMAIL_URL"]
        for name in SERVICES
        if not name.startswith("demo-") and "EMAIL_URL" in environment(name)
    }
    assert mail == {"migrate": "dummymail://", "web": "dummymail://", "worker": None} | {
        "library-files": "dummymail://"
    }
    assert {name for name in SERVICES if "secrets" in SERVICES[name]} == {"migrate", "web"}
    owners = {name for name in SERVICES if "owner" in environment(name).get("DATABASE_URL", "")}
    assert owners == {"migrate", "demo-prepare"}
    assert environment("nginx") == environment("static") == {}


def test_every_setting_reaches_a_container():
    given = {name for service in ("migrate", "web", "worker") for name in environment(service)}
    assert set(SETTING.findall(sample())) - NOT_FROM_THE_FILE - given == set()


@pytest.mark.parametrize("name", ["migrate", "web", "worker"])
def test_the_database_is_in_the_clear_on_purpose(name):
    url = environment(name)["DATABASE_URL"].replace("${", "").replace("-}", "")
    settings = {
        "DATABASES": {"default": Env.db_url_config(url)},
        "DATABASE_DIRECT_URL": "",
        "EMAIL_URL": environment(name)["EMAIL_URL"] or "smtp+tls://mail.example.jp",
    }
    assert list(clear_text_problems(settings)) == []


def test_only_nginx_can_be_reached_and_only_it_is_believed():
    production = {name for name in SERVICES if SERVICES[name]["profiles"] == ["production"]}
    assert {name for name in production if "ports" in SERVICES[name]} == {"nginx"}
    networks = {name: set(SERVICES[name].get("networks", ())) for name in production}
    assert {name for name in production if "front" in networks[name]} == {"nginx", "web"}
    assert networks["postgres"] == {"database"}
    assert COMPOSE["networks"]["database"]["internal"] is True
    (front,) = COMPOSE["networks"]["front"]["ipam"]["config"]
    assert environment("web")["TRUSTED_PROXY_CIDRS"] == front["subnet"]


def test_what_is_mounted_is_there():
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if volume.startswith("./deploy/")
    }
    assert len(mounted) == 5
    assert [path for path in mounted if not (ROOT / path).exists()] == []
